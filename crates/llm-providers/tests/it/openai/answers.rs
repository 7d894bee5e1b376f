//! Answers as hosts take them back, their own and those that another gave.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Message, Opaque, Reasoning, ReasoningEffort,
};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, encode, encoded, losses, reasoning, text, tool};

/// A call that `provider` thought before, one that it did not, and an answer to its result.
fn conversation(provider: &str) -> ChatRequest {
    let lookup = call("c", "t", "{}");
    let thought = vec![reasoning(provider, "hm", None), AssistantPart::ToolCall(lookup.clone())];
    let messages = vec![
        Message::user("u"),
        AssistantMessage::new(thought).into(),
        Message::tool_result(&lookup, ToolResult::text("ok")),
        asks(&[&lookup]),
        Message::tool_result(&lookup, ToolResult::text("ok")),
        AssistantMessage::new(vec![text("a")]).into(),
        Message::user("u"),
        AssistantMessage::new(vec![text("b")]).into(),
        Message::user("u"),
    ];
    ChatRequest::new(messages).with_tools(vec![tool("t", "{}")])
}

fn members<'a>(body: &'a Value, member: &str) -> Vec<&'a Value> {
    let messages = body["messages"].as_array().unwrap();
    messages.iter().filter(|message| message["role"] == "assistant").map(|message| &message[member]).collect()
}

/// "thinking is enabled but reasoning_content is missing in assistant tool call message at index 3"
#[test]
fn a_model_that_demands_its_thoughts_gets_them_at_every_host_that_has_it() {
    let (all, none) = (json!(["hm", " ", " ", null]), json!([null, null, null, null]));
    for (id, model, expected) in [
        ("siliconflow", "moonshotai/Kimi-K2-Thinking", &all),
        ("siliconflow", "Qwen/Qwen3.5-397B-A17B", &none),
        ("opencode_zen", "kimi-k2.6", &all),
        ("opencode_go", "mimo-v2-pro", &all),
        ("novita", "deepseek/deepseek-v4-pro", &all),
        ("ppio", "moonshotai/kimi-k2.6", &all),
        ("huggingface", "moonshotai/Kimi-K2-Thinking:novita", &all),
        ("nvidia_nim", "deepseek-ai/deepseek-v4-pro", &all),
        ("nvidia_nim", "meta/llama-3.3-70b-instruct", &none),
        ("hunyuan", "hy3-preview", &all),
        ("tencent", "kimi-k2.6", &all),
        ("opencode_zen", "gpt-5.2", &none),
        ("dashscope", "deepseek-v4-pro", &all),
        ("openrouter", "deepseek/deepseek-v4-pro", &all),
        ("deepseek", "deepseek-v4-pro", &all),
        ("moonshot", "kimi-k2.6", &all),
        ("llamacpp", "m", &json!(["hm", null, null, null])),
        ("groq", "moonshotai/kimi-k2-instruct-0905", &none),
    ] {
        assert_eq!(
            json!(members(&encoded(id, model, &conversation(id)), "reasoning_content")),
            *expected,
            "{id}"
        );
    }
    // An empty one is none.
    let lookup = call("c", "t", "{}");
    let empty = vec![reasoning("deepseek", "", None), AssistantPart::ToolCall(lookup.clone())];
    let messages = vec![
        Message::user("u"),
        AssistantMessage::new(empty).into(),
        Message::tool_result(&lookup, ToolResult::text("ok")),
    ];
    let request = ChatRequest::new(messages).with_tools(vec![tool("t", "{}")]);
    let sent = encoded("deepseek", "deepseek-v4-pro", &request);
    assert_eq!(json!(members(&sent, "reasoning_content")), json!([" "]));
    // One that is told not to think demands none.
    let options = ChatOptions::default().with_reasoning_effort(ReasoningEffort::None);
    let untold = encoded("opencode_zen", "kimi-k2.6", &conversation("openai").with_options(options));
    assert_eq!(json!(members(&untold, "reasoning_content")), none);
}

/// "property 'messages.1.assistant.reasoning_content' is unsupported" (Cerebras).
#[test]
fn thoughts_have_another_name_at_some() {
    for id in ["cerebras", "vllm"] {
        let body = encoded(id, "gpt-oss-120b", &conversation(id));
        assert_eq!(json!(members(&body, "reasoning")), json!(["hm", null, null, null]), "{id}");
        assert_eq!(json!(members(&body, "reasoning_content")), json!([null, null, null, null]), "{id}");
    }
    let thought = Reasoning::new("cerebras", "hm").with_model("gpt-oss-120b");
    let answer = AssistantMessage::new(vec![AssistantPart::Reasoning(thought), text("a")]);
    let request = ChatRequest::new(vec![Message::user("u"), answer.into(), Message::user("v")]);
    for (model, expected) in [("gpt-oss-120b", json!(["hm"])), ("llama3.1-8b", json!([null]))] {
        assert_eq!(json!(members(&encoded("cerebras", model, &request), "reasoning")), expected, "{model}");
    }
}

