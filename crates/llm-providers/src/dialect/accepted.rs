//! The options that a model at its host is known to accept; what it would refuse is left out and reported.
//!
//! A request is written once and goes to any model. One that takes no temperature would refuse the whole of it, so the
//! setting is dropped as one is that a dialect has no word for. What is not known is sent: the host may refuse.

mod forms;
mod sampling;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use toolgate_tool_types::JsonObject;

use super::families::{
    OpenAi, claude_version, gemini_generation, grok_efforts, has_azures, is_thinking_deepseek,
    is_thinking_grok, is_unsampled_gemini, mistral_efforts, moonshot_name,
};
use super::{Dialect, extra, forced};
use crate::lossiness::Losses;
use crate::{ChatOptions, ChatRequest, Provider, ProviderError, Quirk, ReasoningEffort};

/// The options of a request to `model`; an error where one cannot be said, nor left out.
pub(super) fn options<'a>(
    provider: &Provider,
    model: &str,
    request: &'a ChatRequest,
    losses: &mut Losses,
) -> Result<Cow<'a, ChatOptions>, ProviderError> {
    let mut options = Options { kept: Cow::Borrowed(&request.options), losses };
    let says = |members: &JsonObject| {
        ["reasoning_effort", "thinking", "enable_thinking"]
            .iter()
            .any(|name| extra::says(members.as_str(), name))
    };
    let is_said = request.options.extra.get(provider.id()).is_some_and(says);
    if provider.has(Quirk::ToolsOrThinking) && !request.tools.is_empty() && !is_said {
        options.tools_or_thinking(model);
    }
    if !is_said {
        options.forced(provider, model, request);
    }
    if *options.kept == *UNSET {
        return Ok(options.kept);
    }
    if !provider.has(Quirk::IgnoresSettings) {
        options.model(provider, model, request);
    }
    if provider.has(Quirk::KimiSampling) && moonshot_name(model).starts_with("kimi-") {
        options.kimi(provider, model);
    }
    if provider.has(Quirk::ThinkingSwitch) && is_thinking_deepseek(model, options.kept.reasoning_effort) {
        options.no_sampling(IGNORES, |_| true, |_| true);
        options.no_penalties(IGNORES);
    }
    let is_chat = matches!(provider.dialect(), Dialect::OpenAiChat | Dialect::OpenAiResponses);
    if is_chat && model.contains("gpt-oss") && !provider.has(Quirk::IgnoresSettings) {
        options.gpt_oss();
    }
    if provider.has(Quirk::StrictGptOss) && !model.contains("gpt-oss") {
        options.unenforced("this model is only asked to keep to it");
    }
    options.host(provider, model)?;
    Ok(options.kept)
}

static UNSET: LazyLock<ChatOptions> = LazyLock::new(ChatOptions::default);

const THINKS: &str = "a model that thinks does not take it";
const IGNORES: &str = "a model that thinks ignores it";
const IGNORED: &str = "this model ignores it";
/// The lowest limit of an answer by OpenAI's API of responses.
const LEAST_OUTPUT: u32 = 16;
const SAMPLES: &str = "this model takes no sampling settings";

struct Options<'a, 'l> {
    kept: Cow<'a, ChatOptions>,
    losses: &'l mut Losses,
}

impl Options<'_, '_> {
    /// What a model refuses, wherever it is hosted.
    fn model(&mut self, provider: &Provider, model: &str, request: &ChatRequest) {
        if let Some(version) = claude_version(model) {
            self.claude(version);
        }
        if provider.dialect() == Dialect::BedrockConverse {
            self.converse(model);
        }
        if let Some(model) = OpenAi::of(model) {
            let is_chat = !matches!(provider.dialect(), Dialect::OpenAiResponses | Dialect::BedrockConverse);
            self.openai(model, is_chat);
            let is_told = model.is_o_series() && request.options.parallel_tool_calls.is_some();
            let what = "this model calls one tool at a time";
            self.drop_if(is_told && !request.tools.is_empty(), "parallel_tool_calls", what, |options| {
                options.parallel_tool_calls = None;
            });
        }
        if model.contains("amazon.nova-2") {
            self.nova();
        }
        // "Deprecated: accepted, and ignored" ("What's new in Gemini 3.6", sampling parameters); models to come refuse them.
        if is_unsampled_gemini(model) {
            self.no_sampling(IGNORED, |_| true, |_| true);
            self.no_top_k(IGNORED);
        }
        // "Penalty is not enabled for this model": on Vertex AI too, where Gemini 2.5 takes them.
        if provider.dialect() == Dialect::GeminiGenerate && gemini_generation(model) >= Some(3) {
            self.no_penalties("this model takes no penalties");
        }
        // "The model argument is not supported: stop".
        if is_thinking_grok(model) {
            self.no_stop(THINKS);
        }
        // "Model does not support parameter reasoningEffort."
        if let (Some(known), Some(asked)) = (grok_efforts(model), self.kept.reasoning_effort) {
            self.think(asked, at_least(asked, known));
        }
    }

