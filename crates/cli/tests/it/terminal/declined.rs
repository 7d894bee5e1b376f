//! A question that the model declines: with it in the conversation, it would go on declining.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::method};

use super::session;
use crate::Bench;

const DECLINED: &str = "How is it made?";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_declined_is_not_asked_again_with_the_next_question() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let claude = MockServer::start().await;
    let answer = |request: &Request| {
        let declines = request.body_json::<Value>().unwrap().to_string().contains(DECLINED);
        let end = match declines {
            true => {
                json!({"stop_reason": "refusal", "stop_details": {"category": "bio", "explanation": "No."}})
            }
            false => json!({"stop_reason": "end_turn"}),
        };
        let text = json!({"type": "text", "text": if declines { "" } else { "Gladly." }});
        let events = [
            json!({"type": "content_block_start", "index": 0, "content_block": text}),
            json!({"type": "message_delta", "delta": end}),
            json!({"type": "message_stop"}),
        ];
        let body = events.map(|event| format!("data: {event}\n\n")).concat();
        ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
    };
    Mock::given(method("POST")).respond_with(answer).mount(&claude).await;
    let changes = [("ANTHROPIC_BASE_URL", &*claude.uri())];
    session(&bench, &["chat", "--model", "anthropic/claude-opus-5"], &changes, |session| {
        session.until("› ");
        session.type_line(DECLINED);
        session.until("the model declined to answer");
        session.until("(bio: No.)");
        session.until("left out of the conversation");
        session.until("› ");
        session.type_line("How is it forbidden?");
        session.until("Gladly.");
        session.until("› ");
        session.type_line("/exit");
        assert_eq!(session.ended(), 0);
    })
    .await;
}
