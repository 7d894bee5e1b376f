//! The log as its users see it: written, reopened, tampered with, verified.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod tamper;
mod write;

use toolgate_audit_log::{Decision, Digest, Entry, Verdict};

fn decision(number: usize) -> Entry {
    let verdict = if number.is_multiple_of(2) { Verdict::Allowed } else { Verdict::Denied };
    Entry::Decision(Decision::new(format!("r{number}"), "tool", verdict, "rule", Digest::of(b"{}")))
}
