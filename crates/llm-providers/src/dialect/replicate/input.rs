//! What a model's input calls its members. Each model has a schema of its own; those of one owner are alike.
//!
//! As on the pages of `openai/gpt-4o` and `openai/o4-mini`, `google/gemini-2.5-flash`, `anthropic/claude-4-sonnet` and
//! `meta/meta-llama-3.1-405b-instruct`. What an input has no member for, Replicate ignores in silence: so it is not
//! sent, and reported, to the owners that are known. To others everything is sent as to Meta's.

use super::wire::Input;
use crate::lossiness::Losses;
use crate::{ChatOptions, Media, ReasoningEffort};

/// Whose schema a model's input has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Anthropic,
    Google,
    OpenAi,
    /// Meta, and whoever is not known.
    Other,
}

impl Owner {
    pub(super) fn of(model: &str) -> Self {
        match model.split_once('/') {
            Some(("anthropic", _)) => Self::Anthropic,
            Some(("google", _)) => Self::Google,
            Some(("openai", _)) => Self::OpenAi,
            _ => Self::Other,
        }
    }

    /// How many images an input takes.
    pub(super) fn images(self) -> usize {
        match self {
            Self::OpenAi | Self::Google => usize::MAX,
            Self::Anthropic => 1,
            Self::Other => 0,
        }
    }

    /// Writes instructions and images.
    pub(super) fn show<'a>(self, input: &mut Input<'a>, system: Option<String>, images: Vec<&'a Media>) {
        let mut images = images.into_iter().map(Into::into);
        match self {
            Self::Google => (input.system_instruction, input.images) = (system, images.collect()),
            Self::OpenAi => (input.system_prompt, input.image_input) = (system, images.collect()),
            Self::Anthropic => (input.system_prompt, input.image) = (system, images.next()),
            Self::Other => input.system_prompt = system,
        }
    }

    /// Writes the settings, and reports those that there is no member for.
    pub(super) fn set(self, input: &mut Input<'_>, options: &ChatOptions, losses: &mut Losses) {
        match self {
            Self::OpenAi => input.max_completion_tokens = options.max_tokens,
            Self::Google => input.max_output_tokens = options.max_tokens,
            Self::Anthropic | Self::Other => input.max_tokens = options.max_tokens,
        }
        let (samples, penalties) = (self != Self::Anthropic, matches!(self, Self::OpenAi | Self::Other));
        if samples {
            (input.temperature, input.top_p) = (options.temperature, options.top_p);
        }
        if penalties {
            input.presence_penalty = options.presence_penalty;
            input.frequency_penalty = options.frequency_penalty;
        }
        if self == Self::Other {
            (input.top_k, input.seed) = (options.top_k, options.seed);
            input.stop_sequences = stop(options, losses);
        }
        match (self, options.reasoning_effort) {
            (Self::OpenAi, effort) => input.reasoning_effort = effort.map(ReasoningEffort::word),
            (Self::Google, effort) => {
                if effort == Some(ReasoningEffort::Minimal) {
                    losses.report("options.reasoning_effort", "minimal sent as low");
                }
                input.thinking_budget = effort.map(ReasoningEffort::budget);
            }
            (Self::Anthropic | Self::Other, effort) => {
                losses.absent([("options.reasoning_effort", effort.is_some())]);
            }
        }
        let only_other = self != Self::Other;
        losses.absent([
            ("options.temperature", !samples && options.temperature.is_some()),
            ("options.top_p", !samples && options.top_p.is_some()),
            ("options.presence_penalty", !penalties && options.presence_penalty.is_some()),
            ("options.frequency_penalty", !penalties && options.frequency_penalty.is_some()),
            ("options.top_k", only_other && options.top_k.is_some()),
            ("options.seed", only_other && options.seed.is_some()),
            ("options.stop", only_other && !options.stop.is_empty()),
            ("options.parallel_tool_calls", options.parallel_tool_calls == Some(false)),
            ("options.response_format", options.response_format.is_some()),
            ("options.top_logprobs", options.top_logprobs.is_some()),
            ("options.metadata", !options.metadata.is_empty()),
        ]);
    }
}

/// One text, with commas between: what holds a comma itself cannot be said.
fn stop(options: &ChatOptions, losses: &mut Losses) -> Option<String> {
    let mut sayable = Vec::with_capacity(options.stop.len());
    for (place, text) in options.stop.iter().enumerate() {
        match text.contains(',') {
            true => losses.report(format_args!("options.stop[{place}]"), "a text with a comma is left out"),
            false => sayable.push(&**text),
        }
    }
    (!sayable.is_empty()).then(|| sayable.join(","))
}
