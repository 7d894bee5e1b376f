//! Tool calls for people: which, what was decided and why, what came of it.

use std::time::Duration;

use toolgate::{Decision, Passage, ToolCall};

use crate::style::{BAD, FAINT, GOOD, in_row, plain};

/// A call that has ended.
pub(super) fn passage(passage: &Passage) -> String {
    let error = passage.failure.as_ref().map(ToString::to_string);
    ended(&passage.call, &passage.decision, error.as_deref(), passage.duration)
}

/// The same from its parts; `error` where it was allowed and something went wrong.
pub(super) fn ended(call: &ToolCall, decision: &Decision, error: Option<&str>, took: Duration) -> String {
    let shown = in_row(&format!("{} {}", call.name, call.raw_arguments));
    match (&decision.denial, error) {
        (Some(denial), _) => {
            let remedy = decision.remedy();
            let remedy = remedy.map_or_else(String::new, |remedy| format!("\n  {FAINT}{remedy}{FAINT:#}"));
            format!("{BAD}✗{BAD:#} {shown}\n  {}{remedy}", plain(&denial.to_string()))
        }
        (None, Some(error)) => format!("{BAD}!{BAD:#} {shown}\n  {}", plain(error)),
        (None, None) => {
            let milliseconds = took.as_secs_f64() * 1000.0;
            let rule = plain(&decision.rule);
            format!("{GOOD}✓{GOOD:#} {shown}  {FAINT}rule {rule} · {milliseconds:.1} ms{FAINT:#}")
        }
    }
}
