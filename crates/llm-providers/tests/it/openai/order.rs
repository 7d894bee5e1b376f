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
    assert_eq!(messages[4]["content"], "Operator note (not from the user): t");
    assert_eq!(lost, ["messages[4]", "messages[5].parts[0]"]);
    // "Every message needs at least one non-empty content element" (xAI), "Assistant messages must have either content or tool_calls"
    // (Venice).
    for id in ["moonshot", "xai", "veniceai"] {
        let (messages, lost) = sent(id, vec![Message::user("a"), Message::assistant(""), Message::user("b")]);
        assert_eq!((roles(&messages), lost.len()), (vec!["user", "user"], 1), "{id}");
    }
}

/// "invalid params, chat content has invalid message role: system" (MiniMax), "System message must be at the beginning." (Qwen's template).
#[test]
fn instructions_are_one_message_before_all_others_where_no_other_is_taken() {
    for (id, model, is_one) in [
        ("minimax", "MiniMax-M2.5", true),
        ("llamacpp", "m", true),
        ("lmstudio", "m", true),
        ("vllm", "m", true),
        ("together", "Qwen/Qwen3.5-397B-A17B", true),
        ("together", "Qwen/Qwen3-235B-A22B-Thinking-2507", false),
    ] {
        let messages = vec![
            Message::system("s"),
            Message::system("t"),
            Message::user("a"),
            Message::system("u"),
            Message::assistant("b"),
            Message::system("v"),
            Message::system("w"),
        ];
        let encoded = encode(id, model, &ChatRequest::new(messages)).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let said = &body["messages"];
        let lost = losses(&encoded);
        if !is_one {
            assert_eq!((roles(said).len(), lost.len()), (7, 0), "{id}");
            continue;
        }
        assert_eq!(roles(said), ["system", "user", "user", "assistant", "user", "user"], "{id}");
        assert_eq!(said[0]["content"], "s\n\nt", "{id}");
        assert_eq!(said[2]["content"], "Operator note (not from the user): u", "{id}");
        assert_eq!(lost, ["messages[3]", "messages[5]", "messages[6]"], "{id}");
    }
}
