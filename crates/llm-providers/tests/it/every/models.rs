//! What single models take, and their owners' other models do not.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatOptions, ChatRequest, JsonSchema, Message, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{JsonObject, ToolResult};

use crate::sample::{asks, call, encode, encoded, losses, streamed, tool};

fn ask(options: ChatOptions) -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")]).with_options(options)
}

fn effort(effort: ReasoningEffort) -> ChatOptions {
    ChatOptions::default().with_reasoning_effort(effort)
}

fn said(id: &str, model: &str, options: ChatOptions) -> (Value, Vec<String>) {
    let encoded = encode(id, model, &ask(options)).unwrap();
    let lost = losses(&encoded).into_iter().map(str::to_owned).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), lost)
}

#[test]
fn the_most_that_there_is_goes_where_a_model_takes_it() {
    let most = || effort(ReasoningEffort::Max);
    for (id, model, place, word, lost) in [
        ("openai_responses", "gpt-5.6-sol", "/reasoning/effort", "max", 0),
        ("openai_responses", "gpt-6-luna", "/reasoning/effort", "max", 0),
        ("openai_responses", "gpt-5.5", "/reasoning/effort", "xhigh", 1),
        ("openai_responses", "o3-deep-research", "/reasoning/effort", "medium", 1),
        ("openai", "gpt-5.6-sol", "/reasoning_effort", "xhigh", 1),
        ("openai", "gpt-oss-120b", "/reasoning_effort", "high", 1),
        ("groq", "openai/gpt-oss-120b", "/reasoning_effort", "high", 1),
        ("cerebras", "zai-glm-4.7", "/reasoning_effort", "high", 1),
        ("anthropic", "claude-opus-4-6", "/output_config/effort", "max", 0),
        ("anthropic", "claude-sonnet-5", "/output_config/effort", "max", 0),
        (
            "bedrock",
            "us.anthropic.claude-opus-5-v1:0",
            "/additionalModelRequestFields/output_config/effort",
            "max",
            0,
        ),
        ("moonshot", "kimi-k3", "/reasoning_effort", "max", 0),
        ("ollama", "deepseek-v4-flash", "/think", "max", 0),
        ("ollama", "gpt-oss:20b", "/think", "high", 1),
        ("gemini", "gemini-3.8-flash", "/generationConfig/thinkingConfig/thinkingLevel", "HIGH", 1),
        ("gigachat", "GigaChat-2", "/reasoning_effort", "high", 1),
    ] {
        let (body, losses) = said(id, model, most());
        assert_eq!((body.pointer(place), losses.len()), (Some(&json!(word)), lost), "{id}/{model}: {body}");
    }
    let (body, _) = said("anthropic", "claude-sonnet-4-5", most());
    assert_eq!(body["thinking"]["budget_tokens"], 16_384);
}

#[test]
fn a_gemini_that_draws_has_levels_of_its_own() {
    use ReasoningEffort::{High, Low, Max, Medium, Minimal, None as Not};
    for (model, effort_, level, lost) in [
        ("gemini-3.1-flash-image", Minimal, Some("MINIMAL"), 0),
        ("gemini-3.1-flash-image", Low, Some("MINIMAL"), 1),
        ("gemini-3.1-flash-image", Medium, Some("HIGH"), 1),
        ("gemini-3.1-flash-image", High, Some("HIGH"), 0),
        ("gemini-3.1-flash-image", Max, Some("HIGH"), 1),
        ("gemini-3-pro-image", High, None, 1),
        ("gemini-3-pro-image", Not, None, 1),
    ] {
        let (body, losses) = said("gemini", model, effort(effort_));
        let told = body["generationConfig"]["thinkingConfig"]["thinkingLevel"].as_str();
        assert_eq!((told, losses.len()), (level, lost), "{model} {effort_:?}");
    }
}

