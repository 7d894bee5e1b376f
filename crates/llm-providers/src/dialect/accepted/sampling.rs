//! Sampling as a host takes it: what it refuses is left out, and what is next to it is sent.

use super::{Dialect, OpenAi, Options, SAMPLES, forced};
use crate::dialect::families::is_claude;
use crate::{Provider, Quirk, ReasoningEffort};

/// What is sent for a temperature of 0 where that is refused. A hundredth picks as 0 does wherever two tokens are not alike.
const LEAST_TEMPERATURE: f64 = 0.01;

impl Options<'_, '_> {
    pub(super) fn sampling(&mut self, provider: &Provider, model: &str) {
        let is_greedy = self.kept.temperature == Some(0.0);
        // "`top_p` must be > 0.0 and < 1.0" (Text Generation Inference): 1 is all there is, as without it.
        if provider.has(Quirk::TopPBelowOne) && self.kept.top_p == Some(1.0) {
            self.kept.to_mut().top_p = None;
        }
        // "top_p must be 1 when using greedy sampling" (Mistral).
        let is_beside = self.kept.top_p.is_some_and(|top_p| top_p != 1.0);
        let what = "not taken with a temperature of 0";
        let is_refused = provider.has(Quirk::NoTopPWhenGreedy) && is_greedy && is_beside;
        self.drop_if(is_refused, "top_p", what, |options| options.top_p = None);
        // "Range (0.0, 1.0]" (MiniMax, "Compatible OpenAI API").
        if provider.has(Quirk::PositiveTemperature) && is_greedy {
            self.kept.to_mut().temperature = Some(LEAST_TEMPERATURE);
            let what = format!("0 sent as {LEAST_TEMPERATURE}: this API takes none");
            self.losses.report("options.temperature", what);
        }
        let most = most_temperature(provider, model);
        if self.kept.temperature.is_some_and(|temperature| temperature > most) {
            self.kept.to_mut().temperature = Some(most);
            self.losses.report("options.temperature", format!("sent as {most}, the most that is taken"));
        }
        // `random_seed`, "minimum: 0" (Mistral); Cohere has 64 bits without a sign ("Chat", `seed`).
        let is_unsigned = [Quirk::RandomSeed, Quirk::UnsignedSeed].iter().any(|quirk| provider.has(*quirk))
            || provider.dialect() == Dialect::CohereChat;
        let is_refused = is_unsigned && self.kept.seed.is_some_and(|seed| seed < 0);
        self.drop_if(is_refused, "seed", "this API takes none below 0", |options| options.seed = None);
    }

    /// "This model doesn't support the temperature field. Remove temperature and try again.", nor `topP`, thinking or not.
    pub(super) fn converse(&mut self, model: &str) {
        if model.contains("xai.grok") || OpenAi::of(model).is_some_and(OpenAi::is_thinker) {
            self.no_sampling("this model takes no sampling settings here", |_| true, |_| true);
        }
    }

    /// "Parameter comparison" of Moonshot: each of these has one value, and any other is refused. A temperature's is 1 for one that
    /// thinks, and another for one that is told not to.
    pub(super) fn kimi(&mut self, provider: &Provider, model: &str) {
        let is_told_not_to = self.kept.reasoning_effort == Some(ReasoningEffort::None);
        let temperature: fn(f64) -> bool = match is_told_not_to && forced::rests(provider, model) {
            true => |_| true,
            false => |temperature| temperature != 1.0,
        };
        self.no_sampling(SAMPLES, temperature, |_| true);
        self.no_penalties(SAMPLES);
    }

    /// Drops a temperature and a top_p that are refused.
    pub(super) fn no_sampling(
        &mut self,
        what: &'static str,
        temperature: fn(f64) -> bool,
        top_p: fn(f64) -> bool,
    ) {
        let temperature = self.kept.temperature.is_some_and(temperature);
        self.drop_if(temperature, "temperature", what, |options| options.temperature = None);
        let top_p = self.kept.top_p.is_some_and(top_p);
        self.drop_if(top_p, "top_p", what, |options| options.top_p = None);
    }

    pub(super) fn no_top_k(&mut self, what: &'static str) {
        let top_k = self.kept.top_k.is_some();
        self.drop_if(top_k, "top_k", what, |options| options.top_k = None);
    }

    pub(super) fn no_penalties(&mut self, what: &'static str) {
        let presence = self.kept.presence_penalty.is_some();
        self.drop_if(presence, "presence_penalty", what, |options| options.presence_penalty = None);
        let frequency = self.kept.frequency_penalty.is_some();
        self.drop_if(frequency, "frequency_penalty", what, |options| options.frequency_penalty = None);
    }
}

/// The highest temperature that is taken: "temperature: range: 0..1" (Claude, wherever it is hosted), `InferenceConfiguration` of
/// Bedrock.
fn most_temperature(provider: &Provider, model: &str) -> f64 {
    let is_of_claude = is_claude(provider, model) && !provider.has(Quirk::IgnoresSettings);
    if is_of_claude || provider.dialect() == Dialect::BedrockConverse {
        return 1.0;
    }
    let told = provider.quirks().find_map(|quirk| match quirk {
        Quirk::MostTemperature(hundredths) => Some(f64::from(hundredths) / 100.0),
        _ => None,
    });
    told.unwrap_or(f64::MAX)
}
