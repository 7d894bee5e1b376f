//! A whole answer as OpenAI's clients read it.

use serde::Serialize;
use toolgate::{Answer, Decision, ToolCall, Usage};
use toolgate_llm_providers::FinishReason;

use super::Head;

/// What came of a request.
#[derive(Debug)]
pub(super) struct Completion {
    pub(super) text: String,
    pub(super) reasoning: String,
    /// Calls of the client's own tools.
    pub(super) calls: Vec<ToolCall>,
    pub(super) finish: FinishReason,
    /// What the provider says of an answer that was declined.
    pub(super) refusal: String,
    pub(super) usage: Usage,
    /// Calls that were made or denied here.
    pub(super) passed: Vec<Passed>,
}

/// One call that met the gate. Its arguments and result stay here.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Passed {
    pub(super) tool: String,
    pub(super) allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

impl Passed {
    pub(super) fn by(decision: &Decision, tool: String) -> Self {
        let reason = decision.denial.as_ref().map(ToString::to_string);
        Self { tool, allowed: decision.is_allowed(), reason }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    usage: Tokens,
    /// Not of OpenAI's API: clients that do not know it keep it or leave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    toolgate: Option<Gate<'a>>,
}

#[derive(Serialize)]
pub(super) struct Gate<'a> {
    tool_calls: &'a [Passed],
}

impl<'a> Gate<'a> {
    /// Nothing where no call met it.
    pub(super) fn of(tool_calls: &'a [Passed]) -> Option<Self> {
        (!tool_calls.is_empty()).then_some(Self { tool_calls })
    }
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    reasoning_content: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

/// Tokens as OpenAI counts them. What a provider does not say is 0, as the API has no word for it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Tokens {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    audio_tokens: u64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
    audio_tokens: u64,
    /// Those of a `prediction`, which is let pass; always there, as openai-php fails without them.
    accepted_prediction_tokens: u64,
    rejected_prediction_tokens: u64,
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
        Self {
            prompt_tokens: input,
            completion_tokens: output,
            total_tokens: input.saturating_add(output),
            prompt_tokens_details: PromptDetails {
                cached_tokens: usage.cache_read.unwrap_or(0),
                audio_tokens: usage.audio_input.unwrap_or(0),
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: usage.reasoning.unwrap_or(0),
                audio_tokens: usage.audio_output.unwrap_or(0),
                accepted_prediction_tokens: 0,
                rejected_prediction_tokens: 0,
            },
        }
    }
}

/// Why a model stopped, in OpenAI's words.
pub(super) fn finish_reason(finish: &FinishReason) -> &'static str {
    match finish {
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::Length => "length",
        FinishReason::ContentFilter | FinishReason::Refusal => "content_filter",
        _ => "stop",
    }
}

/// What is told of a refusal, in a member of its own as OpenAI does.
pub(super) fn declined(answer: &Answer) -> String {
    match finish_reason(&answer.finish) {
        "content_filter" => answer.finish_message.to_string(),
        _ => String::new(),
    }
}

pub(super) fn json(head: &Head, completion: &Completion) -> Vec<u8> {
    let tool_calls = completion.calls.iter().map(|call| Call {
        id: call.id.as_str(),
        r#type: "function",
        function: Function { name: &call.name, arguments: &call.raw_arguments },
    });
    let message = Message {
        role: "assistant",
        content: (!completion.text.is_empty() || completion.calls.is_empty()).then_some(&completion.text),
        refusal: Some(&*completion.refusal).filter(|refusal| !refusal.is_empty()),
        reasoning_content: &completion.reasoning,
        tool_calls: tool_calls.collect(),
    };
    let finish_reason = finish_reason(&completion.finish);
    let body = Body {
        id: &head.id,
        object: "chat.completion",
        created: head.created,
        model: &head.model,
        choices: [Choice { index: 0, message, logprobs: None, finish_reason }],
        usage: completion.usage.into(),
        toolgate: Gate::of(&completion.passed),
    };
    // Texts and numbers always render.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_told_with_their_parts() {
        let mut usage = Usage::default();
        (usage.input, usage.output) = (Some(50), Some(20));
        (usage.cache_read, usage.audio_input) = (Some(30), Some(9));
        (usage.reasoning, usage.audio_output) = (Some(12), Some(5));
        let told = serde_json::to_value(Tokens::from(usage)).unwrap();
        let parts = json!({"prompt_tokens": 50, "completion_tokens": 20, "total_tokens": 70,
            "prompt_tokens_details": {"cached_tokens": 30, "audio_tokens": 9},
            "completion_tokens_details": {"reasoning_tokens": 12, "audio_tokens": 5,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}});
        assert_eq!(told, parts);
    }
}