/// "Temperature, topP and topK cannot be used with high reasoning effort."
#[test]
fn a_nova_that_thinks_hard_takes_no_limit_and_no_sampling() {
    let nova = |options| said("bedrock", "us.amazon.nova-2-lite-v1:0", options);
    let thinking = |word: &str| json!({"type": "enabled", "maxReasoningEffort": word});
    let sampling = |set: ChatOptions| set.with_temperature(0.5).with_top_p(0.9).with_top_k(5);
    for hard in [ReasoningEffort::High, ReasoningEffort::Max] {
        let (body, lost) = nova(sampling(effort(hard)));
        assert_eq!(body["additionalModelRequestFields"], json!({"reasoningConfig": thinking("high")}));
        assert_eq!(body.get("inferenceConfig"), None);
        assert!(
            ["options.temperature", "options.top_p", "options.top_k"]
                .iter()
                .all(|path| lost.contains(&(*path).to_owned()))
        );
        // A limit counts more than how hard it thinks.
        let (body, lost) = nova(sampling(effort(hard)).with_max_tokens(500));
        assert_eq!(body["additionalModelRequestFields"]["reasoningConfig"], thinking("medium"));
        assert_eq!(
            (&body["inferenceConfig"]["maxTokens"], &body["inferenceConfig"]["temperature"]),
            (&json!(500), &json!(0.5))
        );
        assert_eq!(lost, ["options.reasoning_effort"]);
    }
    let (body, lost) = nova(sampling(effort(ReasoningEffort::Medium)));
    assert_eq!((&body["inferenceConfig"]["temperature"], lost.len()), (&json!(0.5), 0));
}

