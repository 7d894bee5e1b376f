//! Conversations that a host takes only in an order of its own.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Message};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, encode, losses, tool};

fn sent(id: &str, messages: Vec<Message>) -> (Value, Vec<String>) {
    let request = ChatRequest::new(messages).with_tools(vec![tool("t", "{}")]);
    let encoded = encode(id, "m", &request).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    (body["messages"].clone(), losses(&encoded).into_iter().map(str::to_owned).collect())
}

fn roles(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect()
}

/// "After the (optional) system message(s), user and assistant roles should be alternating."
#[test]
fn perplexity_gets_turns_that_alternate() {
    let (messages, lost) = sent(
        "perplexity",
        vec![
            Message::system("s"),
            Message::system("t"),
            Message::user("a"),
            Message::user("b"),
            Message::assistant("c"),
            Message::assistant("d"),
            Message::assistant(""),
            Message::system("u"),
            Message::user("e"),
        ],
    );
    assert_eq!(roles(&messages), ["system", "system", "user", "assistant", "user"]);
    let text = |text: &str| json!({"type": "text", "text": text});
    assert_eq!(messages[2]["content"], json!([text("a"), text("b")]));
    assert_eq!(messages[3]["content"], "c\n\nd");
    assert_eq!(messages[4]["content"], json!([text("Operator note (not from the user): u"), text("e")]));
    assert_eq!(lost, ["messages[6].parts[0]", "messages[7]"]);
    // Others take them as they are.
    let (messages, lost) =
        sent("openai", vec![Message::user("a"), Message::user("b"), Message::assistant("")]);
    assert_eq!((roles(&messages).len(), lost.len()), (3, 0));
}

/// "Unexpected role 'system' after role 'tool'" (`_validate_message_order` of mistral-common).
#[test]
fn mistral_gets_no_instructions_behind_an_answer_and_no_empty_answer() {
    let lookup = call("c", "t", "{}");
    let (messages, lost) = sent(
        "mistral",
        vec![
            Message::user("a"),
            Message::system("s"),
            asks(&[&lookup]),
            Message::tool_result(&lookup, ToolResult::text("ok")),
            Message::system("t"),
            Message::assistant(""),
            Message::user("b"),
        ],
    );
    assert_eq!(roles(&messages), ["user", "system", "assistant", "tool", "user", "user"]);
    assert_eq!(messages[4]["content"][0]["text"], "Operator note (not from the user): t");
    assert_eq!(lost, ["messages[4]", "messages[5].parts[0]"]);
    // "Every message needs at least one non-empty content element" (xAI).
    for id in ["moonshot", "xai"] {
        let (messages, lost) = sent(id, vec![Message::user("a"), Message::assistant(""), Message::user("b")]);
        assert_eq!((roles(&messages), lost.len()), (vec!["user", "user"], 1), "{id}");
    }
}
