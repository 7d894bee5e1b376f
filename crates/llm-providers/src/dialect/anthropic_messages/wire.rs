//! The bytes of a message (Anthropic API, version 2023-06-01, `POST /v1/messages`).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::dialect::lenient::{Count, Text};
use crate::dialect::verbatim;

#[derive(Serialize)]
pub(super) struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) anthropic_version: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) model: &'a str,
    pub(super) max_tokens: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) stream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) system: Vec<Block<'a>>,
    pub(super) messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tools: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stop_sequences: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<Metadata<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(in crate::dialect) enum Thinking {
    Enabled { budget_tokens: u32 },
    Adaptive,
    Disabled,
}

#[derive(Serialize, Default)]
pub(in crate::dialect) struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect) effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect) format: Option<Format<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in crate::dialect) enum Format<'a> {
    JsonSchema { schema: &'a RawValue },
}

#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) user_id: &'a str,
}

/// What stands before is to be kept for the next request.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum CacheControl {
    Ephemeral,
}

#[derive(Serialize)]
pub(super) struct Turn<'a> {
    pub(super) role: Role,
    pub(super) content: Vec<Block<'a>>,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    User,
    Assistant,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Text {
        #[serde(serialize_with = "verbatim::serialize")]
        text: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        citations: Vec<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    Image {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    Document {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        input: Cow<'a, RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    #[serde(untagged)]
    Native(&'a RawValue),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Source<'a> {
    Base64 {
        media_type: &'a str,
        #[serde(serialize_with = "verbatim::serialize")]
        data: &'a str,
    },
    Url {
        url: &'a str,
    },
}

#[derive(Serialize)]
pub(in crate::dialect) struct ToolChoice<'a> {
    pub(in crate::dialect) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect) name: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::dialect) disable_parallel_tool_use: bool,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) description: &'a str,
    pub(super) input_schema: Cow<'a, RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Reply<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) model: Text<'a>,
    #[serde(borrow)]
    pub(super) content: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) stop_reason: Text<'a>,
    pub(super) usage: Option<Usage>,
    /// Where the provider ran code.
    #[serde(borrow)]
    pub(super) container: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// Any block of an answer; what a block does not have is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AnswerBlock<'a> {
    #[serde(borrow)]
    pub(super) r#type: Text<'a>,
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    #[serde(borrow)]
    pub(super) citations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) thinking: Text<'a>,
    #[serde(borrow)]
    pub(super) signature: Text<'a>,
    #[serde(borrow)]
    pub(super) data: Text<'a>,
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    /// Who made a call.
    #[serde(borrow)]
    pub(super) caller: Option<&'a RawValue>,
}

/// Who made a call: the model itself (`direct`), or code of its that the provider ran.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Caller<'a> {
    #[serde(borrow)]
    pub(super) r#type: Text<'a>,
}

/// Any event of a stream; what an event does not have is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) r#type: Text<'a>,
    pub(super) index: Count,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) delta: Option<Delta<'a>>,
    pub(super) usage: Option<Box<Usage>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// What is appended to a block, or to the message itself.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) r#type: Text<'a>,
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    #[serde(borrow)]
    pub(super) partial_json: Text<'a>,
    #[serde(borrow)]
    pub(super) thinking: Text<'a>,
    #[serde(borrow)]
    pub(super) signature: Text<'a>,
    #[serde(borrow)]
    pub(super) stop_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) citation: Option<&'a RawValue>,
    /// Of a compaction, as is what is encrypted of it.
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) encrypted_content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) container: Option<&'a RawValue>,
}

/// A source, of any kind.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Cited<'a> {
    #[serde(borrow)]
    pub(super) title: Text<'a>,
    #[serde(borrow)]
    pub(super) document_title: Text<'a>,
    #[serde(borrow)]
    pub(super) url: Text<'a>,
    #[serde(borrow)]
    pub(super) cited_text: Text<'a>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(super) struct Usage {
    pub(super) input_tokens: Count,
    pub(super) output_tokens: Count,
    pub(super) cache_creation_input_tokens: Count,
    pub(super) cache_read_input_tokens: Count,
    pub(super) output_tokens_details: Option<OutputDetails>,
    #[serde(rename = "iterations", deserialize_with = "beside")]
    pub(super) beside: Option<Beside>,
}

impl Usage {
    /// Takes over what a later count says: counts are of the whole answer so far.
    pub(super) fn update(&mut self, later: Self) {
        self.input_tokens.update(later.input_tokens);
        self.output_tokens.update(later.output_tokens);
        self.cache_creation_input_tokens.update(later.cache_creation_input_tokens);
        self.cache_read_input_tokens.update(later.cache_read_input_tokens);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
        self.beside = later.beside.or(self.beside);
    }
}

/// What was counted beside the counts of the answer, which leave it out: compactions and advice of another model
/// (Anthropic's documentation of compaction and of the advisor tool).
#[derive(Default, Clone, Copy)]
pub(super) struct Beside {
    /// With what was read from the cache and put into it.
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cache_read: u64,
    pub(super) cache_write: u64,
}

/// One of the runs of a model that an answer took.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Iteration<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    input_tokens: Count,
    output_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
}

fn beside<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Beside>, D::Error> {
    let Some(raw) = Option::<&RawValue>::deserialize(deserializer)? else { return Ok(None) };
    let runs: Vec<Iteration<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
    let mut all = None;
    for run in runs.iter().filter(|run| matches!(&*run.r#type, "compaction" | "advisor_message")) {
        let [fresh, output, read, written] = [
            run.input_tokens,
            run.output_tokens,
            run.cache_read_input_tokens,
            run.cache_creation_input_tokens,
        ]
        .map(|count| count.0.unwrap_or_default());
        let sum: &mut Beside = all.get_or_insert_default();
        sum.input = [fresh, read, written].into_iter().fold(sum.input, u64::saturating_add);
        sum.output = sum.output.saturating_add(output);
        sum.cache_read = sum.cache_read.saturating_add(read);
        sum.cache_write = sum.cache_write.saturating_add(written);
    }
    Ok(all)
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(super) struct OutputDetails {
    pub(super) thinking_tokens: Count,
}
