//! Families of models whose settings differ, known by their names wherever they are hosted.
//!
//! Only what an owner documents for whole generations is here. A name that tells nothing is left to its host, which may
//! refuse.

mod mistral;
mod openai;

pub(super) use mistral::mistral_efforts;
pub(super) use openai::OpenAi;

use crate::{Dialect, Provider, Quirk, ReasoningEffort};

/// Whether a Claude answers: by its name wherever it is hosted, or because its host has no others.
pub(super) fn is_claude(provider: &Provider, model: &str) -> bool {
    model.as_bytes().windows(6).any(|part| part.eq_ignore_ascii_case(b"claude"))
        || match provider.dialect() {
            Dialect::AnthropicMessages => !provider.has(Quirk::UnsignedThinking),
            Dialect::AnthropicVertex | Dialect::AnthropicBedrock => true,
            // A profile's name may tell nothing.
            Dialect::BedrockConverse => model.starts_with("arn:"),
            _ => false,
        }
}

/// The version of a Claude model: its first two short numbers, as in `claude-opus-4-8` and `claude-3.5-sonnet`.
pub(super) fn claude_version(model: &str) -> Option<(u8, u8)> {
    let (_, rest) = model.split_once("claude")?;
    let parts = rest.split(['-', '.', '@', ':', '/']);
    // Dates are longer.
    let mut numbers =
        parts.map_while(|part| (part.len() < 8).then_some(part)).filter_map(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

/// How a Claude is told not to think ("Adaptive thinking"; the API names the way where it refuses another).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unthinking {
    Disabled,
    /// It thinks between calls of tools alone.
    BetweenTools,
    /// Not at all: it thinks always.
    Never,
}

pub(super) fn claude_unthinking(model: &str) -> Unthinking {
    let is = |kind: &str| model.contains(kind);
    match claude_version(model) {
        Some((5, 5)) if is("claude-sonnet") => Unthinking::BetweenTools,
        Some((5, 5)) if is("claude-opus") => Unthinking::Never,
        _ if is("claude-fable") || is("claude-mythos") => Unthinking::Never,
        _ => Unthinking::Disabled,
    }
}

/// Whether a Claude can be forced to call a tool ("Forcing tool use", its table of models).
pub(super) fn is_forced_claude(model: &str) -> bool {
    let is = |kind: &str| model.contains(kind);
    match claude_version(model) {
        Some((5, 5..)) => !is("claude-opus") && !is("claude-sonnet"),
        Some((5, 1..)) => !is("claude-fable") && !is("claude-mythos"),
        _ => true,
    }
}

/// Whether a Claude leaves the text of its thoughts out of an answer, unless it is told to show it ("Thinking", `display`): from 4.7
/// on, and the preview of Mythos.
pub(super) fn omits_thoughts(model: &str) -> bool {
    claude_version(model) >= Some((4, 7)) || model.contains("claude-mythos")
}

/// Whether a Claude checks that nothing has changed before a thought of its own ("Preserved thinking"): from 5.1 on, but for the
/// Mythos of that version.
pub(super) fn is_binding_claude(model: &str) -> bool {
    match claude_version(model) {
        Some((5, 1)) => !model.contains("claude-mythos"),
        version => version >= Some((5, 1)),
    }
}

/// The generation of a Gemini model. The latest of a kind, which names none, is of the third at least.
pub(super) fn gemini_generation(model: &str) -> Option<u32> {
    let name = model.rsplit('/').next()?.strip_prefix("gemini-")?;
    match name.chars().next()?.to_digit(10) {
        None if name.ends_with("-latest") => Some(3),
        generation => generation,
    }
}

/// Whether a Gemini samples as it does, and ignores what it is told: from 3.6 on, and the light one of 3.5.
pub(super) fn is_unsampled_gemini(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let Some(rest) = name.strip_prefix("gemini-") else { return false };
    let version = rest.split('-').next().unwrap_or(rest);
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    let version = major.parse::<u32>().ok().zip(minor.parse::<u32>().ok());
    version.is_some_and(|version| version >= (3, 6)) || rest.starts_with("3.5-flash-lite")
}

/// Whether a Qwen takes instructions at the beginning alone, as one message: from 3.5 on ("System message must be at the beginning.", their
/// chat template, which every server of them has).
pub(super) fn is_one_system_qwen(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let Some((_, kind)) = name.split_once("qwen") else { return false };
    let version = kind.trim_start_matches('-').split(['-', '_', ':', '@']).next().unwrap_or(kind);
    // Fireworks writes 3.5 as `3p5`.
    let (major, minor) = version.split_once(['.', 'p']).unwrap_or((version, "0"));
    let version = major.parse::<u32>().ok().zip(minor.parse::<u32>().ok());
    version.is_some_and(|version| version >= (3, 5))
}

/// Whether a MiniMax thinks whatever it is told: up to M2 all do ("Compatible OpenAI API", `thinking`).
pub(super) fn is_always_thinking_minimax(model: &str) -> bool {
    model.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case("MiniMax-M2"))
}

