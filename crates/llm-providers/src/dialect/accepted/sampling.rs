//! Sampling as a host takes it: what it refuses is left out, and what is next to it is sent.

use super::{Dialect, OpenAi, Options};
use crate::{Provider, Quirk};

/// What is sent for a temperature of 0 where that is refused. A hundredth picks as 0 does wherever two tokens are not alike.
const LEAST_TEMPERATURE: f64 = 0.01;

impl Options<'_, '_> {
    pub(super) fn sampling(&mut self, provider: &Provider) {
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
        // `random_seed`, "minimum: 0" (Mistral); Cohere has 64 bits without a sign ("Chat", `seed`).
        let is_unsigned = provider.has(Quirk::RandomSeed) || provider.dialect() == Dialect::CohereChat;
        let is_refused = is_unsigned && self.kept.seed.is_some_and(|seed| seed < 0);
        self.drop_if(is_refused, "seed", "this API takes none below 0", |options| options.seed = None);
    }

    /// "This model doesn't support the temperature field. Remove temperature and try again.", nor `topP`, thinking or not.
    pub(super) fn converse(&mut self, model: &str) {
        if model.contains("xai.grok") || OpenAi::of(model).is_some_and(OpenAi::is_thinker) {
            self.no_sampling("this model takes no sampling settings here", |_| true, |_| true);
        }
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
