//! Conversations that a host takes only in an order of its own.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Media, Message, Part};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, encode, losses, tool, user};

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

/// "Unexpected role 'user' after role 'tool'" (mistral-common, as in vLLM and NIM), "After the optional system message, conversation roles
/// must alternate user and assistant roles except for tool calls and results." (the chat template of its models).
#[test]
fn a_mistral_elsewhere_gets_turns_as_its_template_takes_them() {
    let lookup = call("c", "t", "{}");
    let messages = vec![
        Message::system("s"),
        Message::system("t"),
        Message::user("a"),
        asks(&[&lookup]),
        Message::tool_result(&lookup, ToolResult::text("ok")),
        Message::assistant(""),
        Message::user("b"),
        user(vec![Part::text("c")]),
        Message::system("u"),
        Message::assistant("d"),
        Message::assistant("e"),
        Message::user("f"),
    ];
    let request = ChatRequest::new(messages).with_tools(vec![tool("t", "{}")]);
    for (id, model, is_mistral) in [
        ("nvidia_nim", "mistralai/mistral-small-4-119b-2603", true),
        ("huggingface", "mistralai/Devstral-Small-2-24B-Instruct-2512", true),
        ("llamacpp", "Ministral-3-8B-Instruct", true),
        ("lmstudio", "magistral-small", true),
        ("nvidia_nim", "nvidia/nemotron-3-nano", false),
        ("together", "NousResearch/Nous-Hermes-2-Mixtral-8x7B-DPO", false),
    ] {
        let encoded = encode(id, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let (said, lost) = (&body["messages"], losses(&encoded));
        if !is_mistral {
            assert_eq!((roles(said).len(), lost.len()), (12, 0), "{id}");
            continue;
        }
        let expected = ["system", "user", "assistant", "tool", "assistant", "user", "assistant", "user"];
        assert_eq!(roles(said), expected, "{id}");
        let text = |place: usize| said[place]["content"].as_str().unwrap();
        assert_eq!((text(0), text(4), text(6), text(7)), ("s\n\nt", ".", "d\n\ne", "f"), "{id}");
        assert_eq!(text(5), "b\n\nc\n\nOperator note (not from the user): u", "{id}");
        assert_eq!(lost, ["messages[5].parts[0]", "messages[6]", "messages[8]"], "{id}");
    }
    // A picture stays one.
    let picture = Media::Url { url: "https://pictures.example/a.png".into() };
    let messages = vec![Message::user("a"), user(vec![Part::text("b"), Part::Image { media: picture }])];
    let encoded = encode("nvidia_nim", "mistralai/mistral-small-4", &ChatRequest::new(messages)).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(body["messages"][0]["content"].as_array().unwrap().len(), 3);
    assert!(encoded.lossiness.is_empty());
}