/// "Thinking content omitted by default": a Claude that is asked to think is asked to show it, unless the caller says how.
#[test]
fn a_claude_that_omits_its_thoughts_is_asked_to_show_them() {
    let fields = |id: &str, body: &Value| match id {
        "bedrock" => body["additionalModelRequestFields"]["thinking"].clone(),
        _ => body["thinking"].clone(),
    };
    let shown = json!({"type": "adaptive", "display": "summarized"});
    let plain = json!({"type": "adaptive"});
    for (id, model, thinking) in [
        ("anthropic", "claude-opus-4-7", &shown),
        ("azure_anthropic", "claude-sonnet-5-5", &shown),
        ("bedrock", "us.anthropic.claude-opus-4-8", &shown),
        ("bedrock_anthropic", "anthropic.claude-mythos-preview", &shown),
        ("vertex_ai_anthropic_global", "claude-fable-5", &shown),
        ("anthropic", "claude-opus-4-6", &plain),
    ] {
        let (body, lost) = said(id, model, effort(ReasoningEffort::High));
        assert_eq!((fields(id, &body), lost.len()), (thinking.clone(), 0), "{id}/{model}");
        assert_eq!(fields(id, &said(id, model, ChatOptions::default()).0), Value::Null, "{id}/{model}");
    }
    let own = JsonObject::parse(r#"{"thinking":{"display":"omitted"}}"#).unwrap();
    let (body, _) =
        said("anthropic", "claude-opus-5", effort(ReasoningEffort::Low).with_extra("anthropic", own));
    assert_eq!(body["thinking"], json!({"type": "adaptive", "display": "omitted"}));
    let fields =
        JsonObject::parse(r#"{"additionalModelRequestFields":{"thinking":{"display":"omitted"}}}"#).unwrap();
    let options = effort(ReasoningEffort::Low).with_extra("bedrock", fields);
    let (body, _) = said("bedrock", "anthropic.claude-opus-5", options);
    assert_eq!(body["additionalModelRequestFields"]["thinking"]["display"], "omitted");
}

/// An effort is refused there.
#[test]
fn a_claude_at_databricks_is_told_as_anthropics_is() {
    let host = |model, options| said("databricks", model, options);
    let (body, lost) = host("databricks-claude-sonnet-4-5", effort(ReasoningEffort::High));
    assert_eq!(body["thinking"], json!({"type": "enabled", "budget_tokens": 4096}));
    assert_eq!((&body["max_tokens"], body.get("reasoning_effort"), lost.len()), (&json!(8192), None, 0));
    let within = effort(ReasoningEffort::High).with_max_tokens(2000);
    let (body, lost) = host("databricks-claude-sonnet-4-5", within);
    assert_eq!(
        (&body["max_tokens"], &body["thinking"]["budget_tokens"], lost.len()),
        (&json!(2000), &json!(1999), 1)
    );
    let (body, lost) = host("databricks-claude-opus-4-8", effort(ReasoningEffort::High));
    assert_eq!(
        (&body["thinking"], body.get("max_tokens"), lost.len()),
        (&json!({"type": "adaptive"}), None, 1)
    );
    for (model, switch) in [
        ("databricks-claude-opus-4-8", Value::Null),
        ("databricks-claude-opus-5", json!({"type": "disabled"})),
    ] {
        let (body, lost) = host(model, effort(ReasoningEffort::None));
        assert_eq!((&body["thinking"], lost.len()), (&switch, 0), "{model}");
    }
    let (body, _) = host("databricks-gpt-oss-120b", effort(ReasoningEffort::High));
    assert_eq!((&body["reasoning_effort"], body.get("thinking")), (&json!("high"), None));
}

#[test]
fn a_minimax_is_told_whether_to_think_in_both_dialects() {
    for id in ["minimax", "minimax_cn", "minimax_anthropic"] {
        for (model, asked, switch, lost) in [
            ("MiniMax-M3", ReasoningEffort::None, json!({"type": "disabled"}), 0),
            ("MiniMax-M3", ReasoningEffort::Minimal, json!({"type": "adaptive"}), 1),
            ("MiniMax-M2.7", ReasoningEffort::Max, json!({"type": "adaptive"}), 1),
        ] {
            let (body, losses) = said(id, model, effort(asked));
            assert_eq!((&body["thinking"], losses.len()), (&switch, lost), "{id}/{model}");
            assert_eq!((body.get("reasoning_effort"), body.get("output_config")), (None, None), "{id}");
        }
        let (body, losses) = said(id, "MiniMax-M2.7", effort(ReasoningEffort::None));
        assert_ne!(body["thinking"], json!({"type": "disabled"}), "{id}");
        assert_eq!(losses, ["options.reasoning_effort"], "{id}");
    }
}

/// A temperature in "(0.0, 1.0]", "top_p must be 1 when using greedy sampling", "`top_p` must be > 0.0 and < 1.0".
#[test]
fn what_a_host_refuses_of_sampling_is_not_sent() {
    let set = |temperature: Option<f64>, top_p: Option<f64>| {
        let mut options = ChatOptions::default();
        (options.temperature, options.top_p) = (temperature, top_p);
        options
    };
    let (zero, half, one) = (Some(0.0), Some(0.5), Some(1.0));
    for (id, asked, sent, lost) in [
        ("minimax", (zero, half), (Some(0.01), half), 1),
        ("minimax_cn", (half, None), (half, None), 0),
        ("minimax_anthropic", (zero, None), (Some(0.01), None), 1),
        ("mistral", (zero, half), (zero, None), 1),
        ("mistral", (zero, one), (zero, one), 0),
        ("mistral", (half, half), (half, half), 0),
        ("text_generation_inference", (zero, one), (zero, None), 0),
        ("huggingface_endpoints", (None, half), (None, half), 0),
        ("vllm", (zero, one), (zero, one), 0),
    ] {
        let (body, losses) = said(id, "m", set(asked.0, asked.1));
        let found = |name: &str| body.get(name).and_then(Value::as_f64);
        assert_eq!(((found("temperature"), found("top_p")), losses.len()), (sent, lost), "{id} {asked:?}");
    }
}

/// "minItems is not supported", "Unsupported JSON schema fields": such a schema is asked for, and not enforced.
#[test]
fn a_schema_with_bounds_is_not_enforced_where_that_is_refused() {
    let form = |inner: &str| {
        let schema = json!({"type": "object", "properties": {"x": serde_json::from_str::<Value>(inner).unwrap()},
            "required": ["x"], "additionalProperties": false});
        let schema = JsonObject::parse(&schema.to_string()).unwrap();
        ChatOptions::default().with_response_format(ResponseFormat::JsonSchema(JsonSchema::new("a", schema)))
    };
    let (plain, bounded) =
        (r#"{"type":"string"}"#, r#"{"type":"array","items":{"type":"string"},"minItems":1}"#);
    for (id, model, inner, strict) in [
        ("groq", "openai/gpt-oss-20b", plain, true),
        ("groq", "openai/gpt-oss-20b", bounded, false),
        ("groq", "moonshotai/kimi-k2", plain, false),
        ("cerebras", "gpt-oss-120b", plain, true),
        ("cerebras", "gpt-oss-120b", bounded, false),
        ("openai", "gpt-4.1", bounded, true),
    ] {
        let (body, lost) = said(id, model, form(inner));
        assert_eq!(body["response_format"]["json_schema"]["strict"], strict, "{id}/{model}");
        assert_eq!(lost.is_empty(), strict, "{id}/{model}: {lost:?}");
    }
}

/// A tool's schema as Moonshot takes it: one that it refuses costs all tools the request.
#[test]
fn a_reference_stands_alone_at_moonshot() {
    let schema = r##"{"type":"object","properties":{"x":{"$ref":"#/$defs/X","description":"d"}},"$defs":{"X":{"type":"string"}}}"##;
    let request = ask(ChatOptions::default()).with_tools(vec![tool("t", schema)]);
    let parameters = |id| encoded(id, "kimi-k3", &request)["tools"][0]["function"]["parameters"].clone();
    let apart = json!({"allOf": [{"$ref": "#/$defs/X"}], "description": "d"});
    for id in ["moonshot", "moonshot_cn", "kimi_coding"] {
        assert_eq!(parameters(id)["properties"]["x"], apart, "{id}");
    }
    assert_eq!(
        parameters("together").to_string(),
        serde_json::from_str::<Value>(schema).unwrap().to_string()
    );
}

/// "function name is invalid, must start with a letter": a tool's name is another there, and so is that of each call of it.
#[test]
fn a_name_begins_with_a_letter_at_moonshot() {
    let (magic, gone) = (call("c1", "21st_magic", "{}"), call("c2", "_gone", "{}"));
    let result = |call| Message::tool_result(call, ToolResult::text("ok"));
    let messages = vec![Message::user("u"), asks(&[&magic, &gone]), result(&magic), result(&gone)];
    let request = ChatRequest::new(messages)
        .with_tools(vec![tool("21st_magic", "{}"), tool("t", "{}")])
        .with_tool_choice(ToolChoice::Tool("21st_magic".parse().unwrap()));
    let body = encoded("moonshot", "moonshot-v1-8k", &request);
    assert_eq!(body["tools"][0]["function"]["name"], "f_21st_magic");
    assert_eq!(body["tool_choice"]["function"]["name"], "f_21st_magic");
    let calls = &body["messages"][1]["tool_calls"];
    assert_eq!(
        (&calls[0]["function"]["name"], &calls[1]["function"]["name"]),
        (&json!("f_21st_magic"), &json!("f__gone"))
    );
    assert_eq!(encoded("openai", "gpt-4.1", &request)["tools"][0]["function"]["name"], "21st_magic");
    let events = [
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f_21st","arguments":""}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"_magic","arguments":""}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#,
        "[DONE]",
    ];
    let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let answer = streamed("moonshot", &request, &events).unwrap();
    assert_eq!(answer.tool_calls().map(|call| &*call.name).collect::<Vec<_>>(), ["21st_magic"]);
}

#[test]
fn a_response_has_a_limit_that_is_taken() {
    for (id, limit, sent, lost) in
        [("openai_responses", 1, 16, 1), ("azure_responses", 15, 16, 1), ("openai_responses", 16, 16, 0)]
    {
        let (body, losses) = said(id, "gpt-4.1", ChatOptions::default().with_max_tokens(limit));
        assert_eq!((&body["max_output_tokens"], losses.len()), (&json!(sent), lost), "{id} {limit}");
    }
    assert_eq!(
        said("openai", "gpt-4.1", ChatOptions::default().with_max_tokens(1)).0["max_completion_tokens"],
        1
    );
}
