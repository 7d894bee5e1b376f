//! A conversation as events, and what becomes of it when nobody reads on.

use std::time::Duration;

use toolgate::{Answer, ChatError, ChatFailure, Conversation, Event, Message, Prompt, Toolgate, audit};
use toolgate_testkit::models::Dialect;

use crate::Bench;
use crate::conversation::BOTH;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

/// What was told, in words, and how it ended.
async fn read(mut conversation: Conversation) -> (Vec<String>, Result<Answer, ChatError>) {
    let mut told = Vec::new();
    while let Some(event) = conversation.next().await {
        match event {
            Ok(Event::Done(answer)) => {
                assert!(conversation.next().await.is_none(), "the answer is the last event");
                return (told, Ok(*answer));
            }
            Ok(event) => words(&event).into_iter().for_each(|words| told.push(words)),
            Err(error) => {
                assert!(conversation.next().await.is_none(), "an error is the last event");
                return (told, Err(error));
            }
        }
    }
    panic!("it ended without an end: {told:?}")
}

fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::Model { id, round } => format!("round {round}: {id}"),
        Event::Text { delta } => format!("text {delta}"),
        Event::ToolRequested { number, call } => format!("{number} asks for {}", call.name),
        Event::Decision { number, decision } => format!("{number} allowed {}", decision.is_allowed()),
        Event::ToolResult { number, result, .. } => format!("{number} failed {}", result.is_error),
        Event::Usage(usage) => format!("used {}", usage.total().is_some()),
        _ => return None,
    })
}

/// The same without the pieces that texts came in.
fn but_texts(told: &[String]) -> Vec<&str> {
    told.iter().map(String::as_str).filter(|words| !words.starts_with("text ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_told_in_its_order() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_millis(80));
    let toolgate = Toolgate::open(bench.config()).unwrap();
    for model in ["openai/gpt-rig", "anthropic/claude-rig", "gemini/gemini-rig"] {
        let (told, ended) = read(toolgate.chat_stream(&toolgate.model(Some(model)).unwrap(), BOTH)).await;
        let mut steps = but_texts(&told);
        assert_eq!(steps.remove(0), format!("round 1: {model}"));
        steps[3..5].sort_unstable();
        assert_eq!(
            steps,
            [
                "used true",
                "1 asks for get_customer_info",
                "2 asks for calculate_account_value",
                "1 allowed true",
                "2 allowed true",
                "2 failed false",
                "1 failed false",
                &format!("round 2: {model}"),
                "used true",
            ],
            "the slow first call ends last"
        );
        let answer = ended.unwrap();
        let last = told.iter().rposition(|words| words.starts_with("round 2")).unwrap();
        let text: String = told[last..].iter().filter_map(|words| words.strip_prefix("text ")).collect();
        assert_eq!(text, answer.text);
        assert!(text.contains("JOHNDOE123") && &*answer.model == model, "{answer:?}");
        let whole = toolgate.chat(&toolgate.model(Some(model)).unwrap(), BOTH).await.unwrap();
        let texts = |answer: &Answer| what_stays(&answer.messages);
        assert_eq!(texts(&whole), texts(&answer), "asked for as a whole it is the same conversation");
    }
}

/// The transcript as JSON, with what differs each time left out: ids, signatures, times in results.
fn what_stays(messages: &[Message]) -> serde_json::Value {
    fn clear(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(members) => {
                ["id", "call_id", "result", "opaque"].iter().for_each(|name| drop(members.remove(*name)));
                members.values_mut().for_each(clear);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(clear),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(messages).unwrap();
    clear(&mut value);
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_is_told_and_a_failure_ends_the_stream() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let model = toolgate.model(None).unwrap();
    let (told, ended) = read(toolgate.chat_stream(&model, "Drop all tables.")).await;
    assert_eq!(but_texts(&told)[2..5], ["1 asks for drop_all_tables", "1 allowed false", "1 failed true"]);
    ended.unwrap();
    bench.rig.models().controls().fail_next(Dialect::OpenAi, 1, 503);
    let (told, ended) = read(toolgate.chat_stream(&model, LOOK_UP)).await;
    assert_eq!(told, ["round 1: openai/gpt-rig"]);
    assert!(matches!(ended.unwrap_err().failure, ChatFailure::Model(_)));
}

/// A conversation whose only call is under way.
async fn until_decided(toolgate: &Toolgate) -> Conversation {
    let mut conversation = toolgate.chat_stream(&toolgate.model(None).unwrap(), LOOK_UP);
    while !matches!(conversation.next().await.unwrap().unwrap(), Event::Decision { .. }) {}
    // Asked for its next event, the conversation sends the call.
    drop(tokio::time::timeout(Duration::from_millis(200), conversation.next()).await);
    conversation
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_is_dropped_is_recorded_to_its_end() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(20));
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let conversation = until_decided(&toolgate).await;
    let id = conversation.id().to_owned();
    drop(conversation);
    assert_eq!(toolgate.metrics().total("toolgate_conversations_total", &[("result", "given_up")]), 1.0);
    drop(toolgate);
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(text.contains("\"outcome\":\"unknown\"") && text.contains(&format!("\"{id}.1\"")), "{text}");
    let report = audit::verify(bench.audit()).unwrap();
    assert!(report.is_intact() && report.allowed == 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_conversation_goes_on_with_another_model() {
    let bench = Bench::start().await;
    let controls = bench.rig.mcp().controls();
    controls.set_delay("get_customer_info", Duration::from_secs(20));
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let mut conversation = until_decided(&toolgate).await;
    conversation.cancel();
    let (_, ended) = read(conversation).await;
    let error = ended.unwrap_err();
    assert!(matches!(error.failure, ChatFailure::Cancelled), "{error}");
    assert!(error.usage.total().is_some_and(|tokens| tokens > 0), "what was used is known");
    let Some(Message::Tool(given_up)) = error.messages.last() else { panic!("{:?}", error.messages) };
    assert!(given_up.result.to_text("t").contains("may or may not have run"));
    let mut messages = error.messages;
    messages.push(Message::user("Drop all tables."));
    let other = toolgate.model(Some("anthropic/claude-rig")).unwrap();
    let answer = toolgate.chat(&other, Prompt::new(messages)).await.unwrap();
    assert_eq!(&*answer.passages[0].call.name, "drop_all_tables");
    assert_eq!(controls.calls(), 1, "what may have run is not run again");
}
