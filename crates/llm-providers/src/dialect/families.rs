//! Families of models whose settings differ, known by their names wherever they are hosted.
//!
//! Only what an owner documents for whole generations is here. A name that tells nothing is left to its host, which may
//! refuse.

use crate::ReasoningEffort;

/// The version of a Claude model: its first two short numbers, as in `claude-opus-4-8` and `claude-3.5-sonnet`.
pub(super) fn claude_version(model: &str) -> Option<(u8, u8)> {
    let (_, rest) = model.split_once("claude")?;
    let parts = rest.split(['-', '.', '@', ':', '/']);
    // Dates are longer.
    let mut numbers =
        parts.map_while(|part| (part.len() < 8).then_some(part)).filter_map(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

/// The generation of a Gemini model. The latest of a kind, which names none, is of the third at least.
pub(super) fn gemini_generation(model: &str) -> Option<u32> {
    let name = model.rsplit('/').next()?.strip_prefix("gemini-")?;
    match name.chars().next()?.to_digit(10) {
        None if name.ends_with("-latest") => Some(3),
        generation => generation,
    }
}

/// Whether it is a Grok that thinks; models whose names say so do not (xAI, "Reasoning").
pub(super) fn is_thinking_grok(model: &str) -> bool {
    model.split_once("grok-").is_some_and(|(_, kind)| {
        ["3-mini", "4", "code"].iter().any(|known| kind.starts_with(known)) && !kind.contains("non-reasoning")
    })
}

/// The efforts that a Grok knows; `None` where its name tells nothing. Most think as they do and refuse to be told: Grok 3 mini
/// and those from 4.3 on are told (4.20 is older).
pub(super) fn grok_efforts(model: &str) -> Option<&'static [ReasoningEffort]> {
    use ReasoningEffort::{High, Low, Medium, None as Not};
    let (_, kind) = model.split_once("grok-")?;
    if kind.starts_with("3-mini") {
        return Some(&[Low, High]);
    }
    let version = kind.split(['-', '@', ':']).next().unwrap_or(kind);
    match version.split_once('.').map_or((version, ""), |both| both) {
        ("2" | "3", _) | ("code", _) | ("4", "" | "1" | "20") => Some(&[]),
        ("4", "3") => Some(&[Not, Low, Medium, High]),
        _ => None,
    }
}

/// How a model of OpenAI's thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenAi {
    /// Not at all.
    Never,
    /// Always: the o series.
    Always,
    /// Always, at least `minimal`: the first GPT-5.
    AtLeastMinimal,
    /// As asked, and not unasked: GPT-5.1 to 5.4.
    OnDemand(u8),
    /// As asked, and by default: later ones, and GPT-5's special ones.
    ByDefault(u8),
}

impl OpenAi {
    pub(super) fn of(model: &str) -> Option<Self> {
        let name = model.rsplit('/').next().unwrap_or(model);
        if ["gpt-3", "gpt-4", "chatgpt-"].iter().any(|known| name.starts_with(known)) {
            return Some(Self::Never);
        }
        if ["o1", "o3", "o4"].iter().any(|known| name.split('-').next() == Some(known)) {
            return Some(Self::Always);
        }
        let rest = name.strip_prefix("gpt-5")?;
        if rest.contains("-chat") {
            return Some(Self::Never);
        }
        let digits: String =
            rest.strip_prefix('.').unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
        let specialised = rest.contains("-pro") || rest.contains("-codex");
        Some(match digits.parse().unwrap_or(0) {
            0 => Self::AtLeastMinimal,
            minor @ 1..=4 if !specialised => Self::OnDemand(minor),
            minor => Self::ByDefault(minor),
        })
    }

    /// Whether it thinks when asked for this effort, or for none.
    pub(super) fn thinks(self, effort: Option<ReasoningEffort>) -> bool {
        match self {
            Self::Never => false,
            Self::OnDemand(_) => effort.is_some_and(|effort| effort != ReasoningEffort::None),
            Self::Always | Self::AtLeastMinimal | Self::ByDefault(_) => true,
        }
    }

    /// The nearest effort that it has; `None` where it has none at all (OpenAI API, `ReasoningEffort`).
    pub(super) fn nearest(self, effort: ReasoningEffort) -> Option<ReasoningEffort> {
        use ReasoningEffort::{High, Low, Minimal, None as Not, XHigh};
        match (self, effort) {
            (Self::Never, _) => None,
            (Self::Always, Not | Minimal) | (Self::OnDemand(_) | Self::ByDefault(_), Minimal) => Some(Low),
            (Self::AtLeastMinimal, Not) => Some(Minimal),
            (Self::Always | Self::AtLeastMinimal | Self::OnDemand(1), XHigh) => Some(High),
            (_, effort) => Some(effort),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_stands_in_the_name() {
        for (model, version) in [
            ("claude-3-5-haiku-20241022", Some((3, 5))),
            ("anthropic/claude-3.5-sonnet", Some((3, 5))),
            ("claude-3-opus@20240229", Some((3, 0))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some((4, 5))),
            ("databricks-claude-opus-4-8", Some((4, 8))),
            ("claude-sonnet-5", Some((5, 0))),
            ("claude-latest", None),
            ("glm-4.6", None),
        ] {
            assert_eq!(claude_version(model), version, "{model}");
        }
    }

    #[test]
    fn a_generation_stands_in_the_name() {
        for (model, generation) in [
            ("gemini-2.5-pro", Some(2)),
            ("gemini-3-flash-preview", Some(3)),
            ("gemini-flash-latest", Some(3)),
            ("gemini-1.5-flash-latest", Some(1)),
            ("tunedModels/mine", None),
            ("gemma-3", None),
        ] {
            assert_eq!(gemini_generation(model), generation, "{model}");
        }
    }

    #[test]
    fn what_a_grok_is_told_stands_in_its_name() {
        for (model, efforts) in [
            ("grok-3-mini", Some(2)),
            ("grok-3", Some(0)),
            ("grok-4-0709", Some(0)),
            ("xai/grok-4.1-fast-reasoning", Some(0)),
            ("grok-4-1-fast-non-reasoning", Some(0)),
            ("grok-4.20-0309-reasoning", Some(0)),
            ("grok-code-fast-1", Some(0)),
            ("grok-4.3", Some(4)),
            ("grok-latest", None),
            ("grok-5", None),
            ("gpt-5.2", None),
        ] {
            assert_eq!(grok_efforts(model).map(<[_]>::len), efforts, "{model}");
        }
    }

    #[test]
    fn how_a_model_thinks_stands_in_its_name() {
        for (model, how) in [
            ("gpt-4.1-mini", Some(OpenAi::Never)),
            ("gpt-5-chat-latest", Some(OpenAi::Never)),
            ("o3", Some(OpenAi::Always)),
            ("openai/o4-mini", Some(OpenAi::Always)),
            ("gpt-5-nano", Some(OpenAi::AtLeastMinimal)),
            ("gpt-5.2-2025-12-11", Some(OpenAi::OnDemand(2))),
            ("gpt-5.1-codex", Some(OpenAi::ByDefault(1))),
            ("gpt-5.6-luna", Some(OpenAi::ByDefault(6))),
            ("olmo-2", None),
            ("gpt-oss-120b", None),
            ("mistral-large", None),
        ] {
            assert_eq!(OpenAi::of(model), how, "{model}");
        }
    }
}
