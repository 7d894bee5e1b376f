//! Streamed answers: server-sent events, read line by line as a client reads them.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use toolgate::{ModelProviderConfig, TargetConfig};
use toolgate_testkit::models::Dialect;

use crate::{Answer, Bench, LOOK_UP, question};

/// The chunks before `[DONE]`, which must be the last event.
fn chunks(answer: &Answer) -> Vec<Value> {
    let mut events: Vec<&str> = answer.text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(events.pop(), Some("[DONE]"), "{answer:?}");
    events.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
}

fn text(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

fn streamed(mut body: Value) -> Value {
    body["stream"] = true.into();
    body["stream_options"] = json!({"include_usage": true});
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_tools_is_streamed() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    let answer = server.post(&streamed(question(LOOK_UP))).await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(answer.headers["x-accel-buffering"], "no", "nginx would hold it back");
    let chunks = chunks(&answer);
    assert!(text(&chunks).contains("customerjohndoe123@example.com"), "{answer:?}");
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let [.., last, usage] = &chunks[..] else { panic!("{answer:?}") };
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert!(usage["choices"].as_array().unwrap().is_empty());
    assert!(usage["usage"]["total_tokens"].as_u64().unwrap() > 0, "{usage}");
    let passed = json!({"tool_calls": [{"tool": "get_customer_info", "allowed": true}]});
    let beside = chunks.iter().find(|chunk| chunk["toolgate"] == passed);
    assert_eq!(beside.unwrap_or_else(|| panic!("{answer:?}"))["choices"][0]["delta"], json!({}));
    // Older clients end at a comment.
    assert!(answer.text.lines().all(|line| line.is_empty() || line.starts_with("data: ")), "{answer:?}");
    assert!(chunks.iter().all(|chunk| chunk["id"] == chunks[0]["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_round_is_streamed_as_it_happens() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    let both = "Look up customer JOHNDOE123 and calculate the account value of CUST67890, both at once.";
    let answer = server.post(&streamed(question(both))).await;
    assert_eq!(
        text(&chunks(&answer)),
        "I will do both at once.\n\nJOHNDOE123 is active; CUST67890 has spent $552."
    );
    let place = |words: &str| answer.text.find(words).unwrap_or_else(|| panic!("{words}: {answer:?}"));
    assert!(place("once.") < place(r#""tool":"calculate_account_value","allowed":true"#), "{answer:?}");
    assert!(place(r#""tool":"get_customer_info","allowed":true"#) < place("spent"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_a_tool_says_that_the_request_is_not_to_be_repeated() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.limits.rounds = 1;
    let server = bench.serve(config).await;
    let ended = server.post(&streamed(question(LOOK_UP))).await;
    let end = ended.text.rsplit("\n\n").nth(2).unwrap_or_default();
    assert!(end.contains("limit_reached") && ended.text.ends_with("data: [DONE]\n\n"), "{ended:?}");
    bench.rig.models().controls().fail_next(Dialect::OpenAi, 1, 429);
    let refused = server.post(&streamed(question(LOOK_UP))).await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limit_exceeded".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_the_clients_tools_are_streamed() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    let mut body = streamed(question(LOOK_UP));
    body["tools"] = json!([{"type": "function", "function": {"name": "get_customer_info",
        "parameters": {"type": "object", "properties": {"customer_id": {"type": "string"}}}}}]);
    let chunks = chunks(&server.post(&body).await);
    let calls = |member: &str| -> String {
        let calls =
            chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0]["function"][member]);
        calls.filter_map(Value::as_str).collect()
    };
    assert_eq!(calls("name"), "get_customer_info");
    assert_eq!(
        serde_json::from_str::<Value>(&calls("arguments")).unwrap(),
        json!({"customer_id": "JOHNDOE123"})
    );
    let finish =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str()).collect::<Vec<_>>();
    assert_eq!(finish, ["tool_calls"]);
    let numbers = server.get("/metrics").await.text;
    assert!(!numbers.contains("toolgate_model_tokens_total{direction=\"output\"} 0\n"), "{numbers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_before_the_first_piece_is_a_status() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    bench.rig.models().controls().fail_next(Dialect::OpenAi, 1, 400);
    let mut body = streamed(question("hello"));
    body["tool_choice"] = "none".into();
    let answer = server.post(&body).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(server.post(&body).await.status, 200);
}

/// A model that begins to answer, and is gone.
async fn breaks_off() -> String {
    const BEGUN: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"I th\"}}]}\n\n";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
            stream.write_all(BEGUN.as_bytes()).await.unwrap();
        }
    });
    url
}

/// Where `after_shown` lets another model begin again, what was streamed before would stand in front of its answer.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_streamed_is_not_begun_again() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.tls.insecure_loopback = true;
    let mut house = ModelProviderConfig::default();
    (house.base_url, house.dialect) = (Some(breaks_off().await), Some("openai_chat".to_owned()));
    config.providers.insert("house".to_owned(), house);
    config.models = ["house/large", "openai/gpt-rig"].map(TargetConfig::new).into();
    config.models[1].order = 1;
    config.failover.after_shown = true;
    let mut alone = config.clone();
    alone.models.truncate(1);
    alone.audit.file = bench.folder.path().join("alone.audit.jsonl");
    let server = bench.serve(config).await;
    let mut asked = question(LOOK_UP);
    asked["model"] = "house/large".into();
    let whole = server.post(&asked).await;
    assert!(whole.status == 200 && whole.text.contains("customerjohndoe123@example.com"), "{whole:?}");
    let broken = server.post(&streamed(asked.clone())).await;
    assert!(broken.text.contains("\"I th\"") && broken.text.contains("\"provider_error\""), "{broken:?}");
    assert!(!broken.text.contains("customerjohndoe123") && broken.text.contains("\"error\""), "{broken:?}");

    // Nor by the same one.
    let server = bench.serve(alone).await;
    let broken = server.post(&streamed(asked)).await;
    assert_eq!(broken.text.matches("\"I th\"").count(), 1, "{broken:?}");
    assert!(broken.text.contains("\"provider_error\""), "{broken:?}");
}
