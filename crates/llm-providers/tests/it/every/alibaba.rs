//! How models at Alibaba are told to think: its own and those of others, which differ in what they take.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatOptions, ChatRequest, Message, ReasoningEffort, ToolChoice};

use crate::sample::{encode, losses, tool};

fn said(model: &str, request: &ChatRequest) -> (Value, Value, Value, usize) {
    let encoded = encode("qwencloud", model, request).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let at = |name: &str| body[name].clone();
    (at("enable_thinking"), at("thinking_budget"), at("reasoning_effort"), losses(&encoded).len())
}

/// "The value of the enable_thinking parameter is restricted to True": of a model that thinks always.
#[test]
fn one_that_always_thinks_is_not_told_not_to() {
    let ask = |effort| {
        ChatRequest::new(vec![Message::user("u")])
            .with_options(ChatOptions::default().with_reasoning_effort(effort))
    };
    let nothing = || (Value::Null, Value::Null, Value::Null, 1);
    let off = || (json!(false), Value::Null, Value::Null, 0);
    for (model, expected) in [
        ("qwq-plus", nothing()),
        ("qwen3-235b-a22b-thinking-2507", nothing()),
        ("qwen3.8-max-preview", nothing()),
        ("deepseek-r1-0528", nothing()),
        ("kimi-k2-thinking", nothing()),
        ("MiniMax/MiniMax-M2.7", nothing()),
        ("qwen3.8-max", off()),
        ("qwen-plus", off()),
        ("deepseek-v3.2", off()),
        ("deepseek-v4-pro", off()),
        ("glm-5.2", off()),
    ] {
        assert_eq!(said(model, &ask(ReasoningEffort::None)), expected, "{model}");
    }
}

/// "DeepSeek", "GLM": efforts in words; a budget fails for DeepSeek and `MiniMax` (`NocoBase`, pull request 9033).
#[test]
fn models_of_others_are_told_how_much_in_their_own_words() {
    use ReasoningEffort::{High, Low, Max, Medium, XHigh};
    let ask = |effort| {
        ChatRequest::new(vec![Message::user("u")])
            .with_options(ChatOptions::default().with_reasoning_effort(effort))
    };
    let words = |word: &str, lost| (json!(true), Value::Null, json!(word), lost);
    for (model, effort, expected) in [
        ("deepseek-v4-pro", High, words("high", 0)),
        ("deepseek-v4-flash-0731", XHigh, words("max", 0)),
        ("deepseek-v4.1-flash", Low, words("low", 0)),
        ("deepseek-v4.1-flash", Medium, words("high", 1)),
        ("glm-5.2", Medium, words("medium", 0)),
        ("glm-5.2", Max, words("max", 0)),
        ("deepseek-v3.2", High, (json!(true), Value::Null, Value::Null, 1)),
        ("deepseek-r1", High, (Value::Null, Value::Null, Value::Null, 1)),
        ("MiniMax-M2.5", High, (Value::Null, Value::Null, Value::Null, 1)),
        ("kimi-k2.5", High, (json!(true), json!(4096), Value::Null, 0)),
        ("qwen3.8-max-preview", High, (json!(true), json!(4096), Value::Null, 0)),
        ("qwen3-max", High, (json!(true), json!(4096), Value::Null, 0)),
    ] {
        assert_eq!(said(model, &ask(effort)), expected, "{model} {effort:?}");
    }
}

/// "The tool_choice parameter does not support being set to required or object in thinking mode."
#[test]
fn one_that_always_thinks_cannot_be_forced() {
    let required = ChatRequest::new(vec![Message::user("u")])
        .with_tools(vec![tool("t", "{}")])
        .with_tool_choice(ToolChoice::Required);
    for options in
        [ChatOptions::default(), ChatOptions::default().with_reasoning_effort(ReasoningEffort::None)]
    {
        let refused =
            encode("qwencloud", "qwen3.8-max-preview", &required.clone().with_options(options)).unwrap_err();
        assert!(refused.message().contains("a model that thinks cannot be forced"), "{refused}");
    }
    assert_eq!(said("qwen3.8-max", &required).0, json!(false));
}
