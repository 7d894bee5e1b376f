//! Marks for caches, where a host of chat completions takes them.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Media, Message, Part};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, encode, user};

fn sent(id: &str, messages: Vec<Message>) -> Value {
    sent_to(id, "anthropic/claude-sonnet-4.5", messages)
}

fn sent_to(id: &str, model: &str, messages: Vec<Message>) -> Value {
    let encoded = encode(id, model, &ChatRequest::new(messages)).unwrap();
    assert!(encoded.lossiness.is_empty());
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    body["messages"].clone()
}

/// OpenRouter, "Prompt caching": a Claude keeps nothing that is not marked.
#[test]
fn openrouter_is_told_what_to_keep() {
    let lookup = call("c", "t", "{}");
    let image = Media::Url { url: "https://example.com/a.png".into() };
    let mark = Message::CachePoint;
    let conversation = || {
        vec![
            Message::system("s"),
            mark.clone(),
            user(vec![Part::text("u"), Part::Image { media: image.clone() }]),
            mark.clone(),
            asks(&[&lookup]),
            Message::tool_result(&lookup, ToolResult::text("r")),
            mark.clone(),
            Message::assistant("a"),
            Message::user("v"),
            Message::assistant("b"),
            mark.clone(),
            Message::user("w"),
        ]
    };
    let marked = |text: &str| json!({"type": "text", "text": text, "cache_control": {"type": "ephemeral"}});
    let messages = sent("openrouter", conversation());
    assert_eq!(messages[0]["content"], json!([marked("s")]));
    assert_eq!(messages[1]["content"][0], marked("u"));
    assert_eq!(messages[1]["content"][1]["type"], "image_url");
    assert_eq!(messages[3]["content"], json!([marked("r")]));
    // An answer has none: the mark stands before it.
    assert_eq!(messages[5]["content"], json!([marked("v")]));
    assert_eq!((&messages[6]["content"], &messages[7]["content"]), (&json!("b"), &json!("w")));
    // Others keep what they keep.
    assert!(!sent("together", conversation()).to_string().contains("cache_control"));
}

/// "A maximum of 4 blocks with cache_control may be provided", and no empty one.
#[test]
fn what_cannot_be_marked_is_not() {
    let many = (0..6).flat_map(|_| [Message::user("u"), Message::CachePoint]);
    let messages = sent("openrouter", many.chain([Message::user("v")]).collect());
    assert_eq!(messages.to_string().matches("cache_control").count(), 4);
    let messages = sent(
        "openrouter",
        vec![Message::CachePoint, Message::user(""), Message::CachePoint, Message::user("v")],
    );
    assert_eq!(messages, json!([{"role": "user", "content": ""}, {"role": "user", "content": "v"}]));
}

/// "Context cache" of Alibaba, explicit cache; LiteLLM passes on what is marked for a Claude.
#[test]
fn alibaba_and_a_claude_behind_litellm_are_told_what_to_keep() {
    let conversation = || vec![Message::system("s"), Message::CachePoint, Message::user("u")];
    let marked = json!([{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]);
    for (id, model, is_marked) in [
        ("dashscope", "qwen3.6-plus", true),
        ("qwencloud", "deepseek-v4-pro", true),
        ("litellm_proxy", "claude-sonnet-4-6", true),
        ("litellm_proxy", "bedrock/us.anthropic.claude-opus-4-8", true),
        ("litellm_proxy", "gpt-5.2", false),
        ("siliconflow", "Qwen/Qwen3.6-35B-A3B", false),
    ] {
        let content = sent_to(id, model, conversation())[0]["content"].clone();
        assert_eq!(content, if is_marked { marked.clone() } else { json!("s") }, "{id}/{model}");
    }
}
