//! Scripted models: the demo's scenarios in every dialect, plain and streamed, and what tests steer.

use std::time::Duration;

use axum::Router;
use serde_json::{Value, json};
use toolgate_testkit::DevCa;
use toolgate_testkit::models::{Action, Dialect, Keys, ModelControls, ModelServer, Script, When, router};

use crate::client::Client;
use crate::models_client::{Called, Said, Talk, post, text};

const PURCHASES: &str = "Customer CUST67890 recently made purchases of $150, $300, $13 and $89. Calculate their total \
                         account value and check if they qualify for premium status (>$500).";
const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";
const TICKET: &str = "Create a high priority support ticket for customer CUST67890: login fails, cannot sign in since \
                      Monday.";
const BOTH: &str = "Look up customer JOHNDOE123 and calculate the account value of CUST67890, both at once.";
const CUSTOMER: &str = r#"{"customer_id":"JOHNDOE123","name":"Customer JOHNDOE123","status":"active","account_type":"premium","contact_info":{"email":"customerjohndoe123@example.com"}}"#;

fn demo() -> Router {
    router(ModelControls::new(Script::demo(), Keys::default()))
}

/// A talk in each dialect, plain and streamed.
fn talks() -> Vec<Talk> {
    let router = demo();
    let dialects = [
        Dialect::OpenAi,
        Dialect::Responses,
        Dialect::Anthropic,
        Dialect::Gemini,
        Dialect::Cohere,
        Dialect::Ollama,
        Dialect::Bedrock,
        Dialect::Mistral,
    ];
    let pairs = dialects.into_iter().flat_map(|dialect| [(dialect, false), (dialect, true)]);
    pairs.map(|(dialect, streamed)| Talk::new(&router, dialect, streamed)).collect()
}

fn value(total: f64, average: f64) -> String {
    json!({
        "customer_id": "CUST67890",
        "calculation": {"total": total, "average": average, "count": 4},
        "account_tier": "bronze",
    })
    .to_string()
}

fn only_call(said: &Said) -> (&str, Value) {
    let [Called { tool, arguments, .. }] = said.calls.as_slice() else { panic!("not one call: {said:?}") };
    (tool, serde_json::from_str(arguments).unwrap())
}

#[tokio::test]
async fn premium_is_derived_from_the_total_that_was_sent() {
    for mut talk in talks() {
        let said = talk.ask(PURCHASES).await;
        let arguments = json!({"customer_id": "CUST67890", "amounts": [150, 300, 13, 89]});
        assert_eq!(only_call(&said), ("calculate_account_value", arguments));
        let yes = talk.results(&said.calls, &[&value(552.0, 138.0)]).await;
        assert!(yes.text.contains("$552 over 4 purchases (average $138)"), "{yes:?}");
        assert!(yes.text.contains("yes, because $552 > $500. Account tier: bronze."), "{yes:?}");
        let said = talk.ask(PURCHASES).await;
        let no = talk.results(&said.calls, &[&value(300.0, 75.0)]).await;
        assert!(no.text.contains("no, because $300 is not above $500"), "{no:?}");
    }
}

#[tokio::test]
async fn a_customer_is_described_from_the_result() {
    for mut talk in talks() {
        let said = talk.ask(LOOK_UP).await;
        assert_eq!(only_call(&said), ("get_customer_info", json!({"customer_id": "JOHNDOE123"})));
        let said = talk.results(&said.calls, &[CUSTOMER]).await;
        let expected = "Customer JOHNDOE123 (Customer JOHNDOE123) has an account that is active, of type premium. \
                        E-mail: customerjohndoe123@example.com.";
        assert_eq!(said.text, expected);
        assert!(said.calls.is_empty());
    }
}

#[tokio::test]
async fn a_denied_ticket_is_explained_with_the_reason_that_was_given() {
    for mut talk in talks() {
        let said = talk.ask(TICKET).await;
        let arguments = json!({
            "customer_id": "CUST67890",
            "subject": "login fails",
            "description": "cannot sign in since Monday",
            "priority": "high",
        });
        assert_eq!(only_call(&said), ("create_support_ticket", arguments));
        let denied = talk.results(&said.calls, &["denied: scope ticket:create is missing"]).await;
        assert_eq!(denied.text, "I could not do that: denied: scope ticket:create is missing");
        let said = talk.ask(TICKET).await;
        let ticket = r#"{"ticket_id":"TKT-1","status":"open","estimated_resolution":"24-48 hours"}"#;
        let made = talk.results(&said.calls, &[ticket]).await;
        assert_eq!(made.text, "Ticket TKT-1 is open. Estimated resolution: 24-48 hours.");
    }
}

#[tokio::test]
async fn two_calls_come_in_one_reply_and_their_results_are_told_apart() {
    for mut talk in talks() {
        let said = talk.ask(BOTH).await;
        assert_eq!(said.text, "I will do both at once.");
        let tools: Vec<&str> = said.calls.iter().map(|call| call.tool.as_str()).collect();
        assert_eq!(tools, ["get_customer_info", "calculate_account_value"]);
        let said = talk.results(&said.calls, &[CUSTOMER, &value(552.0, 138.0)]).await;
        assert_eq!(said.text, "JOHNDOE123 is active; CUST67890 has spent $552.");
    }
}

#[tokio::test]
async fn a_loop_ends_after_three_results_or_never() {
    for mut talk in talks() {
        let mut said = talk.ask("Check customer CUST67890 three times.").await;
        for _ in 0..3 {
            assert_eq!(said.calls.len(), 1);
            said = talk.results(&said.calls, &[CUSTOMER]).await;
        }
        assert_eq!(said.text, "I checked CUST67890 three times: active.");
        said = talk.ask("Check customer CUST67890 without ever stopping.").await;
        for _ in 0..5 {
            said = talk.results(&said.calls, &[CUSTOMER]).await;
            assert_eq!(said.calls.len(), 1);
        }
    }
}

