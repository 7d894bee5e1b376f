//! Counts of tokens: of the answer, and of what was done beside it.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::dialect::lenient::{Count, Text, fitting};

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Usage {
    pub(in crate::dialect::anthropic_messages) input_tokens: Count,
    pub(in crate::dialect::anthropic_messages) output_tokens: Count,
    pub(in crate::dialect::anthropic_messages) cache_creation_input_tokens: Count,
    pub(in crate::dialect::anthropic_messages) cache_read_input_tokens: Count,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::anthropic_messages) output_tokens_details: Option<OutputDetails>,
    #[serde(rename = "iterations", deserialize_with = "beside")]
    pub(in crate::dialect::anthropic_messages) beside: Option<Beside>,
}

impl Usage {
    /// Takes over what a later count says: counts are of the whole answer so far.
    pub(in crate::dialect::anthropic_messages) fn update(&mut self, later: Self) {
        // Hosts that know their cache at the end only (Alibaba, Moonshot) count all as fresh at the start, and may be left with
        // nothing fresh.
        let knows_cache = [later.cache_read_input_tokens, later.cache_creation_input_tokens]
            .iter()
            .any(|count| count.0.is_some_and(|count| count > 0));
        if knows_cache && later.input_tokens.0.is_some() {
            self.input_tokens = later.input_tokens;
        }
        self.input_tokens.update(later.input_tokens);
        self.output_tokens.update(later.output_tokens);
        self.cache_creation_input_tokens.update(later.cache_creation_input_tokens);
        self.cache_read_input_tokens.update(later.cache_read_input_tokens);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
        self.beside = later.beside.or(self.beside);
    }
}

/// What was counted beside the counts of the answer, which leave it out: compactions and advice of another model
/// (Anthropic's documentation of compaction and of the advisor tool).
#[derive(Default, Clone, Copy)]
pub(in crate::dialect::anthropic_messages) struct Beside {
    /// With what was read from the cache and put into it.
    pub(in crate::dialect::anthropic_messages) input: u64,
    pub(in crate::dialect::anthropic_messages) output: u64,
    pub(in crate::dialect::anthropic_messages) cache_read: u64,
    pub(in crate::dialect::anthropic_messages) cache_write: u64,
}

/// One of the runs of a model that an answer took.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Iteration<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    input_tokens: Count,
    output_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
}

fn beside<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Beside>, D::Error> {
    let Some(raw) = Option::<&RawValue>::deserialize(deserializer)? else { return Ok(None) };
    let runs: Vec<Iteration<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
    let mut all = None;
    for run in runs.iter().filter(|run| matches!(&*run.r#type, "compaction" | "advisor_message")) {
        let [fresh, output, read, written] = [
            run.input_tokens,
            run.output_tokens,
            run.cache_read_input_tokens,
            run.cache_creation_input_tokens,
        ]
        .map(|count| count.0.unwrap_or_default());
        let sum: &mut Beside = all.get_or_insert_default();
        sum.input = [fresh, read, written].into_iter().fold(sum.input, u64::saturating_add);
        sum.output = sum.output.saturating_add(output);
        sum.cache_read = sum.cache_read.saturating_add(read);
        sum.cache_write = sum.cache_write.saturating_add(written);
    }
    Ok(all)
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct OutputDetails {
    pub(in crate::dialect::anthropic_messages) thinking_tokens: Count,
}
