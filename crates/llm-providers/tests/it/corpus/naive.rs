//! A second reader of recorded answers: slow, by member names alone, sharing no code with the crate.

use serde_json::Value;
use toolgate_llm_providers::{ChatResponse, Dialect, ErrorKind, FinishReason};

use super::{bedrock, ollama, replicate, responses};

/// What a recorded body says.
#[derive(Debug)]
pub(super) enum Expected {
    Answer(Answer),
    Error(ErrorKind),
}

/// An answer, as plain as can be compared. Arguments are parsed where they are JSON.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) calls: Vec<(String, Value)>,
    pub(super) finish: String,
    pub(super) usage: [Option<u64>; 5],
}

impl Answer {
    /// The same of what the crate read.
    pub(super) fn of(response: &ChatResponse) -> Self {
        let usage = &response.usage;
        Self {
            text: response.text(),
            calls: response
                .tool_calls()
                .map(|call| (call.name.to_string(), arguments(&call.raw_arguments)))
                .collect(),
            finish: match &response.finish {
                FinishReason::Other(raw) => raw.to_string(),
                known => format!("{known:?}"),
            },
            usage: [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning],
        }
    }
}

pub(super) fn arguments(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// What `body` says; `None` when it is no answer of this dialect at all.
pub(super) fn expected(dialect: Dialect, body: &Value) -> Option<Expected> {
    match dialect {
        Dialect::OpenAiChat => openai(body),
        Dialect::AnthropicMessages | Dialect::AnthropicBedrock => anthropic(body),
        Dialect::GeminiGenerate => gemini(body),
        Dialect::CohereChat => cohere(body),
        Dialect::OllamaChat => ollama::expected(body),
        Dialect::OpenAiResponses => responses::expected(body),
        Dialect::BedrockConverse => bedrock::expected(body),
        Dialect::ReplicatePrediction => replicate::expected(body),
        _ => None,
    }
}

pub(super) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What kind an error in a reply with status 200 is, by words of its raw JSON; the first line that fits.
pub(super) fn error_kind(error: &Value) -> ErrorKind {
    let raw = error.to_string();
    let expected = [
        ("content_filter", ErrorKind::ContentPolicy),
        ("insufficient_quota", ErrorKind::QuotaExhausted),
        ("DataInspectionFailed", ErrorKind::ContentPolicy),
        ("Malformed function call", ErrorKind::MalformedOutput),
        ("tool_use_failed", ErrorKind::MalformedOutput),
        ("overloaded_error", ErrorKind::Overloaded),
        ("validationException", ErrorKind::InvalidRequest),
        ("rate_limit", ErrorKind::RateLimited),
        ("\"code\":429", ErrorKind::RateLimited),
        ("invalid_request_error", ErrorKind::InvalidRequest),
        ("", ErrorKind::Unavailable),
    ];
    expected.iter().find(|(words, _)| raw.contains(words)).unwrap().1
}

fn openai(body: &Value) -> Option<Expected> {
    for error in [&body["error"], &body["choices"][0]["error"]] {
        if error.is_object() {
            return Some(Expected::Error(error_kind(error)));
        }
    }
    let choice = body["choices"].get(0)?;
    let message = &choice["message"];
    let mut text = match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter(|part| part["type"] != "reasoning").map(text_of).collect(),
        Value::Object(object) => serde_json::to_string(object).unwrap(),
        _ => String::new(),
    };
    text += &string(&message["refusal"]);
    let refused = message["refusal"].as_str().is_some_and(|said| !said.is_empty());
    text += &string(&message["audio"]["transcript"]);
    let mut calls = Vec::new();
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let (called, written) = match &call["function"] {
            Value::Null => (&call["custom"], &call["custom"]["input"]),
            function => (function, &function["arguments"]),
        };
        let written =
            if written.is_object() { written.clone() } else { arguments(written.as_str().unwrap_or("")) };
        calls.push((string(&called["name"]), written));
    }
    if let Value::Object(call) = &message["function_call"]
        && call["name"] != ""
    {
        calls.push((string(&call["name"]), arguments(call["arguments"].as_str().unwrap())));
    }
    let reason = choice["finish_reason"].as_str().unwrap_or("");
    let finish = match reason {
        "stop" | "STOP" | "eos" | "end_turn" | "" if !calls.is_empty() => "ToolCalls",
        "stop" if refused => "Refusal",
        "stop" | "STOP" | "eos" | "eos_token" | "stop_sequence" | "end_turn" => "Stop",
        "tool_calls" | "function_call" | "tool_call" | "tool_use" => "ToolCalls",
        "length" | "model_length" | "max_tokens" | "MAX_TOKENS" => "Length",
        "content_filter" | "sensitive" | "SAFETY" | "RECITATION" | "PROHIBITED_CONTENT" => "ContentFilter",
        "refusal" => "Refusal",
        "error" | "network_error" | "abort" | "aborted" => {
            return Some(Expected::Error(ErrorKind::Unavailable));
        }
        "insufficient_system_resource" => return Some(Expected::Error(ErrorKind::Overloaded)),
        other => other,
    };
    Some(Expected::Answer(Answer {
        text,
        calls,
        finish: finish.to_owned(),
        usage: openai_usage(&body["usage"]),
    }))
}

