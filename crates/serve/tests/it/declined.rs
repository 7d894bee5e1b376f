//! What a provider says of an answer that its model declined to give, as OpenAI's clients read it.

use serde_json::{Value, json};
use toolgate::{ModelProviderConfig, TargetConfig};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::method};

use crate::{Bench, question};

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_its_member() {
    let bench = Bench::start().await;
    let claude = MockServer::start().await;
    let declines = |request: &Request| {
        let end = json!({"stop_reason": "refusal",
            "stop_details": {"type": "refusal", "category": "bio", "explanation": "No."}});
        if request.body_json::<Value>().unwrap()["stream"] != true {
            let mut whole = end;
            whole["content"] = json!([]);
            return ResponseTemplate::new(200).set_body_json(whole);
        }
        let events = [json!({"type": "message_delta", "delta": end}), json!({"type": "message_stop"})];
        let body = events.map(|event| format!("data: {event}\n\n")).concat();
        ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
    };
    Mock::given(method("POST")).respond_with(declines).mount(&claude).await;
    let mut config = bench.config();
    config.tls.insecure_loopback = true;
    let mut house = ModelProviderConfig::default();
    (house.base_url, house.dialect) = (Some(claude.uri()), Some("anthropic_messages".to_owned()));
    house.key_env = Some("ANTHROPIC_API_KEY".to_owned());
    config.providers.insert("house".to_owned(), house);
    config.models = vec![TargetConfig::new("house/claude-opus-5")];
    let server = bench.serve(config).await;
    let mut asked = question("hello");
    asked["model"] = "house/claude-opus-5".into();
    let whole = &server.post(&asked).await.json()["choices"][0];
    assert_eq!(
        (&whole["finish_reason"], &whole["message"]["refusal"]),
        (&json!("content_filter"), &json!("bio: No."))
    );
    asked["stream"] = true.into();
    let streamed = server.post(&asked).await.text;
    assert!(streamed.contains(r#""delta":{"refusal":"bio: No."}"#), "{streamed}");
    assert!(streamed.contains(r#""finish_reason":"content_filter""#), "{streamed}");
}
