//! An answer that is not whole: what its model says about that is nowhere in the text, which may be empty.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn chat_tells_of_an_answer_that_is_not_whole() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    for (reason, told) in [("stop", None), ("length", Some("cut off")), ("content_filter", Some("filter"))] {
        let model = model_that_ends_with(reason).await;
        let model = [("OPENAI_BASE_URL", &*model.uri())];
        let ran = bench.run(&["chat", "hello"], &model).await;
        assert!(ran.code == 0 && ran.out == "Once upon\n", "{}{}", ran.out, ran.err);
        assert_eq!(ran.err.contains("! the "), told.is_some(), "{}", ran.err);
        assert!(ran.err.contains(told.unwrap_or_default()), "{}", ran.err);
        let ran = bench.run(&["chat", "--json", "hello"], &model).await;
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(answer["finish"], reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_tells_what_a_provider_says_of_a_refusal() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let claude = MockServer::start().await;
    let details = json!({"type": "refusal", "category": "cyber", "explanation": "It could do harm."});
    let answer = json!({"content": [], "stop_reason": "refusal", "stop_details": details});
    let answer = ResponseTemplate::new(200).set_body_json(answer);
    Mock::given(method("POST")).respond_with(answer).mount(&claude).await;
    let claude = [("ANTHROPIC_BASE_URL", &*claude.uri())];
    let asked = ["chat", "--model", "anthropic/claude-opus-5", "hello"];
    let ran = bench.run(&asked, &claude).await;
    assert!(ran.code == 0 && ran.err.contains("declined"), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("(cyber: It could do harm.)"), "{}", ran.err);
    let ran = bench.run(&[&asked[..], &["--json"]].concat(), &claude).await;
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&answer["finish"], &answer["finish_message"]),
        (&json!("refusal"), &json!("cyber: It could do harm."))
    );
}

/// A model that says two words to everybody.
async fn model_that_ends_with(reason: &str) -> MockServer {
    let model = MockServer::start().await;
    let message = json!({"role": "assistant", "content": "Once upon"});
    let choice = json!({"index": 0, "message": message, "finish_reason": reason});
    let answer = json!({"object": "chat.completion", "choices": [choice]});
    let answer = ResponseTemplate::new(200).set_body_json(answer);
    Mock::given(method("POST")).respond_with(answer).mount(&model).await;
    model
}