/// The text of a part, which may be nothing but it.
fn text_of(part: &Value) -> String {
    if part.is_string() { string(part) } else { string(&part["text"]) + &string(&part["refusal"]) }
}

fn openai_usage(usage: &Value) -> [Option<u64>; 5] {
    let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| usage.pointer(pointer)?.as_u64());
    let (input, written) = (first(&["/prompt_tokens"]), first(&["/completion_tokens"]));
    let reasoning = first(&[
        "/completion_tokens_details/reasoning_tokens",
        "/completion_token_details/reasoning_tokens",
        "/reasoning_tokens",
    ]);
    let rest = first(&["/total_tokens"]).zip(input).and_then(|(total, input)| total.checked_sub(input));
    let output = match (rest, written, reasoning) {
        (Some(rest), Some(written), Some(reasoning)) if rest == written + reasoning => Some(rest),
        _ => written,
    };
    let cached = first(&[
        "/prompt_tokens_details/cached_tokens",
        "/prompt_token_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/cached_tokens",
        "/cache_read_input_tokens",
        "/num_cached_tokens",
    ]);
    let put = first(&[
        "/prompt_tokens_details/cache_write_tokens",
        "/prompt_tokens_details/cache_creation_input_tokens",
        "/cache_creation_input_tokens",
    ]);
    [input, output, cached, put, reasoning]
}

fn anthropic(body: &Value) -> Option<Expected> {
    let blocks = body["content"].as_array()?;
    let of = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
    let asked = of("tool_use").any(|block| matches!(block["caller"]["type"].as_str(), None | Some("direct")));
    let finish = match body["stop_reason"].as_str().unwrap_or("") {
        "end_turn" if asked => "ToolCalls",
        "end_turn" | "stop_sequence" => "Stop",
        "tool_use" => "ToolCalls",
        "max_tokens" | "model_context_window_exceeded" => "Length",
        "refusal" => "Refusal",
        "sensitive" => "ContentFilter",
        "pause_turn" | "compaction" => "Pause",
        other => other,
    };
    let usage = |name: &str| body["usage"][name].as_u64();
    let (read, put) = (usage("cache_read_input_tokens"), usage("cache_creation_input_tokens"));
    Some(Expected::Answer(Answer {
        text: of("text").map(|block| string(&block["text"])).collect(),
        calls: of("tool_use").map(|block| (string(&block["name"]), block["input"].clone())).collect(),
        finish: finish.to_owned(),
        usage: [
            usage("input_tokens").map(|fresh| fresh + read.unwrap_or(0) + put.unwrap_or(0)),
            usage("output_tokens"),
            read,
            put,
            body["usage"]["output_tokens_details"]["thinking_tokens"].as_u64(),
        ],
    }))
}