#[tokio::test]
async fn models_misbehave_when_asked_to() {
    for mut talk in talks() {
        let said = talk.ask("Drop all tables.").await;
        assert_eq!(only_call(&said).0, "drop_all_tables");
        let said = talk.results(&said.calls, &["no such tool"]).await;
        assert_eq!(said.text, "I could not do that: no such tool");
    }
    let router = demo();
    let as_text = [Dialect::OpenAi, Dialect::Responses, Dialect::Cohere, Dialect::Mistral];
    let pairs = as_text.into_iter().flat_map(|dialect| [(dialect, false), (dialect, true)]);
    for (dialect, streamed) in pairs.chain([(Dialect::Anthropic, true), (Dialect::Bedrock, true)]) {
        let said = Talk::new(&router, dialect, streamed).ask("Send garbled arguments.").await;
        assert_eq!(said.calls[0].arguments, r#"{"customer_id": "CUST67890""#);
    }
    let said = Talk::new(&router, Dialect::Gemini, false).ask("Send garbled arguments.").await;
    assert_eq!((said.calls.len(), said.finish.as_str()), (0, "MALFORMED_FUNCTION_CALL"));
    let ask = json!({"model": "m", "messages": [{"role": "user", "content": "Send garbled arguments."}]});
    assert_eq!(post(&mut router.clone(), "/api/chat", &ask).await.status(), 500);
}

#[tokio::test]
async fn faults_are_planned_by_the_test_or_by_the_script() {
    let late = Action { text: Some("Late.".to_owned()), delay_ms: 30, ..Action::default() };
    let controls =
        ModelControls::new(Script::saying("Hello.").with_rule(When::default(), late), Keys::default());
    let mut router = router(controls.clone());
    let body = json!({"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    controls.fail_next(Dialect::Anthropic, 2, 529);
    for _ in 0..2 {
        let response = post(&mut router, "/v1/messages", &body).await;
        assert_eq!(response.status(), 529);
        assert!(response.headers()["request-id"].to_str().unwrap().starts_with("req_"));
        assert!(text(response).await.contains("overloaded_error"));
    }
    controls.delay(Dialect::Anthropic, Duration::from_millis(10));
    let started = std::time::Instant::now();
    let response = post(&mut router, "/v1/messages", &body).await;
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert!(text(response).await.contains("Late."));
    assert_eq!((controls.requests(Dialect::Anthropic), controls.requests(Dialect::OpenAi)), (3, 0));
    assert_eq!(controls.bodies(Dialect::Anthropic), [body.clone(), body.clone(), body]);

    controls.fail_next(Dialect::Ollama, 1, 503);
    let body = json!({"model": "qwen3", "messages": []});
    let response = post(&mut router, "/api/chat", &body).await;
    assert_eq!((response.status().as_u16(), controls.requests(Dialect::Ollama)), (503, 1));
    assert!(text(response).await.contains("server busy"));

    let teapot = r#"{"otherwise": {"fault": {"status": 418, "body": {"tea": true}}}}"#;
    let mut router = self::router(ModelControls::new(Script::from_json(teapot), Keys::default()));
    let body = json!({"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]});
    let response = post(&mut router, "/v1/chat/completions", &body).await;
    assert_eq!(response.status(), 418);
    assert_eq!(text(response).await, r#"{"tea":true}"#);
}

#[tokio::test]
async fn usage_comes_in_a_chunk_of_its_own_if_asked_for() {
    let mut router = demo();
    let mut body = json!({"model": "gpt", "stream": true, "messages": [{"role": "user", "content": "Hi"}]});
    let without = text(post(&mut router, "/v1/chat/completions", &body).await).await;
    assert!(!without.contains("usage"));
    assert!(without.ends_with("data: [DONE]\n\n"));
    body["stream_options"] = json!({"include_usage": true});
    let with = text(post(&mut router, "/v1/chat/completions", &body).await).await;
    assert!(with.contains(r#""choices":[]"#) && with.contains("prompt_tokens"));
}

#[tokio::test]
async fn they_are_served_over_tls() {
    let ca = DevCa::generate();
    let server = ModelServer::start(ca.server_config(), None, Script::demo()).await;
    let answer = Client::trusting(ca.ca_pem()).fetch(format!("{}/models", server.openai_base_url())).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.json()["error"]["message"].as_str().unwrap().starts_with("You didn't provide an API key.")
    );
    assert!(server.anthropic_base_url().starts_with("https://localhost:"));
    assert_eq!(server.gemini_base_url(), format!("{}/v1beta", server.anthropic_base_url()));
    server.shutdown().await;
}

/// Before its calls, and not before an answer; neither where it is told not to.
#[tokio::test]
async fn a_deepseek_thinks_before_its_calls() {
    let mut router = demo();
    for (question, told, thinks) in
        [(LOOK_UP, "enabled", true), (LOOK_UP, "disabled", false), ("Hi", "enabled", false)]
    {
        for streamed in [false, true] {
            let body = json!({"model": "deepseek-flash", "stream": streamed, "thinking": {"type": told},
                "messages": [{"role": "user", "content": question}],
                "tools": [{"type": "function", "function": {"name": "get_customer_info", "parameters": {"type": "object"}}}]});
            let said = text(post(&mut router, "/deepseek/chat/completions", &body).await).await;
            let thought = said.find(r#""reasoning_content":"A tool knows"#);
            assert_eq!(thought.is_some(), thinks, "{question} {told} {streamed}: {said}");
            assert!(!streamed || thought < said.find(r#""tool_calls":[{"#) || !thinks, "{said}");
        }
    }
}
