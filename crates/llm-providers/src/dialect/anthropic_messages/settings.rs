//! Thinking, forms of answers, and settings that this API does not have.

use super::wire;
use crate::dialect::bedrock_converse::reads_thoughts;
use crate::dialect::families::{
    Unthinking, claude_unthinking, claude_version, is_always_thinking_minimax, is_forced_claude,
    omits_thoughts,
};
use crate::dialect::{Context, binding};
use crate::lossiness::Losses;
use crate::{
    AssistantPart, ChatOptions, ChatRequest, Dialect, Message, Opaque, ProviderError, Quirk, ReasoningEffort,
    ResponseFormat, ToolChoice,
};

/// How a model is told to think: with a budget up to Claude 4.5, with an effort since.
pub(in crate::dialect) enum Thinking {
    Unsaid,
    Off,
    BetweenTools,
    Budget(u32),
    Effort(ReasoningEffort),
}

impl Thinking {
    /// Tokens that the answer's limit must leave room for.
    pub(in crate::dialect) fn budget(&self) -> u32 {
        match self {
            Self::Budget(tokens) => *tokens,
            Self::Effort(effort) => effort.budget(),
            _ => 0,
        }
    }

    /// As it is said. Hosts of models of their own know switches and budgets, which were first, beside the effort. A model
    /// that [checks](binding) its thoughts thinks unasked, so that to be told so changes nothing else.
    pub(in crate::dialect) fn wire(
        &self,
        context: &Context<'_>,
        request: &ChatRequest,
    ) -> Option<wire::Thinking> {
        let is_anthropics = !context.provider.has(Quirk::UnsignedThinking);
        let is_checked = binding::is_checked(context.provider, context.model, request);
        let adaptive = |display| {
            let block_binding =
                is_checked.then_some(wire::BlockBinding { prefix_mismatch_behavior: "drop_block" });
            wire::Thinking::Adaptive { display, block_binding }
        };
        match self {
            Self::Unsaid => is_checked.then(|| adaptive(None)),
            Self::Off => Some(wire::Thinking::Disabled),
            Self::BetweenTools => Some(wire::Thinking::BetweenTools),
            Self::Budget(budget_tokens) => Some(wire::Thinking::Enabled { budget_tokens: *budget_tokens }),
            Self::Effort(_) if is_anthropics => Some(adaptive(shown(context, request))),
            Self::Effort(_) if is_adaptive(context) => Some(adaptive(None)),
            Self::Effort(effort) => Some(wire::Thinking::Enabled { budget_tokens: effort.budget() }),
        }
    }
}

/// How thoughts that were asked for are to be shown. A Claude from 4.7 on leaves their text out unless it is told otherwise
/// ("What's new in Claude Opus 4.7", thinking content omitted by default), and a stream is silent while it thinks. Nothing where
/// the caller says of thinking as an extra.
fn shown(context: &Context<'_>, request: &ChatRequest) -> Option<&'static str> {
    let is_asked = request.options.reasoning_effort != Some(ReasoningEffort::None);
    let is_said = context.extra.is_some_and(|extra| extra.as_str().contains("\"thinking\""));
    (is_asked && omits_thoughts(context.model) && !is_said).then_some("summarized")
}

/// Whether a model is told to think, and not how much ("Anthropic SDK" of MiniMax, `thinking`).
fn is_adaptive(context: &Context<'_>) -> bool {
    context.provider.has(Quirk::AdaptiveSwitch)
}

pub(in crate::dialect) fn thinking(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Thinking, ProviderError> {
    let is_forced = is_forced(request);
    let path = "options.reasoning_effort";
    let thinking = match request.options.reasoning_effort {
        None => return Ok(Thinking::Unsaid),
        Some(ReasoningEffort::None) => return Ok(unthinking(context.model, losses)),
        Some(effort) if is_adaptive(context) => {
            losses.report(path, "this model takes no level: told to think");
            Thinking::Effort(effort)
        }
        Some(_) if takes_budget(context.model) && goes_on_unthought(context, &request.messages) => {
            let what = "the answer that goes on was not thought by this provider: left out until the next";
            losses.report(path, what);
            return Ok(Thinking::Unsaid);
        }
        Some(effort) if takes_budget(context.model) => within(effort, request.options.max_tokens, losses),
        Some(effort) => Thinking::Effort(effort),
    };
    match thinking {
        Thinking::Budget(_) if is_forced => {
            Err(context.unsayable("tool_choice", "a model that thinks cannot be forced to call a tool"))
        }
        Thinking::Effort(_) if is_forced => {
            losses.report(path, "a call that is forced is made without a thought");
            Ok(thinking)
        }
        thinking => Ok(thinking),
    }
}

/// Refuses to force a model that takes no force, thinking or not.
pub(in crate::dialect) fn check_choice(
    context: &Context<'_>,
    request: &ChatRequest,
) -> Result<(), ProviderError> {
    if is_forced(request) && !is_forced_claude(context.model) {
        return Err(context.unsayable("tool_choice", "this model cannot be forced to call a tool"));
    }
    Ok(())
}

fn is_forced(request: &ChatRequest) -> bool {
    matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)))
}

