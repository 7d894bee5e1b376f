//! How hosts with switches and degrees of their own are told to think, and what they want back of it.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, ErrorKind, Message, Reasoning,
    ReasoningEffort, ToolChoice,
};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, encode, encoded, losses, tool};

fn ask(effort: ReasoningEffort) -> ChatRequest {
    let options = ChatOptions::default().with_reasoning_effort(effort);
    ChatRequest::new(vec![Message::user("u")]).with_options(options)
}

#[test]
fn a_host_with_a_switch_is_told_by_its_model() {
    use ReasoningEffort::{High, Low, Max, Medium, Minimal, None as Not, XHigh};
    let (on, off) = (json!({"type": "enabled"}), json!({"type": "disabled"}));
    let said = |id: &str, model: &str, effort| {
        let encoded = encode(id, model, &ask(effort)).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        (body["thinking"].clone(), body["reasoning_effort"].clone(), encoded.lossiness.len())
    };
    for (id, model, effort, switch, word, lost) in [
        ("deepseek", "deepseek-v4-pro", Not, off.clone(), Value::Null, 0),
        ("deepseek", "deepseek-v4-pro", XHigh, on.clone(), json!("max"), 0),
        ("deepseek", "deepseek-v4-pro", Max, on.clone(), json!("max"), 0),
        ("deepseek", "deepseek-v4-flash", Medium, on.clone(), json!("high"), 1),
        ("moonshot", "kimi-k2.6", Not, off.clone(), Value::Null, 0),
        ("moonshot", "kimi-k2.6", High, on.clone(), Value::Null, 1),
        ("moonshot", "kimi-k2.7-code", Not, on.clone(), Value::Null, 1),
        ("moonshot_cn", "kimi-k3.1-pro", Low, Value::Null, json!("low"), 0),
        ("moonshot", "kimi-latest", High, Value::Null, json!("high"), 0),
        // "`reasoning_effort` does not support 'none'", "invalid thinking: only type=enabled is allowed for this model".
        ("kimi_coding", "kimi-for-coding", Not, on.clone(), Value::Null, 1),
        ("kimi_coding", "kimi-for-coding-highspeed", High, on.clone(), Value::Null, 1),
        ("kimi_coding", "k3", Not, Value::Null, json!("low"), 1),
        ("kimi_coding", "k3-256k", XHigh, Value::Null, json!("max"), 0),
        ("zai", "glm-4.6", Not, off.clone(), Value::Null, 0),
        ("zai", "glm-5.2", Minimal, on.clone(), json!("minimal"), 0),
        ("zai", "glm-5.2", Max, on.clone(), json!("max"), 0),
        ("bigmodel", "glm-5.3", Not, on.clone(), json!("low"), 1),
        ("zai", "glm-4-plus", High, Value::Null, json!("high"), 0),
        ("xiaomi_mimo", "mimo-v2.5", Not, off.clone(), Value::Null, 0),
        ("hunyuan", "hy3-preview", High, on.clone(), json!("high"), 0),
        ("tencent", "hy3", Low, on.clone(), json!("high"), 1),
        ("tencent", "hy3-preview", Not, off.clone(), Value::Null, 0),
        ("hunyuan", "deepseek-v4-pro", High, on.clone(), json!("high"), 0),
        ("tencent", "kimi-k2.6", Not, off.clone(), Value::Null, 0),
        ("tencent", "minimax-m3", High, json!({"type": "adaptive"}), Value::Null, 1),
        ("tencent", "minimax-m2.7", Not, json!({"type": "adaptive"}), Value::Null, 1),
        // Of a model behind an endpoint's name, nothing is known but its host.
        ("volcengine", "ep-20260601-abc", Not, off, Value::Null, 0),
        ("volcengine", "doubao-seed-2-0-pro-260215", Minimal, on.clone(), json!("minimal"), 0),
        ("volcengine", "deepseek-v3-2-251201", Medium, on.clone(), json!("medium"), 0),
        ("byteplus", "seed-2-0-lite", XHigh, on.clone(), json!("high"), 1),
    ] {
        assert_eq!(said(id, model, effort), (switch, word, lost), "{id}/{model} {effort:?}");
    }
}

#[test]
fn alibaba_is_told_how_many_tokens_and_groqs_qwen_nothing_but_whether() {
    let qwen = encoded("qwencloud", "qwen3-max", &ask(ReasoningEffort::High));
    assert_eq!((&qwen["enable_thinking"], &qwen["thinking_budget"]), (&json!(true), &json!(4096)));
    assert_eq!(qwen.get("reasoning_effort"), None);
    let off = encoded("dashscope", "qwen3-max", &ask(ReasoningEffort::None));
    assert_eq!((&off["enable_thinking"], off.get("thinking_budget")), (&json!(false), None));
    let groq = |model: &str, effort| encoded("groq", model, &ask(effort))["reasoning_effort"].clone();
    assert_eq!(groq("qwen/qwen3-32b", ReasoningEffort::High), "default");
    assert_eq!(groq("qwen/qwen3-32b", ReasoningEffort::None), "none");
    assert_eq!(groq("openai/gpt-oss-120b", ReasoningEffort::High), "high");
}

