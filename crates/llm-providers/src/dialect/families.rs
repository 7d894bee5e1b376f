//! Families of models whose settings differ, known by their names wherever they are hosted.
//!
//! Only what an owner documents for whole generations is here. A name that tells nothing is left to its host, which may
//! refuse.

mod alibaba;
mod claude;
mod mistral;
mod openai;

pub(super) use alibaba::always_thinks_at_alibaba;
pub(super) use claude::{
    Unthinking, claude_unthinking, claude_version, is_binding_claude, is_claude, is_forced_claude,
    omits_thoughts,
};
pub(super) use mistral::{is_mistral_elsewhere, mistral_efforts};
pub(super) use openai::{OpenAi, has_azures};

use crate::ReasoningEffort;

/// What Gemini 3 takes for the signature of a call that another model made (Gemini API, "Thought signatures").
pub(super) const FOREIGN_CALL: &str = "skip_thought_signature_validator";

/// Whether a Gemini refuses calls that are not signed: from the third generation on.
pub(super) fn is_signing_gemini(model: &str) -> bool {
    gemini_generation(model).is_some_and(|generation| generation >= 3)
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

pub(super) fn is_kimi(model: &str) -> bool {
    model.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"kimi"))
}

pub(super) fn is_qwen(model: &str) -> bool {
    model.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"qwen"))
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

/// Whether a model wants back what it thought before a call wherever it is hosted, and refuses the call without ("thinking is enabled but
/// reasoning_content is missing in assistant tool call message"): Kimi from K2 Thinking on, DeepSeek from 3.2 on, MiMo, and
/// Hunyuan from 3 on.
pub(super) fn wants_thoughts(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let is = |kinds: &[&str]| kinds.iter().any(|kind| name.starts_with(kind));
    is(&["kimi-k2-thinking", "kimi-k2.", "kimi-k3", "kimi-for-coding"])
        || is(&["deepseek-v3.2", "deepseek-v4", "deepseek-reasoner", "mimo-", "hy3", "hy4"])
}

/// What Moonshot calls a model that has another name where it is sold to write code with ("Kimi Code").
pub(super) fn moonshot_name(model: &str) -> &str {
    match model {
        _ if model.starts_with("kimi-for-coding") => "kimi-k2.7-code",
        _ if model.starts_with("k3") => "kimi-k3",
        _ => model,
    }
}

/// Whether a MiniMax thinks whatever it is told: up to M2 all do ("Compatible OpenAI API", `thinking`).
pub(super) fn is_always_thinking_minimax(model: &str) -> bool {
    model.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case("MiniMax-M2"))
}

pub(super) fn is_minimax(model: &str) -> bool {
    model.get(..8).is_some_and(|kind| kind.eq_ignore_ascii_case("MiniMax-"))
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
    // How many models it asks ("Reasoning", the `reasoning_effort` parameter).
    if kind.starts_with("4.20-multi-agent") {
        return Some(&[Low, Medium, High, XHigh]);
    }
    let version = kind.split(['-', '@', ':']).next().unwrap_or(kind);
    match version.split_once('.').map_or((version, ""), |both| both) {
        ("2" | "3", _) | ("code", _) | ("4", "" | "1" | "20") => Some(&[]),
        ("4", "3") => Some(&[Not, Low, Medium, High]),
        ("4", "5") => Some(&[Low, Medium, High]),
        ("4", "6" | "7") => Some(&[Low, Medium, High, XHigh]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_model_that_wants_its_thoughts_back_stands_in_its_name() {
        for (model, wants) in [
            ("moonshotai/Kimi-K2-Thinking", true),
            ("kimi-k2.6", true),
            ("Pro/deepseek-ai/DeepSeek-V3.2", true),
            ("deepseek-v4-flash", true),
            ("mimo-v2-pro", true),
            ("tencent/Hy3-preview", true),
            ("kimi-k2-instruct-0905", false),
            ("deepseek-ai/DeepSeek-V3.1-Terminus", false),
            ("Qwen/Qwen3.5-397B-A17B", false),
            ("claude-sonnet-4-6", false),
        ] {
            assert_eq!(wants_thoughts(model), wants, "{model}");
        }
    }

    #[test]
    fn kimi_code_calls_moonshots_models_otherwise() {
        for (name, model) in [
            ("kimi-for-coding", "kimi-k2.7-code"),
            ("kimi-for-coding-highspeed", "kimi-k2.7-code"),
            ("k3-256k", "kimi-k3"),
            ("kimi-k2.6", "kimi-k2.6"),
            ("deepseek-v4-pro", "deepseek-v4-pro"),
        ] {
            assert_eq!(moonshot_name(name), model);
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
            ("grok-4.5", Some(3)),
            ("grok-4.6", Some(4)),
            ("xai.grok-4.6", Some(4)),
            ("grok-4.20-multi-agent-0309", Some(4)),
            ("grok-4.7", Some(4)),
            ("grok-latest", None),
            ("grok-5", None),
            ("gpt-5.2", None),
        ] {
            assert_eq!(grok_efforts(model).map(<[_]>::len), efforts, "{model}");
        }
    }
}