/// Whether a DeepSeek at its own host thinks when asked for this effort, or for none: then it ignores sampling ("Thinking Mode").
pub(super) fn is_thinking_deepseek(model: &str, effort: Option<ReasoningEffort>) -> bool {
    let Some(kind) = model.strip_prefix("deepseek-") else { return false };
    match effort {
        Some(effort) => effort != ReasoningEffort::None,
        None => ["v4", "flash", "reasoner"].iter().any(|known| kind.starts_with(known)),
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
    use ReasoningEffort::{High, Low, Medium, None as Not, XHigh};
    let (_, kind) = model.split_once("grok-")?;
    if kind.starts_with("3-mini") {
        return Some(&[Low, High]);
    }
    let version = kind.split(['-', '@', ':']).next().unwrap_or(kind);
    match version.split_once('.').map_or((version, ""), |both| both) {
        ("2" | "3", _) | ("code", _) | ("4", "" | "1" | "20") => Some(&[]),
        ("4", "3") => Some(&[Not, Low, Medium, High]),
        ("4", "5" | "6") => Some(&[Low, Medium, High]),
        ("4", "7") => Some(&[Low, Medium, High, XHigh]),
        _ => None,
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
    fn a_qwen_that_takes_one_system_message_stands_in_its_name() {
        for (model, is_one) in [
            ("qwen3.5-plus", true),
            ("Qwen/Qwen3.6-35B-A3B", true),
            ("accounts/fireworks/models/qwen3p5-397b-a17b", true),
            ("qwen/qwen-3.8:free", true),
            ("qwen4-max", true),
            ("qwen3-max", false),
            ("Qwen/Qwen3-235B-A22B-Instruct-2507", false),
            ("qwen2.5-72b-instruct", false),
            ("qwen-plus", false),
            ("deepseek-r1-distill-qwen-32b", false),
            ("claude-sonnet-4-5", false),
        ] {
            assert_eq!(is_one_system_qwen(model), is_one, "{model}");
        }
    }

    #[test]
    fn what_a_claude_is_told_stands_in_its_name() {
        use Unthinking::{BetweenTools, Disabled, Never};
        for (model, unthinking, is_forced) in [
            ("claude-sonnet-4-5-20250929", Disabled, true),
            ("claude-opus-5", Disabled, true),
            ("claude-opus-5-20260701", Disabled, true),
            ("us.anthropic.claude-opus-5-5-v1:0", Never, false),
            ("claude-sonnet-5-5", BetweenTools, false),
            ("claude-haiku-5-5", Disabled, true),
            ("claude-fable-5", Never, true),
            ("claude-fable-5-2", Never, false),
            ("claude-mythos-preview", Never, true),
            ("claude-latest", Disabled, true),
            ("glm-4.6", Disabled, true),
        ] {
            assert_eq!(
                (claude_unthinking(model), is_forced_claude(model)),
                (unthinking, is_forced),
                "{model}"
            );
        }
    }

    #[test]
    fn a_claude_that_checks_thoughts_stands_in_its_name() {
        for (model, is_binding) in [
            ("claude-fable-5-1", true),
            ("claude-opus-5-5", true),
            ("us.anthropic.claude-haiku-5-5-v1:0", true),
            ("claude-mythos-5-2", true),
            ("claude-opus-6", true),
            ("claude-mythos-5-1", false),
            ("claude-opus-5-20260724", false),
            ("claude-sonnet-4-6", false),
            ("claude-latest", false),
            ("glm-5.3", false),
        ] {
            assert_eq!(is_binding_claude(model), is_binding, "{model}");
        }
    }

    #[test]
    fn a_claude_that_omits_thoughts_stands_in_its_name() {
        for (model, omits) in [
            ("claude-opus-4-7", true),
            ("us.anthropic.claude-haiku-5-5-v1:0", true),
            ("claude-mythos-preview", true),
            ("claude-opus-4-6", false),
            ("claude-latest", false),
            ("glm-5.3", false),
        ] {
            assert_eq!(omits_thoughts(model), omits, "{model}");
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
    fn a_gemini_that_samples_as_it_does_stands_in_its_name() {
        for (model, is_unsampled) in [
            ("gemini-3.6-flash", true),
            ("google/gemini-3.8-flash", true),
            ("gemini-3.5-flash-lite", true),
            ("gemini-3.10-pro-preview", true),
            ("gemini-4-carbon", true),
            ("gemini-3.5-flash", false),
            ("gemini-3-pro-preview", false),
            ("gemini-2.5-flash-lite", false),
            ("gemini-flash-latest", false),
            ("gemma-4-26b-a4b-it", false),
        ] {
            assert_eq!(is_unsampled_gemini(model), is_unsampled, "{model}");
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
            ("grok-4.6", Some(3)),
            ("grok-4.7", Some(4)),
            ("grok-latest", None),
            ("grok-5", None),
            ("gpt-5.2", None),
        ] {
            assert_eq!(grok_efforts(model).map(<[_]>::len), efforts, "{model}");
        }
    }
}
