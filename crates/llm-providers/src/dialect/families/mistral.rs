//! Mistral's models: which take turns as their chat template does, and what each at Mistral can be told of thinking. The API's
//! schema takes seven words, and its models refuse most of them: "reasoning_effort='medium' is not supported for this model. Must be
//! one of …", or "not enabled for this model".

use crate::ReasoningEffort::{self, High, Low, Max, Medium, None as Not};
use crate::{Provider, Quirk};

/// What the names of its own models begin with. Those that others have trained on, with templates of theirs, begin with theirs.
const OWN: [&str; 9] = [
    "mistral",
    "ministral",
    "mixtral",
    "magistral",
    "devstral",
    "codestral",
    "pixtral",
    "voxtral",
    "mathstral",
];

/// Whether one of its models answers at a host of others, which renders its chat template, or has mistral-common check the messages.
/// Mistral's own API puts them into order itself.
pub(in crate::dialect) fn is_mistral_elsewhere(provider: &Provider, model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model).as_bytes();
    let is = |own: &str| name.get(..own.len()).is_some_and(|part| part.eq_ignore_ascii_case(own.as_bytes()));
    OWN.into_iter().any(is) && !provider.has(Quirk::ContentChunks)
}

/// Those that do not think. What stands for another model from time to time (`mistral-large-latest`) is not among them.
const UNTHINKING: [&str; 9] = [
    "codestral",
    "ministral",
    "devstral",
    "pixtral",
    "voxtral",
    "open-mi",
    "mistral-nemo",
    "mistral-tiny",
    "mistral-large-2",
];

/// The efforts that a model takes, from the least to the most: as its page tells ("Reasoning", models), or its refusal. `None` where
/// its name tells nothing.
pub(in crate::dialect) fn mistral_efforts(model: &str) -> Option<&'static [ReasoningEffort]> {
    let is = |known: &str| model.starts_with(known);
    Some(match model {
        _ if UNTHINKING.into_iter().any(is) => &[],
        _ if is("mistral-large-4") => &[Not, Low, Medium, High],
        // Other owners' models, that it hosts.
        _ if is("zai-glm-5-3") || is("glm-5-3") => &[Low, High, Max],
        _ if is("zai-glm-5-2") || is("glm-5-2") => &[High, Max],
        _ => return None,
    })
}