/// "current model does not support parameter `enable_thinking`", and an effort has no effect on those by which it is.
#[test]
fn siliconflows_models_are_told_to_think_where_they_can_be() {
    use ReasoningEffort::{High, Minimal, None as Not};
    let told = |enable: bool, budget| (json!(enable), budget, Value::Null);
    let (off, on) = (told(false, Value::Null), told(true, json!(4096)));
    let effort = |word: &str| (Value::Null, Value::Null, json!(word));
    for (id, model, asked, said, lost) in [
        ("siliconflow", "deepseek-ai/DeepSeek-V3.2", High, on.clone(), 0),
        ("siliconflow_cn", "Pro/zai-org/GLM-5", High, on.clone(), 0),
        ("siliconflow", "zai-org/GLM-4.5-Air", Not, off.clone(), 0),
        ("siliconflow", "tencent/Hunyuan-A13B-Instruct", High, on.clone(), 0),
        ("siliconflow", "Qwen/Qwen3-8B", Minimal, told(true, json!(1024)), 1),
        ("siliconflow_cn", "Qwen/Qwen3.5-397B-A17B", Not, off, 0),
        ("siliconflow", "Qwen/Qwen3-30B-A3B-Instruct-2507", High, effort("high"), 0),
        ("siliconflow", "Qwen/Qwen3-VL-32B-Thinking", High, effort("high"), 0),
        ("siliconflow", "deepseek-ai/DeepSeek-R1", Not, effort("none"), 0),
        ("siliconflow", "moonshotai/Kimi-K2-Instruct", High, effort("high"), 0),
        ("deepinfra", "deepseek-ai/DeepSeek-V3.2", High, effort("high"), 0),
    ] {
        let encoded = encode(id, model, &ask(asked)).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let [enable, budget, word] = ["enable_thinking", "thinking_budget", "reasoning_effort"]
            .map(|name| body.get(name).cloned().unwrap_or_default());
        assert_eq!(((enable, budget, word), encoded.lossiness.len()), (said, lost), "{id}/{model} {asked:?}");
    }
}

/// "reasoning_effort='medium' is not supported for this model", "Must be one of …", "not enabled for this model".
#[test]
fn each_model_at_mistral_gets_an_effort_that_it_has() {
    use ReasoningEffort::{High, Low, Max, Medium, Minimal, None as Not, XHigh};
    for (model, asked, word, lost) in [
        ("mistral-large-4-0", Not, json!("none"), 0),
        ("mistral-large-4", Minimal, json!("low"), 1),
        ("mistral-large-4", Medium, json!("medium"), 0),
        ("mistral-large-4", XHigh, json!("high"), 1),
        ("zai-glm-5-3", Not, json!("low"), 1),
        ("zai-glm-5-3", Medium, json!("high"), 1),
        ("zai-glm-5-3", Max, json!("max"), 0),
        ("glm-5-2", Low, json!("high"), 1),
        ("codestral-latest", High, Value::Null, 1),
        ("mistral-large-2512", Not, Value::Null, 0),
        ("mistral-medium-3-5", Low, json!("high"), 1),
        ("mistral-small-latest", Not, json!("none"), 0),
    ] {
        // The published schema is older than some of these words: they are checked where the same is sent without it.
        let encoded = encode("vertex_ai_mistral", model, &ask(asked)).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!((&body["reasoning_effort"], encoded.lossiness.len()), (&word, lost), "{model} {asked:?}");
    }
}

/// Recorded: unasked, and with the effort `default`, `<think>` stands in the text.
#[test]
fn groqs_qwen_is_told_to_keep_its_thoughts_out_of_the_text() {
    let plain = ChatRequest::new(vec![Message::user("u")]);
    let format =
        |model: &str, request: &ChatRequest| encoded("groq", model, request)["reasoning_format"].clone();
    for request in [&plain, &ask(ReasoningEffort::High), &ask(ReasoningEffort::None)] {
        assert_eq!(format("qwen/qwen3-32b", request), "parsed");
        for other in ["openai/gpt-oss-120b", "llama-3.3-70b-versatile", "qwen-2.5-32b"] {
            assert_eq!(format(other, request), Value::Null, "{other}");
        }
    }
    for own in [r#"{"reasoning_format":"hidden"}"#, r#"{"include_reasoning":false}"#] {
        let members = toolgate_tool_types::JsonObject::parse(own).unwrap();
        let request = plain.clone().with_options(ChatOptions::default().with_extra("groq", members));
        assert_ne!(format("qwen/qwen3-32b", &request), "parsed", "{own}");
    }
    assert_eq!(encoded("deepinfra", "Qwen/Qwen3-32B", &plain).get("reasoning_format"), None);
}

