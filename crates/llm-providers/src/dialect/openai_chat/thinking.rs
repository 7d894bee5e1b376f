//! How hosts of chat completions are told to think: with an effort as OpenAI's, with a switch, or with both.
//!
//! A host with a switch ignores an effort or refuses it where its model has none, and most refuse `none`: DeepSeek ("Thinking
//! Mode"), Moonshot ("Use reasoning effort", "Use thinking models"), Z.ai ("Thinking Mode"), Xiaomi, and Alibaba ("Deep
//! thinking"). ModelArk has models that think unasked and others that do not, and refuses an effort beside a switch that is off
//! ("Chat API", `thinking`): both are always said. MiniMax has a switch of its own ("Compatible OpenAI API", `thinking`), and
//! Databricks has Anthropic's for Claude, which refuses an effort there ("Query reasoning models").

mod alibaba;

use super::wire;
use crate::dialect::Context;
use crate::dialect::anthropic_messages::request::DEFAULT_MAX_TOKENS;
use crate::dialect::anthropic_messages::settings::{self as claude, Thinking as Claude};
use crate::dialect::families::{claude_version, is_always_thinking_minimax, is_minimax, moonshot_name};
use crate::dialect::forced::is_musing_qwen;
use crate::lossiness::Losses;
use crate::{ChatRequest, ProviderError, Quirk, ReasoningEffort};

const PATH: &str = "options.reasoning_effort";

/// What a request says of thinking.
#[derive(Default)]
pub(super) struct Thinking {
    pub(super) effort: Option<&'static str>,
    pub(super) switch: Option<wire::Switch>,
    pub(super) enable: Option<bool>,
    pub(super) budget: Option<u32>,
    /// The answer's limit that a budget needs, where none is said.
    pub(super) limit: Option<u32>,
}

/// What a model can be told beside whether to think: its words, each with the effort up to which it counts.
type Words = &'static [(ReasoningEffort, &'static str)];

const THREE: Words = &[
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::High, "high"),
    (ReasoningEffort::XHigh, "max"),
    (ReasoningEffort::Max, "max"),
];
/// ModelArk's; the least is not to think at all ("Deep thinking", `reasoning_effort`).
const FOUR: Words = &[
    (ReasoningEffort::Minimal, "minimal"),
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
];
/// Hunyuan's, which takes less for the same ("Deep thinking" of Tencent's `TokenHub`).
const ONE: Words = &[(ReasoningEffort::High, "high")];
const ALL: Words = &[
    (ReasoningEffort::Minimal, "minimal"),
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
    (ReasoningEffort::XHigh, "xhigh"),
    (ReasoningEffort::Max, "max"),
];

/// How a model at a host with a switch is told.
struct Switched {
    /// Whether it reads the switch.
    is_switched: bool,
    /// Whether it can be turned off.
    rests: bool,
    words: Words,
}

impl Switched {
    /// By a model's name; `None` where it tells nothing, and an effort is sent as it is.
    fn of(model: &str) -> Option<Self> {
        let told = |is_switched, rests, words| Some(Self { is_switched, rests, words });
        let is = |known: &str| moonshot_name(model).starts_with(known);
        match model {
            _ if is("kimi-k3") => told(false, false, THREE),
            _ if is("kimi-k2.7") => told(true, false, &[]),
            _ if is("kimi-k2.5") || is("kimi-k2.6") => told(true, true, &[]),
            _ if is("moonshot-v1") => told(false, true, &[]),
            _ if is("glm-5.3") => told(true, false, THREE),
            _ if is("glm-5.2") => told(true, true, ALL),
            _ if ["glm-4.5", "glm-4.6", "glm-4.7", "glm-5"].into_iter().any(is) => told(true, true, &[]),
            _ if is("deepseek-") => told(true, true, THREE),
            _ if is("mimo-") => told(true, true, &[]),
            _ if is("hy3") || is("hy4") => told(true, true, ONE),
            _ => None,
        }
    }

    fn told(&self, effort: ReasoningEffort, losses: &mut Losses) -> Thinking {
        if effort == ReasoningEffort::None && self.rests {
            let switch = self.is_switched.then_some(wire::Switch::Disabled);
            return Thinking { switch, ..Thinking::default() };
        }
        let word = self.words.iter().find(|(most, _)| *most >= effort).or(self.words.last());
        match (effort, word) {
            (ReasoningEffort::None, _) => {
                losses.report(PATH, "this model thinks always: as little as it can");
            }
            (_, Some((known, _))) if *known == effort => {}
            (_, Some((_, word))) => losses.report(PATH, format!("{} sent as {word}", effort.word())),
            (_, None) if self.is_switched => losses.report(PATH, "this model takes no level: told to think"),
            (_, None) => losses.report(PATH, "this model does not think"),
        }
        Thinking {
            effort: word.map(|(_, word)| *word),
            switch: self.is_switched.then_some(wire::Switch::Enabled { budget_tokens: None }),
            ..Thinking::default()
        }
    }
}

