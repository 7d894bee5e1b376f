//! Tool calls for people: which, what was decided and why, what came of it.

use std::time::Duration;

use toolgate::{Decision, Passage, ToolCall};

use crate::style::{BAD, FAINT, GOOD, in_row, plain};

/// How many characters of a call are shown: enough to recognise it. The record has a hash of all of them.
const SHOWN: usize = 1000;

/// A call that has ended.
pub(super) fn passage(passage: &Passage) -> String {
    let error = passage.failure.as_ref().map(ToString::to_string);
    ended(&passage.call, &passage.decision, error.as_deref(), passage.duration)
}

/// A call that nobody waited for to its end.
pub(super) fn given_up(call: &ToolCall) -> String {
    format!("{BAD}!{BAD:#} {}\n  given up before it had ended: it may have run", asked(call))
}

/// A call that has ended, from its parts; `error` where it was allowed and something went wrong.
pub(super) fn ended(call: &ToolCall, decision: &Decision, error: Option<&str>, took: Duration) -> String {
    let shown = asked(call);
    match (&decision.denial, error) {
        (Some(denial), _) => {
            let remedy = decision.remedy();
            let remedy = remedy.map_or_else(String::new, |remedy| format!("\n  {FAINT}{remedy}{FAINT:#}"));
            format!("{BAD}✗{BAD:#} {shown}\n  {}{remedy}", shortened(in_row(&denial.to_string())))
        }
        (None, Some(error)) => format!("{BAD}!{BAD:#} {shown}\n  {}", shortened(in_row(error))),
        (None, None) => {
            let milliseconds = took.as_secs_f64() * 1000.0;
            let rule = plain(&decision.rule);
            format!("{GOOD}✓{GOOD:#} {shown}  {FAINT}rule {rule} · {milliseconds:.1} ms{FAINT:#}")
        }
    }
}

/// What was asked for, in a row.
fn asked(call: &ToolCall) -> String {
    shortened(in_row(format!("{} {}", call.name, call.raw_arguments).trim_end()))
}

/// As much of `text` as is shown, and how much there is where that is not all.
fn shortened(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((end, _)) => {
            let all = text.chars().count();
            format!("{}… ({all} characters)", text.get(..end).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_with_a_book_in_it_is_shown_by_its_beginning() {
        assert_eq!(shortened("naïve".to_owned()), "naïve");
        let shown = shortened("ï".repeat(5000));
        assert!(shown.ends_with("ïï… (5000 characters)") && shown.chars().count() < 1030, "{shown}");
    }
}