fn unthinking(model: &str, losses: &mut Losses) -> Thinking {
    if is_always_thinking_minimax(model) {
        losses.report("options.reasoning_effort", "this model thinks always");
        return Thinking::Unsaid;
    }
    match claude_unthinking(model) {
        Unthinking::Disabled => Thinking::Off,
        Unthinking::BetweenTools => Thinking::BetweenTools,
        Unthinking::Never => {
            losses.report("options.reasoning_effort", "this model thinks always: as little as it can");
            Thinking::Effort(ReasoningEffort::Low)
        }
    }
}

/// Whether the answer that waits for results, or is to be continued, begins without a thought of this provider: another
/// provider's calls, or an answer from before thinking was asked for. "When `thinking` is enabled, a final `assistant`
/// message must start with a thinking block (preceding the lastmost set of `tool_use` and `tool_result` blocks)."
fn goes_on_unthought(context: &Context<'_>, messages: &[Message]) -> bool {
    let answer = |message: &Message| match message {
        Message::Assistant(_) => Some(true),
        Message::CachePoint => None,
        _ => Some(false),
    };
    let Some(last) = messages.iter().rposition(|message| answer(message) == Some(true)) else { return false };
    let (before, after) = messages.split_at(last + 1);
    let waits =
        matches!(before.last(), Some(Message::Assistant(message)) if message.tool_calls().next().is_some());
    if !waits && after.iter().any(|message| answer(message).is_some()) {
        return false;
    }
    // Answers in sequence are one turn.
    let first =
        before.iter().rposition(|message| answer(message) == Some(false)).map_or(0, |place| place + 1);
    let parts = before.iter().skip(first).filter_map(|message| match message {
        Message::Assistant(message) => Some(&message.parts),
        _ => None,
    });
    // What is not sent begins nothing.
    let begins = parts.flatten().find_map(|part| match part {
        AssistantPart::Reasoning(reasoning) => {
            let is_signed = matches!(reasoning.opaque, Some(Opaque::Signature(_) | Opaque::Redacted(_)));
            let is_read = context.provider.dialect() != Dialect::BedrockConverse
                || reads_thoughts(context.model, reasoning.model.as_deref());
            (is_signed && is_read && &*reasoning.provider == context.provider.id()).then_some(true)
        }
        AssistantPart::Text { text } if text.trim().is_empty() => None,
        AssistantPart::Native(native) if &*native.provider != context.provider.id() => None,
        AssistantPart::Citation(_) => None,
        _ => Some(false),
    });
    begins == Some(false)
}

/// The generations that count thinking in tokens; all later ones take an effort.
fn takes_budget(model: &str) -> bool {
    claude_version(model).is_some_and(|version| version < (4, 6))
}

/// The least that is taken, and the answer's limit must be above it ("Extended thinking", `budget_tokens`).
const LEAST_BUDGET: u32 = 1024;

/// A budget that leaves room for an answer within the limit.
fn within(effort: ReasoningEffort, limit: Option<u32>, losses: &mut Losses) -> Thinking {
    let path = "options.reasoning_effort";
    let (wanted, most) = (effort.budget(), limit.map_or(u32::MAX, |limit| limit.saturating_sub(1)));
    if most < LEAST_BUDGET {
        losses.report(path, "thinking takes a limit of more than 1024 tokens: left out");
        return Thinking::Unsaid;
    }
    if wanted > most {
        losses.report(path, format!("cut to {most} tokens, to stay below the limit"));
    }
    Thinking::Budget(wanted.min(most))
}

pub(super) fn output_config<'a>(
    context: &Context<'_>,
    options: &'a ChatOptions,
    thinking: &Thinking,
) -> Result<Option<wire::OutputConfig<'a>>, ProviderError> {
    let effort = match thinking {
        // The lowest that there is.
        Thinking::Effort(_) if is_adaptive(context) => None,
        Thinking::Effort(ReasoningEffort::Minimal) => Some("low"),
        Thinking::Effort(effort) => Some(effort.word()),
        _ => None,
    };
    let format = match &options.response_format {
        None => None,
        Some(ResponseFormat::JsonSchema(wanted)) => {
            Some(wire::Format::JsonSchema { schema: wanted.schema.as_raw() })
        }
        Some(ResponseFormat::JsonObject) => {
            return Err(context.unsayable("options.response_format", "this API wants a schema for JSON"));
        }
    };
    Ok((effort.is_some() || format.is_some()).then_some(wire::OutputConfig { effort, format }))
}

/// Reports what was asked for and cannot be said.
pub(super) fn report(context: &Context<'_>, options: &ChatOptions, losses: &mut Losses) {
    losses.absent([
        ("options.seed", options.seed.is_some()),
        ("options.presence_penalty", options.presence_penalty.is_some()),
        ("options.frequency_penalty", options.frequency_penalty.is_some()),
        ("options.top_logprobs", options.top_logprobs.is_some()),
    ]);
    if options.reasoning_effort == Some(ReasoningEffort::Minimal) && !is_adaptive(context) {
        losses.report("options.reasoning_effort", "minimal sent as low");
    }
    for name in options.metadata.keys().filter(|name| ***name != *"user_id") {
        losses.report(format_args!("options.metadata.{name}"), "this API takes a user_id only");
    }
}
