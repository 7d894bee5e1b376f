//! Claude, by its names at all its hosts.

use crate::{Dialect, Provider, Quirk};

/// Whether a Claude answers: by its name wherever it is hosted, or because its host has no others.
pub(in crate::dialect) fn is_claude(provider: &Provider, model: &str) -> bool {
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
pub(in crate::dialect) fn claude_version(model: &str) -> Option<(u8, u8)> {
    let (_, rest) = model.split_once("claude")?;
    let parts = rest.split(['-', '.', '@', ':', '/']);
    // Dates are longer.
    let mut numbers =
        parts.map_while(|part| (part.len() < 8).then_some(part)).filter_map(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

/// How a Claude is told not to think ("Adaptive thinking"; the API names the way where it refuses another).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Unthinking {
    Disabled,
    /// It thinks between calls of tools alone.
    BetweenTools,
    /// Not at all: it thinks always.
    Never,
}

pub(in crate::dialect) fn claude_unthinking(model: &str) -> Unthinking {
    let is = |kind: &str| model.contains(kind);
    match claude_version(model) {
        Some((5, 5)) if is("claude-sonnet") => Unthinking::BetweenTools,
        Some((5, 5)) if is("claude-opus") => Unthinking::Never,
        _ if is("claude-fable") || is("claude-mythos") => Unthinking::Never,
        _ => Unthinking::Disabled,
    }
}

/// Whether a Claude can be forced to call a tool ("Forcing tool use", its table of models).
pub(in crate::dialect) fn is_forced_claude(model: &str) -> bool {
    let is = |kind: &str| model.contains(kind);
    match claude_version(model) {
        Some((5, 5..)) => !is("claude-opus") && !is("claude-sonnet"),
        Some((5, 1..)) => !is("claude-fable") && !is("claude-mythos"),
        _ => true,
    }
}

/// Whether a Claude leaves the text of its thoughts out of an answer, unless it is told to show it ("Thinking", `display`): from 4.7
/// on, and the preview of Mythos.
pub(in crate::dialect) fn omits_thoughts(model: &str) -> bool {
    claude_version(model) >= Some((4, 7)) || model.contains("claude-mythos")
}

/// Whether a Claude checks that nothing has changed before a thought of its own ("Preserved thinking"): from 5.1 on, but for the
/// Mythos of that version.
pub(in crate::dialect) fn is_binding_claude(model: &str) -> bool {
    match claude_version(model) {
        Some((5, 1)) => !model.contains("claude-mythos"),
        version => version >= Some((5, 1)),
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
}