    /// "Extended thinking", feature compatibility; "Migrating to Claude Opus 4.7", sampling parameters.
    fn claude(&mut self, version: (u8, u8)) {
        let asked = |options: &ChatOptions| {
            options.reasoning_effort.is_some_and(|effort| effort != ReasoningEffort::None)
        };
        let is_asked_in_vain = version < (3, 7) && asked(&self.kept);
        self.drop_if(is_asked_in_vain, "reasoning_effort", "this model does not think", |options| {
            options.reasoning_effort = None;
        });
        if ((4, 6)..(4, 7)).contains(&version) && self.kept.reasoning_effort == Some(ReasoningEffort::XHigh) {
            self.think(ReasoningEffort::XHigh, Some(ReasoningEffort::High));
        }
        if version >= (4, 7) {
            self.no_sampling(SAMPLES, |_| true, |_| true);
            self.no_top_k(SAMPLES);
        } else if asked(&self.kept) {
            self.no_sampling(THINKS, |temperature| temperature != 1.0, |top_p| top_p < 0.95);
            self.no_top_k(THINKS);
        }
        let has_both = self.kept.temperature.is_some() && self.kept.top_p.is_some();
        let what = "this model takes it or a temperature, not both";
        self.drop_if(version >= (4, 1) && has_both, "top_p", what, |options| options.top_p = None);
    }

    /// "Temperature, topP and topK cannot be used with high reasoning effort", nor can a limit ("Extended thinking" of Nova 2).
    /// The limit is what counts.
    fn nova(&mut self) {
        let Some(asked) = self.kept.reasoning_effort.filter(|effort| *effort >= ReasoningEffort::High) else {
            return;
        };
        if self.kept.max_tokens.is_some() {
            self.think(asked, Some(ReasoningEffort::Medium));
            return;
        }
        let what = "not taken with this effort";
        self.no_sampling(what, |_| true, |_| true);
        self.no_top_k(what);
    }

    fn tools_or_thinking(&mut self, model: &str) {
        let asked = self.kept.reasoning_effort;
        let Some(sent) = OpenAi::of(model).and_then(OpenAi::effort_with_tools) else { return };
        if asked == sent {
            return;
        }
        self.kept.to_mut().reasoning_effort = sent;
        if asked != Some(ReasoningEffort::None) {
            let what = "with tools this model does not think here: the API of responses lets it";
            self.losses.report("options.reasoning_effort", what);
        }
    }

    /// What was asked for holds against what a model does unasked: a call that is forced is not thought about.
    fn forced(&mut self, provider: &Provider, model: &str, request: &ChatRequest) {
        let choice = request.tool_choice.as_ref().filter(|_| !request.tools.is_empty());
        let is_in_the_way = choice.is_some_and(|choice| forced::is_refused(provider, model, None, choice));
        if is_in_the_way && self.kept.reasoning_effort.is_none() && forced::rests(provider, model) {
            self.kept.to_mut().reasoning_effort = Some(ReasoningEffort::None);
            self.losses
                .report("tool_choice", "a model that thinks cannot be forced: it is told not to think");
        }
    }

    /// "Using GPT-5.2", parameter compatibility; `stop` of `CreateChatCompletionRequest`.
    fn openai(&mut self, model: OpenAi, is_chat: bool) {
        let asked = self.kept.reasoning_effort;
        if !model.samples(asked) {
            // What it does anyway may be said.
            self.no_sampling(THINKS, |temperature| temperature != 1.0, |top_p| top_p != 1.0);
            self.no_logprobs(THINKS);
        }
        if !model.stops(asked) {
            self.no_penalties(THINKS);
            self.no_stop(THINKS);
        }
        if let Some(asked) = asked {
            // "Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'": the API of responses takes more.
            let most = if is_chat { ReasoningEffort::XHigh } else { ReasoningEffort::Max };
            self.think(asked, model.nearest(asked.min(most)));
        }
    }

    /// The nearest effort in place of the one that is asked for.
    fn think(&mut self, asked: ReasoningEffort, nearest: Option<ReasoningEffort>) {
        if nearest == Some(asked) {
            return;
        }
        self.kept.to_mut().reasoning_effort = nearest;
        match nearest {
            Some(nearest) => {
                let what = format!("{} sent as {}", asked.word(), nearest.word());
                self.losses.report("options.reasoning_effort", what);
            }
            None if asked == ReasoningEffort::None => {}
            None => self.losses.report("options.reasoning_effort", "this model takes no effort"),
        }
    }

    /// The three efforts of its model card, of which one always holds.
    fn gpt_oss(&mut self) {
        use ReasoningEffort::{High, Low, Max, Minimal, None as Not, XHigh};
        match self.kept.reasoning_effort {
            Some(asked @ (Not | Minimal)) => self.think(asked, Some(Low)),
            Some(asked @ (XHigh | Max)) => self.think(asked, Some(High)),
            _ => {}
        }
    }

