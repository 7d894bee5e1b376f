//! Models that decline to answer, and others that are asked instead where the settings say so.

use serde_json::{Value, json};
use toolgate::{
    Config, ErrorKind, ErrorName, Event, FinishReason, ModelProviderConfig, Reaction, TargetConfig, Toolgate,
};
use toolgate_testkit::models::Dialect;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::method};

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";
const CLAUDE: &str = "house/claude-opus-5";
const OPENAI: &str = "openai/gpt-rig";
const EXPLANATION: &str = "It could enable harm.";

/// A Claude that declines, after it has said `said` ("Streaming refusals").
async fn declines(said: &'static str) -> MockServer {
    let claude = MockServer::start().await;
    let answer = move |request: &Request| {
        let details = json!({"type": "refusal", "category": "cyber", "explanation": EXPLANATION});
        let usage = json!({"input_tokens": 1000, "output_tokens": 5});
        let text = json!({"type": "text", "text": said});
        let body: Value = request.body_json().unwrap();
        if body["stream"] != true {
            let content = if said.is_empty() { json!([]) } else { json!([text]) };
            return ResponseTemplate::new(200).set_body_json(json!({
                "content": content, "stop_reason": "refusal", "stop_details": details, "usage": usage}));
        }
        let mut events = Vec::new();
        if !said.is_empty() {
            events.push(json!({"type": "content_block_start", "index": 0, "content_block": text}));
        }
        let delta = json!({"stop_reason": "refusal", "stop_details": details});
        events.push(json!({"type": "message_delta", "delta": delta, "usage": usage}));
        events.push(json!({"type": "message_stop"}));
        let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
    };
    Mock::given(method("POST")).respond_with(answer).mount(&claude).await;
    claude
}

/// That Claude first, the rig's model behind it.
fn two(bench: &Bench, claude: &MockServer) -> Config {
    let mut config = bench.config();
    let mut house = ModelProviderConfig::default();
    (house.base_url, house.dialect) = (Some(claude.uri()), Some("anthropic_messages".to_owned()));
    house.key_env = Some("ANTHROPIC_API_KEY".to_owned());
    config.providers.insert("house".to_owned(), house);
    config.models = [CLAUDE, OPENAI].map(TargetConfig::new).into();
    config.models[1].order = 1;
    config.tls.insecure_loopback = true;
    config
}

fn asks_elsewhere(mut config: Config) -> Config {
    config.failover.on.insert(ErrorName(ErrorKind::ContentPolicy), Reaction::Next);
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declined_is_the_answer_unless_another_model_is_to_be_asked() {
    let (bench, claude) = (Bench::start().await, declines("").await);
    let ask = async |config: Config| {
        let toolgate = Toolgate::open(config).unwrap();
        let answer = toolgate.chat(toolgate.models().unwrap(), LOOK_UP).await.unwrap();
        (answer, toolgate.metrics().total("toolgate_failovers_total", &[]))
    };
    let declined = (FinishReason::Refusal, format!("cyber: {EXPLANATION}"));
    let (answer, failovers) = ask(two(&bench, &claude)).await;
    assert_eq!((answer.finish.clone(), answer.finish_message.to_string()), declined);
    assert_eq!((&*answer.model, failovers, answer.usage.input), (CLAUDE, 0.0, Some(1000)));

    let (answer, failovers) = ask(asks_elsewhere(two(&bench, &claude))).await;
    assert!(answer.text.contains("customerjohndoe123@example.com"), "{}", answer.text);
    assert_eq!((&*answer.model, failovers, &*answer.finish_message), (OPENAI, 1.0, ""));
    assert_eq!(answer.rounds, 2, "the one that declined was asked once");
    assert!(answer.usage.input > Some(1000), "what was declined is paid for: {:?}", answer.usage);

    // Nobody else gives an answer: it is what it was, and no error.
    bench.rig.models().controls().fail_next(Dialect::OpenAi, 10, 400);
    let (answer, failovers) = ask(asks_elsewhere(two(&bench, &claude))).await;
    assert_eq!((answer.finish.clone(), answer.finish_message.to_string()), declined);
    assert_eq!((&*answer.model, failovers, answer.usage.input), (CLAUDE, 1.0, Some(1000)));
    // Nor may anybody else be asked, as nobody knows what that would cost.
    let mut dear = asks_elsewhere(two(&bench, &claude));
    dear.limits.cost = Some(serde_json::from_str("1").unwrap());
    dear.prices.insert(CLAUDE.to_owned(), serde_json::from_str(r#"{"input": 1, "output": 1}"#).unwrap());
    let (answer, _) = ask(dear).await;
    assert_eq!((answer.finish.clone(), answer.finish_message.to_string()), declined);
    let mut alone = asks_elsewhere(two(&bench, &claude));
    alone.models.truncate(1);
    let (answer, failovers) = ask(alone).await;
    assert_eq!((answer.finish.clone(), answer.finish_message.to_string()), declined);
    assert_eq!((failovers, answer.usage.input), (0.0, Some(1000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_elsewhere_only_before_anything_was_shown() {
    let bench = Bench::start().await;
    for (said, asked) in [("", vec![CLAUDE, OPENAI, OPENAI]), ("Well,", vec![CLAUDE])] {
        let claude = declines(said).await;
        let toolgate = Toolgate::open(asks_elsewhere(two(&bench, &claude))).unwrap();
        let mut conversation = toolgate.chat_stream(toolgate.models().unwrap(), LOOK_UP);
        let (mut models, mut reasons) = (Vec::new(), Vec::new());
        let answer = loop {
            match conversation.next().await.unwrap().unwrap() {
                Event::Model { id, .. } => models.push(id.to_string()),
                Event::Failover { error, .. } => reasons.push(error.to_string()),
                Event::Done(answer) => break answer,
                _ => {}
            }
        };
        assert_eq!(models, asked);
        match said {
            "" => assert!(reasons.len() == 1 && reasons[0].contains(EXPLANATION), "{reasons:?}"),
            said => {
                assert_eq!((&*answer.text, answer.finish, reasons.len()), (said, FinishReason::Refusal, 0))
            }
        }
    }
}