/// "The content field is a required field." (Alibaba)
#[test]
fn an_answer_that_calls_alone_has_a_content_that_is_taken() {
    let (left_out, null, empty) = (None, Some(Value::Null), Some(json!("")));
    for (id, model, expected) in [
        ("dashscope", "qwen3-max", &left_out),
        ("xai", "grok-4", &left_out),
        ("openrouter", "qwen/qwen3-max", &empty),
        ("openrouter", "openai/gpt-5.2", &null),
        ("openai", "gpt-5.2", &null),
        ("together", "Qwen/Qwen3-235B-A22B-Instruct-2507-tput", &null),
    ] {
        let body = encoded(id, model, &conversation("other"));
        assert_eq!(body["messages"][1].get("content"), expected.as_ref(), "{id}");
        assert_eq!(body["messages"][5]["content"], "a", "{id}");
    }
}

/// "Gemini models require OpenRouter reasoning details to be preserved in each request."
#[test]
fn a_gemini_is_told_which_calls_it_did_not_sign() {
    let gemini = "google/gemini-3-pro-preview";
    let (lookup, other) = (call("c", "t", "{}"), call("d", "t", "{}"));
    let mark = json!({"type": "reasoning.encrypted", "data": "skip_thought_signature_validator", "id": "c", "format": "google-gemini-v1", "index": 0});
    let own = json!({"type": "reasoning.encrypted", "data": "s", "id": "c"});
    let said = json!({"type": "reasoning.text", "text": "hm"});
    for (id, model, details, expected) in [
        ("openrouter", gemini, None, json!([mark])),
        ("openrouter", gemini, Some(&said), json!([said, mark])),
        ("openrouter", gemini, Some(&own), json!([own])),
        ("openrouter", "google/gemini-2.5-pro", None, Value::Null),
        ("openrouter", "openai/gpt-5.2", Some(&said), json!([said])),
        ("vertex_ai_openai", gemini, None, Value::Null),
    ] {
        let opaque = details.map(|details| Opaque::Details(json!([details]).to_string().into()));
        let mut parts: Vec<_> = opaque.map(|opaque| reasoning(id, "", Some(opaque))).into_iter().collect();
        parts.extend([&lookup, &other].map(|call| AssistantPart::ToolCall(call.clone())));
        let results = [&lookup, &other].map(|call| Message::tool_result(call, ToolResult::text("ok")));
        let mut messages = vec![Message::user("u"), AssistantMessage::new(parts).into()];
        messages.extend(results);
        let encoded =
            encode(id, model, &ChatRequest::new(messages).with_tools(vec![tool("t", "{}")])).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["messages"][1]["reasoning_details"], expected, "{id}/{model}");
        let signature = &body["messages"][1]["tool_calls"][0]["extra_content"]["google"]["thought_signature"];
        let is_signed = *signature == "skip_thought_signature_validator";
        assert_eq!(is_signed, id == "vertex_ai_openai");
        assert!(body["messages"][1]["tool_calls"][1].get("extra_content").is_none());
        let is_marked = is_signed || expected.to_string().contains("skip_thought");
        assert_eq!(losses(&encoded).len(), usize::from(is_marked), "{id}/{model}");
    }
}

/// "messages: text content blocks must be non-empty" (Claude behind gateways).
#[test]
fn an_empty_text_is_none_for_a_claude() {
    let lookup = call("c", "t", "{}");
    let messages = vec![
        Message::user("u"),
        AssistantMessage::new(vec![text(""), AssistantPart::ToolCall(lookup.clone())]).into(),
        Message::tool_result(&lookup, ToolResult::text("ok")),
    ];
    let request = ChatRequest::new(messages).with_tools(vec![tool("t", "{}")]).with_strict(true);
    let body = encoded("openrouter", "anthropic/claude-sonnet-4.5", &request);
    assert_eq!(body["messages"][1].get("content"), Some(&Value::Null));
    // Nor is an answer that says nothing.
    let messages = vec![Message::user("u"), Message::assistant(""), Message::user("v")];
    for (model, turns) in [("anthropic/claude-sonnet-4.5", 2), ("openai/gpt-5.2", 3)] {
        let encoded = encode("openrouter", model, &ChatRequest::new(messages.clone())).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["messages"].as_array().unwrap().len(), turns, "{model}");
        assert_eq!(losses(&encoded) == ["messages[1].parts[0]"], turns == 2, "{model}");
    }
}
