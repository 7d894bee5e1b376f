//! What becomes of options at hosts that have a switch for thinking, or choices of their own.

use super::Fates;

pub(super) const DEEPSEEK: Fates = &[
    ("schema", "refused"),
    ("effort", "~/reasoning_effort=\"high\""),
    ("no_effort", "/thinking={\"type\":\"disabled\"}"),
];

/// It thinks unasked, and says of these that they have no effect.
pub(super) const THINKING_DEEPSEEK: Fates = &[
    ("schema", "refused"),
    ("temperature", "lost"),
    ("top_p", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("required", "~/tool_choice"),
    ("named", "~/tool_choice/function/name"),
    ("effort", "~/thinking={\"type\":\"enabled\"}"),
    ("no_effort", "/thinking={\"type\":\"disabled\"}"),
];

pub(super) const ALIBABA: Fates =
    &[("effort", "/thinking_budget=2048"), ("no_effort", "/enable_thinking=false")];

pub(super) const SWITCHED: Fates =
    &[("effort", "~/thinking={\"type\":\"enabled\"}"), ("no_effort", "/thinking={\"type\":\"disabled\"}")];

pub(super) const META: Fates = &[("none", "dropped"), ("required", "refused"), ("named", "refused")];

pub(super) const ZAI: Fates = &[
    ("schema", "refused"),
    ("none", "dropped"),
    ("required", "refused"),
    ("named", "refused"),
    ("effort", "~/thinking={\"type\":\"enabled\"}"),
    ("no_effort", "/thinking={\"type\":\"disabled\"}"),
];

pub(super) const KIMI: Fates = &[
    ("temperature", "lost"),
    ("top_p", "lost"),
    ("presence", "lost"),
    ("frequency", "lost"),
    ("named", "refused"),
    ("effort", "~/reasoning_effort=\"high\""),
    ("no_effort", "~/reasoning_effort=\"low\""),
];
