//! What was thought, for a model that does not think, and where nothing stands behind it.

use serde_json::Value;
use toolgate_llm_providers::{AssistantMessage, AssistantPart, ChatRequest, Message, Native, Opaque};

use super::ID;
use crate::sample::{encode, losses, reasoning, text};

const ITEM: &str = r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}"#;

fn thought() -> AssistantPart {
    reasoning(ID, "hm", Some(Opaque::Item(ITEM.into())))
}

/// What is sent of an answer, each item by its type or role, and the places of the losses.
fn sent(model: &str, parts: Vec<AssistantPart>) -> (Vec<String>, Vec<String>) {
    let answer = AssistantMessage::new(parts);
    let request = ChatRequest::new(vec![Message::user("u"), answer.into(), Message::user("v")]);
    let encoded = encode(ID, model, &request).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let named = |item: &Value| item["type"].as_str().or(item["role"].as_str()).unwrap().to_owned();
    let items = body["input"].as_array().unwrap().iter().map(named).collect();
    (items, losses(&encoded).into_iter().map(str::to_owned).collect())
}

/// "Reasoning input items can only be provided to a reasoning or computer use model. Remove reasoning items from your input and
/// try again."
#[test]
fn a_model_that_does_not_reason_is_given_no_reasoning() {
    for model in ["gpt-4.1", "openai/gpt-4o-mini", "chatgpt-4o-latest", "gpt-5-chat-latest"] {
        let (items, lost) = sent(model, vec![thought(), text("a")]);
        assert_eq!(items, ["user", "assistant", "user"], "{model}");
        assert_eq!(lost, ["messages[1].parts[0]"], "{model}");
        // What no model is given back is not lost.
        assert!(sent(model, vec![reasoning(ID, "hm", None), text("a")]).1.is_empty(), "{model}");
    }
    for model in ["gpt-5.2", "openai/o3", "ours"] {
        let (items, lost) = sent(model, vec![thought(), text("a")]);
        assert_eq!(items, ["user", "reasoning", "assistant", "user"], "{model}");
        assert!(lost.is_empty(), "{model}");
    }
}

/// "Item 'rs_1' of type 'reasoning' was provided without its required following item": what is not sent does not follow it.
#[test]
fn reasoning_with_nothing_sent_behind_it_is_not_sent() {
    let native = AssistantPart::Native(Native::new("anthropic", r#"{"type":"server_tool_use"}"#));
    for behind in [native, reasoning("anthropic", "hm", None)] {
        let (items, _) = sent("gpt-5.2", vec![text("a"), thought(), behind]);
        assert_eq!(items, ["user", "assistant", "user"]);
    }
}