    /// What a host has no room for, or no setting.
    fn host(&mut self, provider: &Provider, model: &str) -> Result<(), ProviderError> {
        self.sampling(provider, model);
        if provider.has(Quirk::NoPenalties) {
            self.no_penalties("this provider takes no penalties");
        }
        if provider.has(Quirk::NoLogprobs) {
            self.no_logprobs("this provider gives no probabilities");
        }
        let is_stored = has_azures(provider, model, Quirk::MetadataIsStored);
        let metadata = is_stored && !self.kept.metadata.is_empty();
        let what = "taken for what the provider stores only: send it as an extra, with store";
        self.drop_if(metadata, "metadata", what, |options| options.metadata.clear());
        let mistrals = if provider.has(Quirk::HighEffortOnly) { mistral_efforts(model) } else { None };
        match (self.kept.reasoning_effort, mistrals) {
            (None, _) => {}
            (Some(asked), Some(known)) => self.think(asked, at_least(asked, known)),
            (Some(asked), None) => self.think(asked, Some(nearest(provider, asked))),
        }
        if matches!(provider.dialect(), Dialect::OpenAiChat | Dialect::OpenAiResponses) {
            self.labels();
        }
        if provider.dialect() == Dialect::OpenAiResponses {
            self.least();
        }
        self.form(provider, model)?;
        self.stops(stops(provider, model).unwrap_or(usize::MAX));
        Ok(())
    }

    /// `Metadata`: 16 labels of 64 characters, with 512 of text each.
    fn labels(&mut self) {
        let fits = |name: &str, value: &str| name.chars().count() <= 64 && value.chars().count() <= 512;
        let mut room = 16;
        let mut left_out: Vec<Arc<str>> = Vec::new();
        for (name, value) in &self.kept.metadata {
            match room > 0 && fits(name, value) {
                true => room -= 1,
                false => left_out.push(Arc::clone(name)),
            }
        }
        for name in left_out {
            self.kept.to_mut().metadata.remove(&name);
            let what = "this API takes 16 labels of 64 characters, with 512 of text each";
            self.losses.report(format_args!("options.metadata.{name}"), what);
        }
    }

    /// `max_output_tokens` of `CreateResponse`: "Expected a value >= 16".
    fn least(&mut self) {
        if self.kept.max_tokens.is_some_and(|limit| limit < LEAST_OUTPUT) {
            self.kept.to_mut().max_tokens = Some(LEAST_OUTPUT);
            self.losses
                .report("options.max_tokens", format!("sent as {LEAST_OUTPUT}, the least that is taken"));
        }
    }

    fn stops(&mut self, most: usize) {
        for place in most..self.kept.stop.len() {
            let what = format!("this API takes {most} texts to stop at");
            self.losses.report(format_args!("options.stop[{place}]"), what);
        }
        if self.kept.stop.len() > most {
            self.kept.to_mut().stop.truncate(most);
        }
    }

    fn no_logprobs(&mut self, what: &'static str) {
        let logprobs = self.kept.top_logprobs.is_some();
        self.drop_if(logprobs, "top_logprobs", what, |options| options.top_logprobs = None);
    }

    fn no_stop(&mut self, what: &'static str) {
        let stop = !self.kept.stop.is_empty();
        self.drop_if(stop, "stop", what, |options| options.stop.clear());
    }

    /// Most requests have nothing to drop: their options are not copied.
    fn drop_if(&mut self, is_refused: bool, setting: &str, what: &'static str, clear: fn(&mut ChatOptions)) {
        if is_refused {
            clear(self.kept.to_mut());
            self.losses.report(format_args!("options.{setting}"), what);
        }
    }
}

/// The nearest of the efforts that a model has, the larger of two; none where it has none.
fn at_least(asked: ReasoningEffort, known: &[ReasoningEffort]) -> Option<ReasoningEffort> {
    known.iter().find(|known| **known >= asked).or(known.last()).copied()
}

/// The nearest effort that a provider knows.
fn nearest(provider: &Provider, asked: ReasoningEffort) -> ReasoningEffort {
    use ReasoningEffort::{High, Low, Max, Minimal, None, XHigh};
    let has_three = provider.has(Quirk::ThreeEfforts);
    match asked {
        None if has_three => Low,
        None => None,
        Minimal if has_three || provider.has(Quirk::ThreeEffortsOrNone) => Low,
        XHigh | Max if has_three || provider.has(Quirk::ThreeEffortsOrNone) => High,
        _ if provider.has(Quirk::HighEffortOnly) => High,
        asked => asked,
    }
}

/// How many texts to stop at a provider takes for a model.
fn stops(provider: &Provider, model: &str) -> Option<usize> {
    let own = provider.quirks().find_map(|quirk| match quirk {
        Quirk::Stops(most) => Some(usize::from(most)),
        _ => None,
    });
    match provider.dialect() {
        // `GenerationConfig.stopSequences`; `stop_sequences` of `POST /v2/chat`.
        Dialect::GeminiGenerate | Dialect::CohereChat => Some(5),
        // "Up to 4 sequences": who passes a request on is refused.
        Dialect::OpenAiChat if OpenAi::of(model).is_some() => Some(own.unwrap_or(4)),
        _ => own,
    }
}
