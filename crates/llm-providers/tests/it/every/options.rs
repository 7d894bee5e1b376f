//! Options one by one. A table says where each is found.

mod fates;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatOptions, ChatRequest, ErrorKind, JsonSchema, Message, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{JsonObject, ToolName};

use self::fates::ROWS;
use crate::sample::{encode, losses, tool};

/// An option, its path in reports, the value that most providers show, and how it is set.
type Setting = (&'static str, &'static str, fn() -> Value, fn(ChatRequest) -> ChatRequest);

const SETTINGS: &[Setting] = &[
    ("max_tokens", "options.max_tokens", || json!(9000), |ask| with(ask, |set| set.with_max_tokens(9000))),
    ("temperature", "options.temperature", || json!(0.5), |ask| with(ask, |set| set.with_temperature(0.5))),
    ("top_p", "options.top_p", || json!(0.5), |ask| with(ask, |set| set.with_top_p(0.5))),
    ("top_k", "options.top_k", || json!(5), |ask| with(ask, |set| set.with_top_k(5))),
    (
        "presence",
        "options.presence_penalty",
        || json!(0.25),
        |ask| with(ask, |set| set.with_presence_penalty(0.25)),
    ),
    (
        "frequency",
        "options.frequency_penalty",
        || json!(0.25),
        |ask| with(ask, |set| set.with_frequency_penalty(0.25)),
    ),
    ("stop", "options.stop", || json!(["END"]), |ask| with(ask, |set| set.with_stop(["END"]))),
    ("seed", "options.seed", || json!(7), |ask| with(ask, |set| set.with_seed(7))),
    ("logprobs", "options.top_logprobs", || json!(2), |ask| with(ask, |set| set.with_top_logprobs(2))),
    ("own_logprobs", "options.top_logprobs", || json!(true), |ask| with(ask, |set| set.with_top_logprobs(0))),
    ("user", "options.metadata", || json!("u1"), |ask| with(ask, |set| set.with_metadata("user_id", "u1"))),
    ("label", "options.metadata", || json!("x"), |ask| with(ask, |set| set.with_metadata("team", "x"))),
    (
        "effort",
        "options.reasoning_effort",
        || json!("medium"),
        |ask| with(ask, |set| set.with_reasoning_effort(ReasoningEffort::Medium)),
    ),
    (
        "no_effort",
        "options.reasoning_effort",
        || json!("none"),
        |ask| with(ask, |set| set.with_reasoning_effort(ReasoningEffort::None)),
    ),
    (
        "json",
        "options.response_format",
        || json!("json_object"),
        |ask| with(ask, |set| set.with_response_format(ResponseFormat::JsonObject)),
    ),
    ("schema", "options.response_format", schema, |ask| {
        let wanted = JsonSchema::new("answer", JsonObject::parse(&schema().to_string()).unwrap());
        with(ask, |set| set.with_response_format(ResponseFormat::JsonSchema(wanted)))
    }),
    (
        "one_call",
        "options.parallel_tool_calls",
        || json!(false),
        |ask| with(offer(ask), |set| set.with_parallel_tool_calls(false)),
    ),
    ("auto", "tool_choice", || json!("auto"), |ask| offer(ask).with_tool_choice(ToolChoice::Auto)),
    ("none", "tool_choice", || json!("none"), |ask| offer(ask).with_tool_choice(ToolChoice::None)),
    (
        "required",
        "tool_choice",
        || json!("required"),
        |ask| {
            let both = vec![tool("t", "{}"), tool("u", "{}")];
            ask.with_tools(both).with_tool_choice(ToolChoice::Required)
        },
    ),
    (
        "named",
        "tool_choice",
        || json!("t"),
        |ask| offer(ask).with_tool_choice(ToolChoice::Tool(ToolName::new("t").unwrap())),
    ),
];

fn with(ask: ChatRequest, set: impl FnOnce(ChatOptions) -> ChatOptions) -> ChatRequest {
    let options = set(ask.options.clone());
    ask.with_options(options)
}

fn offer(ask: ChatRequest) -> ChatRequest {
    ask.with_tools(vec![tool("t", "{}")])
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false})
}

#[test]
fn each_is_at_its_place_or_told() {
    let mut wrong = Vec::new();
    for (id, model, dialect, own) in ROWS {
        for setting in SETTINGS {
            let fate = own.iter().chain(*dialect).find(|(name, _)| *name == setting.0).unwrap().1;
            // What breaks the provider's own schema panics.
            let checked = std::panic::catch_unwind(|| check(id, model, setting, fate));
            if let Err(why) = checked.unwrap_or_else(|_| Err("broke the schema".to_owned())) {
                wrong.push(format!("{id}/{model} {}: expected {fate}, {why}", setting.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(id: &str, model: &str, setting: &Setting, fate: &str) -> Result<(), String> {
    let (_, path, usual, set) = setting;
    let ask = ChatRequest::new(vec![Message::user("u")]);
    let request = set(ask.clone());
    let written = match (encode(id, model, &request), fate) {
        (Err(error), "refused") if error.kind() == ErrorKind::InvalidRequest => return Ok(()),
        (Ok(_), "refused") => return Err("was written".to_owned()),
        (written, _) => written.map_err(|error| error.to_string())?,
    };
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    let told = losses(&written).iter().any(|loss| loss.starts_with(path));
    let others = losses(&written).iter().any(|loss| !loss.starts_with(path));
    let is_told = fate == "lost" || fate.starts_with('~');
    if others || told != is_told {
        return Err(format!("reported {:?}", losses(&written)));
    }
    // The same without it: what the tools alone would be.
    let mut without = ask.with_tools(request.tools.clone());
    if fate == "dropped" {
        without = without.with_tools(Vec::new());
    }
    if matches!(fate, "lost" | "silent" | "dropped") {
        let without = match encode(id, model, &without) {
            Ok(without) => without,
            // Tools alone are refused there.
            Err(_) => return Ok(()),
        };
        return if without.body == written.body { Ok(()) } else { Err(format!("wrote {body}")) };
    }
    let (place, value) = match fate.trim_start_matches('~').split_once('=') {
        None => (fate.trim_start_matches('~'), usual()),
        Some((place, "text")) => (place, json!(usual().to_string())),
        Some((place, value)) => (place, serde_json::from_str(value).unwrap()),
    };
    match body.pointer(place) {
        Some(found) if *found == value => Ok(()),
        _ => Err(format!("wrote {body}")),
    }
}
