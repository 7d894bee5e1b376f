//! Options that a provider or a model does not take together, or takes so many of.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatOptions, ChatRequest, JsonSchema, Message, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{JsonObject, ToolResult};

use crate::sample::{asks, call, encode, encoded, losses, tool};

fn ask(options: ChatOptions) -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")]).with_options(options)
}

fn lost(id: &str, model: &str, options: ChatOptions) -> Vec<String> {
    let encoded = encode(id, model, &ask(options)).unwrap();
    losses(&encoded).into_iter().map(str::to_owned).collect()
}

const SAMPLING: [&str; 3] = ["options.temperature", "options.top_p", "options.top_k"];

fn sampling() -> ChatOptions {
    ChatOptions::default().with_temperature(0.5).with_top_p(0.9).with_top_k(5)
}

#[test]
fn a_claude_that_thinks_takes_no_sampling() {
    let thinking = sampling().with_reasoning_effort(ReasoningEffort::Low);
    for (id, model) in [
        ("anthropic", "claude-sonnet-4-5"),
        ("anthropic", "claude-3-7-sonnet-latest"),
        ("bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("vertex_ai_anthropic", "claude-opus-4@20250514"),
    ] {
        assert_eq!(lost(id, model, thinking.clone()), SAMPLING, "{model}");
    }
    let harmless = ChatOptions::default().with_temperature(1.0).with_reasoning_effort(ReasoningEffort::Low);
    assert_eq!(lost("anthropic", "claude-sonnet-4-5", harmless), [""; 0]);
    let alone = ChatOptions::default().with_top_p(0.97).with_reasoning_effort(ReasoningEffort::Low);
    assert_eq!(encoded("anthropic", "claude-sonnet-4-5", &ask(alone))["top_p"], 0.97);
    // Later ones take none at all; earlier ones all that do not think, or one of two.
    for model in ["claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-5"] {
        assert_eq!(lost("anthropic", model, sampling()), SAMPLING, "{model}");
    }
    assert_eq!(lost("anthropic", "claude-sonnet-4-6", sampling()), ["options.top_p"]);
    assert_eq!(lost("anthropic", "claude-3-5-haiku-latest", sampling()), [""; 0]);
    // Hosts of other models speak the dialect too.
    assert_eq!(lost("zai_anthropic", "glm-4.6", sampling()), [""; 0]);
}

#[test]
fn a_budget_stays_below_the_limit() {
    let within = |max_tokens| {
        let options = ChatOptions::default().with_max_tokens(max_tokens);
        let request = ask(options.with_reasoning_effort(ReasoningEffort::High));
        let encoded = encode("anthropic", "claude-sonnet-4-5", &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        (body["thinking"]["budget_tokens"].as_u64(), losses(&encoded).len())
    };
    assert_eq!(within(9000), (Some(4096), 0));
    assert_eq!(within(2000), (Some(1999), 1));
    assert_eq!(within(1025), (Some(1024), 1));
    assert_eq!(within(1024), (None, 1));
    let effort = ChatOptions::default().with_reasoning_effort(ReasoningEffort::Low);
    assert_eq!(lost("anthropic", "claude-3-5-haiku-latest", effort), ["options.reasoning_effort"]);
}

#[test]
fn a_thinking_model_of_openai_takes_no_sampling() {
    let options = ChatOptions::default().with_temperature(0.5).with_stop(["END"]);
    let both = ["options.temperature", "options.stop"];
    for model in ["o3", "o4-mini", "gpt-5", "gpt-5-nano-2025-08-07", "gpt-5.6-luna", "gpt-5.1-codex"] {
        assert_eq!(lost("openai", model, options.clone()), both, "{model}");
    }
    for model in ["gpt-4o", "gpt-5-chat-latest", "gpt-5.1", "gpt-5.4-nano"] {
        assert_eq!(lost("openai", model, options.clone()), [""; 0], "{model}");
    }
    // Told not to think, those that think unasked take a temperature, and from GPT-6 on not even then.
    let told = options.clone().with_reasoning_effort(ReasoningEffort::None);
    assert_eq!(lost("openai_responses", "gpt-5.6-luna", told.clone()), ["options.stop"]);
    assert_eq!(lost("openai_responses", "gpt-6-sol", told), both);
    let asked = options.with_reasoning_effort(ReasoningEffort::Low);
    assert_eq!(lost("azure", "gpt-5.1", asked.clone()), both);
    assert_eq!(lost("openai_responses", "gpt-5.1", asked), both);
    let harmless = ChatOptions::default().with_temperature(1.0);
    assert_eq!(encoded("openai", "gpt-5", &ask(harmless))["temperature"], 1.0);
}

#[test]
fn a_grok_that_thinks_is_not_told_where_to_stop() {
    let options = ChatOptions::default().with_stop(["END"]);
    assert_eq!(lost("xai", "grok-4", options.clone()), ["options.stop"]);
    for other in ["grok-3", "grok-4.20-0309-non-reasoning"] {
        assert_eq!(lost("xai", other, options.clone()), [""; 0], "{other}");
    }
    // It ignores what a model does not take, and tells which do.
    assert_eq!(lost("openrouter", "x-ai/grok-4", options), [""; 0]);
}

#[test]
fn an_effort_that_a_model_lacks_is_the_nearest() {
    use ReasoningEffort::{High, Max, Minimal, None as Not, XHigh};
    let effort = |model, effort| {
        let request = ask(ChatOptions::default().with_reasoning_effort(effort));
        let encoded = encode("openai", model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        (body["reasoning_effort"].clone(), losses(&encoded).len())
    };
    assert_eq!(effort("gpt-5", Not), (json!("minimal"), 1));
    assert_eq!(effort("gpt-5", XHigh), (json!("high"), 1));
    assert_eq!(effort("o3", Minimal), (json!("low"), 1));
    assert_eq!(effort("gpt-5.1", Minimal), (json!("low"), 1));
    assert_eq!(effort("gpt-5.1", Not), (json!("none"), 0));
    assert_eq!(effort("gpt-5.2", XHigh), (json!("xhigh"), 0));
    assert_eq!(effort("gpt-4.1", High), (json!(null), 1));
    assert_eq!(effort("gpt-4.1", Not), (json!(null), 0));
    assert_eq!(effort("gpt-oss-120b", High), (json!("high"), 0));
    // Kinds of one generation differ.
    assert_eq!(effort("gpt-5-pro", Minimal), (json!("high"), 1));
    assert_eq!(effort("gpt-5.4-pro", Not), (json!("medium"), 1));
    assert_eq!(effort("gpt-5.2-chat-latest", High), (json!("medium"), 1));
    assert_eq!(effort("gpt-5.1-codex", Not), (json!("low"), 1));
    assert_eq!(effort("gpt-5.3-codex", Not), (json!("low"), 1));
    // Chat completions take less than the API of responses does.
    assert_eq!(effort("gpt-5.6-sol", Max), (json!("xhigh"), 1));
    assert_eq!(effort("gpt-6-astra", Not), (json!("low"), 1));
    assert_eq!(effort("gpt-6.1-terra", Not), (json!("none"), 0));
}

#[test]
fn texts_to_stop_at_are_counted() {
    let stops = |many: usize| (0..many).map(|number| format!("s{number}"));
    for (id, model, most) in [
        ("openai", "gpt-4.1", 4),
        ("azure", "gpt-4.1", 4),
        ("groq", "m", 4),
        ("openrouter", "m", 4),
        ("gemini", "gemini-2.5-flash", 5),
        ("cohere", "m", 5),
        ("deepseek", "m", 16),
        ("moonshot", "kimi-k3", 5),
        ("zai", "glm-4.6", 1),
    ] {
        let options = |many| ChatOptions::default().with_stop(stops(many));
        assert_eq!(lost(id, model, options(most)), [""; 0], "{id}");
        assert_eq!(lost(id, model, options(most + 1)), [format!("options.stop[{most}]")], "{id}");
    }
    assert_eq!(lost("anthropic", "claude-sonnet-4-5", ChatOptions::default().with_stop(stops(40))), [""; 0]);
}

#[test]
fn labels_are_counted() {
    let labels = |many: usize| {
        (0..many).fold(ChatOptions::default(), |set, n| set.with_metadata(format!("l{n:02}"), "x"))
    };
    for (id, model) in [("openai_responses", "gpt-4.1"), ("openrouter", "m"), ("bedrock", "m")] {
        assert_eq!(lost(id, model, labels(16)), [""; 0], "{id}");
        assert_eq!(lost(id, model, labels(17)), ["options.metadata.l16"], "{id}");
    }
    let long = labels(1).with_metadata("long", "x".repeat(513));
    assert_eq!(lost("openai_responses", "gpt-4.1", long), ["options.metadata.long"]);
}

/// Another provider's ids and names, and what a model made up, are history: they must not stop the conversation.
#[test]
fn ids_and_names_of_calls_are_accepted_everywhere() {
    let made_up = call(&format!("toolu.{}", "a".repeat(70)), "functions.get time", "{}");
    let messages = vec![
        Message::user("u"),
        asks(&[&made_up]),
        Message::tool_result(&made_up, ToolResult::text("12:00")),
    ];
    let request = ChatRequest::new(messages).with_tools(vec![tool("get_time", "{}")]);
    for (id, model, name, ids, longest) in [
        ("openai", "gpt-4.1", "/messages/1/tool_calls/0/function/name", "/messages/1/tool_calls/0/id", 40),
        ("mistral", "m", "/messages/1/tool_calls/0/function/name", "/messages/1/tool_calls/0/id", 9),
        ("openai_responses", "gpt-4.1", "/input/1/name", "/input/1/call_id", 64),
        ("anthropic", "claude-sonnet-4-5", "/messages/1/content/0/name", "/messages/1/content/0/id", 99),
        ("bedrock", "m", "/messages/1/content/0/toolUse/name", "/messages/1/content/0/toolUse/toolUseId", 64),
        ("cohere", "m", "/messages/1/tool_calls/0/function/name", "/messages/1/tool_calls/0/id", 99),
    ] {
        let encoded = encode(id, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body.pointer(name), Some(&json!("functions_get_time")), "{id}");
        assert_eq!(losses(&encoded), ["messages[1].parts[0]"], "{id}");
        let sent = body.pointer(ids).unwrap().as_str().unwrap();
        assert!(sent.len() <= longest, "{id}: {sent}");
        assert_eq!(body.to_string().matches(&format!("{sent:?}")).count(), 2, "{id}: {body}");
    }
    let gemini = encoded("gemini", "gemini-2.5-flash", &request);
    assert_eq!(gemini.pointer("/contents/1/parts/0/functionCall/name"), Some(&json!("functions_get_time")));
}

#[test]
fn a_choice_that_cannot_be_said_is_refused() {
    let forced = ask(ChatOptions::default().with_reasoning_effort(ReasoningEffort::Low))
        .with_tools(vec![tool("t", "{}")])
        .with_tool_choice(ToolChoice::Required);
    for (id, model) in [
        ("anthropic", "claude-sonnet-4-5"),
        ("anthropic", "claude-opus-5-5"),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ] {
        let refused = encode(id, model, &forced).unwrap_err();
        assert!(refused.message().contains("cannot be forced"), "{refused}");
    }
    // With an effort in place of a budget, a forced call is taken, and made without a thought.
    let taken = encode("anthropic", "claude-opus-4-8", &forced).unwrap();
    assert_eq!(losses(&taken), ["options.reasoning_effort"]);
    // Some are never forced.
    let mut unthought = forced;
    unthought.options = ChatOptions::default();
    for (id, model) in [
        ("anthropic", "claude-fable-5-1"),
        ("vertex_ai_anthropic", "claude-sonnet-5-5"),
        ("bedrock", "us.anthropic.claude-opus-5-5-v1:0"),
    ] {
        let refused = encode(id, model, &unthought).unwrap_err();
        assert!(refused.message().contains("cannot be forced"), "{refused}");
    }
    assert!(encode("anthropic", "claude-opus-5", &unthought).is_ok());
}

#[test]
fn a_claude_is_told_not_to_think_as_it_can_be() {
    let request = ask(ChatOptions::default().with_reasoning_effort(ReasoningEffort::None));
    let effort = ask(ChatOptions::default().with_reasoning_effort(ReasoningEffort::High));
    let other = encoded("deepseek_anthropic", "deepseek-v4-pro", &effort);
    assert_eq!(other["thinking"], json!({"type": "enabled", "budget_tokens": 4096}));
    assert_eq!(other["output_config"], json!({"effort": "high"}));
    for (model, thinking, lost) in [
        ("claude-opus-5", json!({"type": "disabled"}), 0),
        ("claude-sonnet-5-5", json!({"type": "between_tools"}), 0),
        ("claude-opus-5-5", json!({"type": "adaptive"}), 1),
        ("claude-fable-5", json!({"type": "adaptive"}), 1),
    ] {
        let encoded = encode("anthropic", model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!((&body["thinking"], encoded.lossiness.len()), (&thinking, lost), "{model}");
        let effort = if lost > 0 { json!({"effort": "low"}) } else { Value::Null };
        assert_eq!(body["output_config"], effort, "{model}");
    }
}

#[test]
fn a_form_and_tools_together_are_refused_where_the_provider_refuses_them() {
    let form = ResponseFormat::JsonSchema(JsonSchema::new("answer", JsonObject::empty()));
    let request = ask(ChatOptions::default().with_response_format(form)).with_tools(vec![tool("t", "{}")]);
    for (id, model) in [
        ("gemini", "gemini-2.5-pro"),
        ("vertex_ai", "gemini-2.0-flash"),
        ("cohere", "command-a"),
        ("groq", "openai/gpt-oss-20b"),
        ("cerebras", "m"),
    ] {
        let refused = encode(id, model, &request).unwrap_err();
        assert!(refused.message().starts_with("options.response_format: "), "{id}: {refused}");
    }
    for (id, model) in [("gemini", "gemini-3-flash"), ("gemini", "gemini-flash-latest"), ("ollama", "m")] {
        assert!(encode(id, model, &request).is_ok(), "{id}/{model}");
    }
}

#[test]
fn a_gemini_thinks_as_it_can() {
    use ReasoningEffort::{Medium, Minimal, None as Not, XHigh};
    let thinking = |model: &str, effort| {
        let request = ask(ChatOptions::default().with_reasoning_effort(effort));
        let encoded = encode("gemini", model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let config = &body["generationConfig"]["thinkingConfig"];
        let told = config["thinkingLevel"].as_str().map(str::to_owned);
        (told.or(config["thinkingBudget"].as_u64().map(|budget| budget.to_string())), losses(&encoded).len())
    };
    let sent = |text: &str, losses| (Some(text.to_owned()), losses);
    assert_eq!(thinking("gemini-2.5-pro", Not), sent("128", 1));
    assert_eq!(thinking("gemini-2.5-flash", Not), sent("0", 0));
    assert_eq!(thinking("gemini-2.0-flash", Not), (None, 0));
    assert_eq!(thinking("gemini-2.0-flash", Medium), (None, 1));
    assert_eq!(thinking("gemini-3-pro-preview", Medium), sent("HIGH", 1));
    assert_eq!(thinking("gemini-3.1-pro-preview", Medium), sent("MEDIUM", 0));
    assert_eq!(thinking("gemini-3.1-pro-preview", Minimal), sent("LOW", 1));
    assert_eq!(thinking("gemini-3.5-flash", Minimal), sent("MINIMAL", 0));
    assert_eq!(thinking("gemini-3.8-flash", Not), sent("LOW", 1));
    assert_eq!(thinking("gemini-flash-latest", XHigh), sent("HIGH", 1));
}

#[test]
fn the_name_of_a_form_is_one_that_is_taken() {
    let form = JsonSchema::new("Person (new)", JsonObject::empty()).with_strict(false);
    let form = ResponseFormat::JsonSchema(form);
    for (id, model, place) in [
        ("openai", "gpt-4.1", "/response_format/json_schema/name"),
        ("openai_responses", "gpt-4.1", "/text/format/name"),
    ] {
        let request = ask(ChatOptions::default().with_response_format(form.clone()));
        let encoded = encode(id, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body.pointer(place), Some(&json!("Person__new_")), "{id}");
        assert_eq!(losses(&encoded), ["options.response_format.name"], "{id}");
    }
}

#[test]
fn a_thinking_models_limit_has_the_newer_name() {
    let request = ask(ChatOptions::default().with_max_tokens(500));
    for (id, model, name) in [
        ("azure_ai", "gpt-5-mini", "max_completion_tokens"),
        ("azure_ai", "gpt-4.1", "max_tokens"),
        // It translates.
        ("openrouter", "openai/gpt-5", "max_tokens"),
        ("azure_ai", "DeepSeek-V3", "max_tokens"),
    ] {
        assert_eq!(encoded(id, model, &request)[name], 500, "{id}/{model}");
    }
}
