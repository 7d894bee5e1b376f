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
    // Offered alone, it is forced by forcing any.
    ("named", "/tool_choice=\"required\""),
    ("effort", "~/reasoning_effort=\"high\""),
    ("no_effort", "~/reasoning_effort=\"low\""),
];

/// It takes a name for no choice at all: a tool that is offered alone is forced by forcing any.
pub(super) const LLAMA_CPP: Fates = &[("named", "/tool_choice=\"required\"")];

pub(super) const LM_STUDIO: Fates = &[("json", "refused"), ("named", "/tool_choice=\"required\"")];

pub(super) const MINIMAX: Fates =
    &[("effort", "~/thinking={\"type\":\"adaptive\"}"), ("no_effort", "/thinking={\"type\":\"disabled\"}")];

/// Those that always think.
pub(super) const MINIMAX_M2: Fates =
    &[("effort", "~/thinking={\"type\":\"adaptive\"}"), ("no_effort", "~/thinking={\"type\":\"adaptive\"}")];

pub(super) const MINIMAX_ANTHROPIC: Fates = &[("effort", "~/thinking={\"type\":\"adaptive\"}")];

pub(super) const DATABRICKS_CLAUDE: Fates =
    &[("effort", "/thinking={\"type\":\"enabled\",\"budget_tokens\":2048}"), ("no_effort", "silent")];

pub(super) const GROQ: Fates =
    &[("logprobs", "lost"), ("own_logprobs", "lost"), ("no_effort", "~/reasoning_effort=\"low\"")];

pub(super) const GROQ_LLAMA: Fates =
    &[("logprobs", "lost"), ("own_logprobs", "lost"), ("schema", "~/response_format/json_schema/schema")];

/// They ignore sampling.
pub(super) const UNSAMPLED: Fates = &[
    ("presence", "lost"),
    ("frequency", "lost"),
    ("temperature", "lost"),
    ("top_p", "lost"),
    ("top_k", "lost"),
    ("effort", "/generationConfig/thinkingConfig/thinkingLevel=\"MEDIUM\""),
    ("no_effort", "~/generationConfig/thinkingConfig/thinkingLevel=\"LOW\""),
];
