//! The models at Alibaba, its own and those of others: which think always ("Deep thinking", thinking-only mode).

/// Parts of their names.
const ALWAYS: [&str; 9] = [
    "qwq",
    "qvq",
    "-thinking",
    "qwen3.8-max-preview",
    "deepseek-r1",
    "kimi-k2.7",
    "kimi-k3",
    "minimax-m2",
    "glm-5.3",
];

/// Whether a model there refuses to be told not to think: "The value of the enable_thinking parameter is restricted to True."
pub(in crate::dialect) fn always_thinks_at_alibaba(model: &str) -> bool {
    let name = model.to_ascii_lowercase();
    ALWAYS.iter().any(|kind| name.contains(kind))
}