/// What is said of thinking to this host and model.
pub(super) fn told(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Thinking, ProviderError> {
    let Some(effort) = request.options.reasoning_effort else { return Ok(Thinking::default()) };
    match context.provider.has(Quirk::ClaudeThinking) && claude_version(context.model).is_some() {
        true => claude(context, request, losses),
        false => Ok(own(context, effort, losses)),
    }
}

/// As Anthropic's API is told, but for an effort: a Claude that takes no budget is told to think, and up to the fifth it thinks
/// only when it is told to.
fn claude(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Thinking, ProviderError> {
    let thinks_unasked = claude_version(context.model) >= Some((5, 0));
    let thinking = claude::thinking(context, request, losses)?;
    let mut limit = None;
    let switch = match thinking {
        Claude::Unsaid => None,
        Claude::Off | Claude::BetweenTools => thinks_unasked.then_some(wire::Switch::Disabled),
        Claude::Budget(tokens) => {
            limit = Some(tokens + DEFAULT_MAX_TOKENS);
            Some(wire::Switch::Enabled { budget_tokens: Some(tokens) })
        }
        Claude::Effort(_) => {
            losses.report(PATH, "this model takes no level here: told to think");
            Some(wire::Switch::Adaptive)
        }
    };
    Ok(Thinking { switch, limit, ..Thinking::default() })
}

/// Whether a model at `SiliconFlow` reads `enable_thinking` ("Create chat completion", `enable_thinking`): "current model
/// does not support parameter `enable_thinking`" say all others.
fn thinks_when_told(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let is = |known: &str| name.starts_with(known);
    let is_switched = [
        "deepseek-v3.1",
        "deepseek-v3.2",
        "deepseek-v4",
        "glm-4.5",
        "glm-4.6",
        "glm-4.7",
        "glm-5",
        "hunyuan-a13b",
    ];
    is_switched.into_iter().any(is) || is_musing_qwen(&name)
}

/// A switch without degrees; some models do not turn it off.
fn adaptive(model: &str, effort: ReasoningEffort, losses: &mut Losses) -> Thinking {
    let is_off = effort == ReasoningEffort::None;
    let is_always = is_always_thinking_minimax(model);
    match (is_off, is_always) {
        (true, true) => losses.report(PATH, "this model thinks always"),
        (true, false) => {}
        (false, _) => losses.report(PATH, "this model takes no level: told to think"),
    }
    let switch = if is_off && !is_always { wire::Switch::Disabled } else { wire::Switch::Adaptive };
    Thinking { switch: Some(switch), ..Thinking::default() }
}

/// A switch, and how many tokens.
fn budgeted(effort: ReasoningEffort, losses: &mut Losses) -> Thinking {
    if effort == ReasoningEffort::Minimal {
        losses.report(PATH, "minimal sent as low");
    }
    let budget = (effort != ReasoningEffort::None).then(|| effort.budget());
    Thinking { enable: Some(budget.is_some()), budget, ..Thinking::default() }
}

/// In a host's own words.
fn own(context: &Context<'_>, effort: ReasoningEffort, losses: &mut Losses) -> Thinking {
    let has = |quirk| context.provider.has(quirk);
    if has(Quirk::AdaptiveSwitch) || (has(Quirk::ThinkingSwitch) && is_minimax(context.model)) {
        return adaptive(context.model, effort, losses);
    }
    if has(Quirk::ThinkingSwitch)
        && let Some(model) = Switched::of(context.model)
    {
        return model.told(effort, losses);
    }
    if has(Quirk::SwitchedEfforts) {
        return Switched { is_switched: true, rests: true, words: FOUR }.told(effort, losses);
    }
    if has(Quirk::EnableThinking) {
        return alibaba::told(context.model, effort, losses);
    }
    if has(Quirk::EnableThinkingByModel) && thinks_when_told(context.model) {
        return budgeted(effort, losses);
    }
    if has(Quirk::QwenDefaultEffort) && context.model.contains("qwen") {
        let is_off = effort == ReasoningEffort::None;
        if !is_off {
            losses.report(PATH, "this model takes no level: told to think");
        }
        return Thinking { effort: Some(if is_off { "none" } else { "default" }), ..Thinking::default() };
    }
    Thinking { effort: Some(effort.word()), ..Thinking::default() }
}