fn gemini(body: &Value) -> Option<Expected> {
    let candidate = &body["candidates"][0];
    let blocked = body["promptFeedback"]["blockReason"].is_string();
    if candidate.is_null() && !blocked {
        return None;
    }
    let nothing = Vec::new();
    let parts = candidate["content"]["parts"].as_array().unwrap_or(&nothing);
    let calls = gemini_calls(parts);
    let reason = match &candidate["finishReason"] {
        Value::Number(number) => ["", "STOP", "MAX_TOKENS"][usize::try_from(number.as_u64()?).unwrap()],
        reason => reason.as_str().unwrap_or(""),
    };
    let finish = match reason {
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE" => {
            return Some(Expected::Error(ErrorKind::MalformedOutput));
        }
        "STOP" if !calls.is_empty() => "ToolCalls",
        "STOP" => "Stop",
        "MAX_TOKENS" => "Length",
        "SAFETY"
        | "RECITATION"
        | "MODEL_ARMOR"
        | "PROHIBITED_CONTENT"
        | "BLOCKLIST"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => "ContentFilter",
        "" if blocked => "ContentFilter",
        other => other,
    };
    let usage = |name: &str| body["usageMetadata"][name].as_u64();
    let input =
        usage("promptTokenCount").map(|prompt| prompt + usage("toolUsePromptTokenCount").unwrap_or(0));
    let (written, thoughts) = (usage("candidatesTokenCount"), usage("thoughtsTokenCount"));
    // The total is the judge of whether thoughts stand within or beside the candidates.
    let rest = usage("totalTokenCount").zip(input).and_then(|(total, input)| total.checked_sub(input));
    let both = written.unwrap_or(0) + thoughts.unwrap_or(0);
    let output = match (written.or(thoughts), rest) {
        (None, _) => None,
        (Some(_), Some(rest)) if Some(rest) == written => written,
        _ => Some(both),
    };
    Some(Expected::Answer(Answer {
        text: parts.iter().filter(|part| part["thought"] != true).map(|part| string(&part["text"])).collect(),
        calls,
        finish: finish.to_owned(),
        usage: [input, output, usage("cachedContentTokenCount"), None, thoughts],
    }))
}

fn gemini_calls(parts: &[Value]) -> Vec<(String, Value)> {
    parts
        .iter()
        .map(|part| &part["functionCall"])
        .filter(|call| call.is_object())
        .map(|call| {
            (string(&call["name"]), call.get("args").cloned().unwrap_or_else(|| serde_json::json!({})))
        })
        .collect()
}

fn cohere(body: &Value) -> Option<Expected> {
    let message = &body["message"];
    let reason = body["finish_reason"].as_str()?;
    if reason == "ERROR" {
        return Some(Expected::Error(error_kind(&body["error"])));
    }
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    let finish = match reason {
        "COMPLETE" if message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty()) => "ToolCalls",
        "COMPLETE" | "STOP_SEQUENCE" => "Stop",
        "TOOL_CALL" => "ToolCalls",
        "MAX_TOKENS" => "Length",
        other => other,
    };
    let usage = |pointer| body["usage"].pointer(pointer).and_then(Value::as_u64);
    Some(Expected::Answer(Answer {
        text: message["content"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|block| string(&block["text"]))
            .collect(),
        calls: calls
            .map(|call| {
                let called = &call["function"];
                (string(&called["name"]), arguments(called["arguments"].as_str().unwrap_or("")))
            })
            .collect(),
        finish: finish.to_owned(),
        usage: [
            usage("/tokens/input_tokens"),
            usage("/tokens/output_tokens"),
            usage("/cached_tokens"),
            None,
            None,
        ],
    }))
}