/// "The reasoning_content in the thinking mode must be passed back to the API", also where another provider's model made
/// the call.
#[test]
fn calls_that_another_model_thought_of_have_a_blank_where_one_is_demanded() {
    let lookup = call("c1", "t", "{}");
    let thought = |provider: &str| {
        let thought = AssistantPart::Reasoning(Reasoning::new(provider, "hm"));
        AssistantMessage::new(vec![thought, AssistantPart::ToolCall(lookup.clone())]).into()
    };
    let request = |answer: Message| {
        let result = Message::tool_result(&lookup, ToolResult::text("ok"));
        let messages = vec![Message::user("u"), answer, result, Message::assistant("a"), Message::user("v")];
        ChatRequest::new(messages).with_tools(vec![tool("t", "{}")])
    };
    for (id, model) in [
        ("deepseek", "deepseek-v4-pro"),
        ("moonshot", "kimi-k3"),
        ("kimi_coding", "kimi-for-coding"),
        ("xiaomi_mimo", "mimo-v2.5-pro"),
    ] {
        let sent = |answer| encoded(id, model, &request(answer))["messages"].clone();
        assert_eq!(sent(thought(id))[1]["reasoning_content"], "hm", "{id}");
        for unthought in [asks(&[&lookup]), thought("anthropic")] {
            let sent = sent(unthought);
            assert_eq!(sent[1]["reasoning_content"], " ", "{id}");
            // What it answered to the result is of the same turn.
            assert_eq!(sent[3]["reasoning_content"], " ", "{id}");
        }
        let mut unthinking = request(asks(&[&lookup]));
        unthinking.options.reasoning_effort = Some(ReasoningEffort::None);
        let sent = encoded(id, model, &unthinking);
        assert_eq!(sent["messages"][1].get("reasoning_content"), None, "{id}");
    }
    let elsewhere = encoded("zai", "glm-4.6", &request(asks(&[&lookup])));
    assert_eq!(elsewhere["messages"][1].get("reasoning_content"), None);
}

/// "Thinking mode does not support this tool_choice" (DeepSeek), "tool_choice 'required' is incompatible with thinking enabled"
/// (Moonshot, "Tool Choice"): what thinks unasked is told not to, and what was asked to, or always does, is not forced.
#[test]
fn a_call_that_is_forced_is_not_thought_about() {
    let ask = |effort: Option<ReasoningEffort>, choice: &ToolChoice| {
        let mut request = ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", "{}")]);
        request.options.reasoning_effort = effort;
        request.with_tool_choice(choice.clone())
    };
    let (required, named) = (ToolChoice::Required, ToolChoice::Tool("t".parse().unwrap()));
    let off = |id: &str| match id {
        "qwencloud" => ("enable_thinking", json!(false)),
        _ => ("thinking", json!({"type": "disabled"})),
    };
    for (id, model) in
        [("moonshot", "kimi-k2.6"), ("deepseek", "deepseek-v4-pro"), ("qwencloud", "qwen3.8-max")]
    {
        for choice in [&required, &named] {
            let said = encode(id, model, &ask(None, choice)).unwrap();
            let body: Value = serde_json::from_slice(&said.body).unwrap();
            let (member, said_off) = off(id);
            assert_eq!(body[member], said_off, "{id}");
            assert!(body["tool_choice"] == "required" || body["tool_choice"]["function"]["name"] == "t");
            assert_eq!(losses(&said), ["tool_choice"], "{id}");
            let unasked = encode(id, model, &ask(Some(ReasoningEffort::None), choice)).unwrap();
            assert!(unasked.lossiness.is_empty(), "{id}");
            let refused = encode(id, model, &ask(Some(ReasoningEffort::Low), choice)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidRequest, "{id}");
        }
        let free = encoded(id, model, &ask(None, &ToolChoice::Auto));
        assert_eq!(free.get(off(id).0), None, "{id}");
    }
    assert_eq!(encoded("moonshot", "kimi-k3", &ask(None, &required))["tool_choice"], "required");
    // Where none is forced by its name, one that is offered alone is by forcing any.
    assert_eq!(encoded("moonshot", "kimi-k3", &ask(None, &named))["tool_choice"], "required");
    let refused = |model: &str, choice| {
        let request = ask(None, choice).with_tools(vec![tool("t", "{}"), tool("v", "{}")]);
        encode("moonshot", model, &request).unwrap_err().to_string()
    };
    assert!(refused("kimi-k3", &named).contains("offer it alone"));
    assert!(refused("kimi-k2.7-code", &required).contains("cannot be forced to call a tool"));
    // What the caller says as an extra is not said again.
    let mut own = ask(None, &required);
    let members = toolgate_tool_types::JsonObject::parse(r#"{"thinking":{"type":"enabled"}}"#).unwrap();
    own.options = own.options.with_extra("deepseek", members);
    let refused = encode("deepseek", "deepseek-v4-pro", &own).unwrap_err().to_string();
    assert!(refused.contains("cannot be forced to call a tool"), "{refused}");
}
