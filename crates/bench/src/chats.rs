//! What is asked of a model and what it answers, in the words of two APIs: the same for every client.
//!
//! The requests and answers are those of `docs/benchmarks.md`: a short question, four tools, an answer of 90 bytes, a call
//! of one tool, and 500 pieces of text.

use std::str::FromStr;

use serde_json::{Value, json};

/// The operator's instructions.
pub const SYSTEM: &str =
    "You are a helpful customer service assistant. Use the tools when you need data. Be brief and exact.";
/// The user's question.
pub const QUESTION: &str =
    "Look up information for customer CUST67890 and tell me about their account status.";
/// The one argument of the call.
pub const CUSTOMER: &str = "CUST67890";
/// How many pieces of text a stream has.
pub const PIECES: usize = 500;

const TOOL: &str = "get_customer_info";
const WORDS: [&str; 8] = ["The ", "customer ", "account ", "is ", "active ", "and ", "in ", "good "];

/// Whose wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// OpenAI chat completions.
    OpenAi,
    /// Anthropic messages.
    Anthropic,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A short question and a short answer.
    Text,
    /// The same with tools, answered by a call.
    Tool,
    /// The short question, answered in pieces.
    Stream,
}

impl FromStr for Api {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::OpenAi, Self::Anthropic]
            .into_iter()
            .find(|api| api.word() == word)
            .ok_or_else(|| format!("no API {word}"))
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Text, Self::Tool, Self::Stream]
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| format!("no kind {word}"))
    }
}

impl Api {
    /// Its name on the command line: the id of the provider that it comes from.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The model that is asked.
    #[must_use]
    pub fn model(self) -> &'static str {
        match self {
            Self::OpenAi => "gpt-4o",
            Self::Anthropic => "claude-sonnet-4-5",
        }
    }
}

impl Kind {
    /// Its name on the command line and in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Tool => "tool",
            Self::Stream => "stream",
        }
    }

    /// What a client must have read: the bytes of the text, or of the call's argument.
    #[must_use]
    pub fn expected(self) -> usize {
        match self {
            Self::Text => text().len(),
            Self::Tool => CUSTOMER.len(),
            Self::Stream => (0..PIECES).map(|place| word(place).len()).sum(),
        }
    }
}

/// The tools, as chat completions have them.
#[must_use]
pub fn tools() -> Vec<Value> {
    serde_json::from_str(include_str!("../data/tools.json")).expect("data/tools.json is a list")
}

/// The request, as a program without a library for it writes it.
#[must_use]
pub fn request(api: Api, kind: Kind) -> Value {
    let mut request = match api {
        Api::OpenAi => json!({"model": api.model(), "messages": [
            {"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]}),
        Api::Anthropic => json!({"model": api.model(), "max_tokens": 4096, "system": SYSTEM,
            "messages": [{"role": "user", "content": QUESTION}]}),
    };
    match (api, kind) {
        (_, Kind::Text) => {}
        (_, Kind::Stream) => request["stream"] = true.into(),
        (Api::OpenAi, Kind::Tool) => request["tools"] = tools().into(),
        (Api::Anthropic, Kind::Tool) => {
            let tool = |tool: &Value| {
                let function = &tool["function"];
                json!({"name": function["name"], "description": function["description"],
                    "input_schema": function["parameters"]})
            };
            request["tools"] = tools().iter().map(tool).collect();
        }
    }
    request
}

/// The answer's body; of a stream, all of it.
#[must_use]
pub fn answer(api: Api, kind: Kind) -> String {
    match (api, kind) {
        (Api::OpenAi, Kind::Stream) => openai_stream(),
        (Api::Anthropic, Kind::Stream) => anthropic_stream(),
        (Api::OpenAi, kind) => openai(kind).to_string(),
        (Api::Anthropic, kind) => anthropic(kind).to_string(),
    }
}

/// The headers beside it that a client may look at.
#[must_use]
pub fn headers(api: Api) -> &'static [(&'static str, &'static str)] {
    match api {
        Api::OpenAi => &[
            ("x-request-id", "req_0123456789abcdef"),
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-limit-tokens", "2000000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-remaining-tokens", "1999770"),
            ("x-ratelimit-reset-requests", "6ms"),
            ("x-ratelimit-reset-tokens", "7ms"),
        ],
        Api::Anthropic => &[
            ("request-id", "req_0123456789abcdef"),
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3999"),
            ("anthropic-ratelimit-requests-reset", "2026-11-28T12:00:00Z"),
            ("anthropic-ratelimit-tokens-limit", "400000"),
            ("anthropic-ratelimit-tokens-remaining", "399000"),
            ("anthropic-ratelimit-tokens-reset", "2026-11-28T12:00:00Z"),
        ],
    }
}

fn word(place: usize) -> &'static str {
    WORDS[place % WORDS.len()]
}

/// Does not end in a blank: genai cuts that off.
fn text() -> String {
    let text: String = (0..18).map(word).collect();
    text.trim_end().to_owned()
}

fn openai(kind: Kind) -> Value {
    let message = match kind {
        Kind::Tool => json!({"role": "assistant", "content": null, "refusal": null, "annotations": [],
            "tool_calls": [{"id": "call_0123456789AbCdEfGhIjKl", "type": "function", "function": {
                "name": TOOL, "arguments": json!({"customer_id": CUSTOMER}).to_string()}}]}),
        _ => json!({"role": "assistant", "content": text(), "refusal": null, "annotations": []}),
    };
    let finish = if kind == Kind::Tool { "tool_calls" } else { "stop" };
    json!({"id": "chatcmpl-0123456789", "object": "chat.completion", "created": 1_800_000_000,
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": {"prompt_tokens": 182, "completion_tokens": 48, "total_tokens": 230,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}},
        "service_tier": "default", "system_fingerprint": "fp_0123456789"})
}

fn anthropic(kind: Kind) -> Value {
    let content = match kind {
        Kind::Tool => json!([{"type": "tool_use", "id": "toolu_0123456789AbCdEfGhIjKl", "name": TOOL,
            "input": {"customer_id": CUSTOMER}}]),
        _ => json!([{"type": "text", "text": text()}]),
    };
    let reason = if kind == Kind::Tool { "tool_use" } else { "end_turn" };
    json!({"id": "msg_0123456789", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
        "content": content, "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": 182, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": 48, "service_tier": "standard"}})
}

fn openai_stream() -> String {
    let event = |choices: Value, usage: Value| {
        let chunk = json!({"id": "chatcmpl-0123456789", "object": "chat.completion.chunk",
            "created": 1_800_000_000, "model": "gpt-4o-2024-08-06", "service_tier": "default",
            "system_fingerprint": "fp_0123456789", "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let piece = |delta: Value, finish: Value| {
        event(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]), Value::Null)
    };
    let mut all = piece(json!({"role": "assistant", "content": "", "refusal": null}), Value::Null);
    all.extend((0..PIECES).map(|place| piece(json!({"content": word(place)}), Value::Null)));
    all.push_str(&piece(json!({}), "stop".into()));
    let usage = json!({"prompt_tokens": 182, "completion_tokens": PIECES, "total_tokens": 182 + PIECES});
    all.push_str(&event(json!([]), usage));
    all.push_str("data: [DONE]\n\n");
    all
}

fn anthropic_stream() -> String {
    let event = |name: &str, mut data: Value| {
        data["type"] = name.into();
        format!("event: {name}\ndata: {data}\n\n")
    };
    let message = json!({"id": "msg_0123456789", "type": "message", "role": "assistant",
        "model": "claude-sonnet-4-5-20250929", "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 182, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": 1, "service_tier": "standard"}});
    let mut all = event("message_start", json!({"message": message}));
    all.push_str(&event(
        "content_block_start",
        json!({"index": 0, "content_block": {"type": "text", "text": ""}}),
    ));
    all.push_str(&event("ping", json!({})));
    all.extend((0..PIECES).map(|place| {
        let delta = json!({"type": "text_delta", "text": word(place)});
        event("content_block_delta", json!({"index": 0, "delta": delta}))
    }));
    all.push_str(&event("content_block_stop", json!({"index": 0})));
    let delta = json!({"stop_reason": "end_turn", "stop_sequence": null});
    all.push_str(&event("message_delta", json!({"delta": delta, "usage": {"output_tokens": PIECES}})));
    all.push_str(&event("message_stop", json!({})));
    all
}
