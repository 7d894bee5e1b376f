//! `toolgate audit`: whether an audit file is whole, what it holds, and its records for other programs.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use toolgate::audit::{self, Entry, Filter, Record, Report, Verdict};

use crate::args::AuditShow;
use crate::columns;
use crate::failure::Failure;
use crate::say::{self, say, tell};
use crate::style::{BAD, GOOD, in_row};
use crate::wait::wait_apart;

/// At a terminal that is narrower, why stands under its record.
const WIDE: usize = 120;

pub(crate) async fn verify(file: PathBuf, key: Option<&Path>, as_json: bool) -> Result<(), Failure> {
    let signer = key.map(audit::CheckpointVerifier::from_file).transpose().map_err(Failure::setup)?;
    let path = file.clone();
    let report = wait_apart(&file.display().to_string(), move || {
        let report = match &signer {
            Some(signer) => audit::verify_signed(&path, signer),
            None => audit::verify(&path),
        };
        report.map_err(Failure::setup)
    })
    .await?;
    if as_json {
        say!("{}", as_object(&report, key.is_some()));
    } else {
        tell_report(&report, key.is_some());
    }
    if report.is_intact() {
        return Ok(());
    }
    let faults = u64::try_from(report.faults.len()).unwrap_or(u64::MAX).saturating_add(report.more_faults);
    let faults = if faults == 1 { "1 fault".to_owned() } else { format!("{faults} faults") };
    Err(Failure::negative(format_args!("{} is not as it was written: {faults}", file.display())))
}

fn tell_report(report: &Report, with_key: bool) {
    for fault in &report.faults {
        say!("{BAD}✗{BAD:#} {fault}");
    }
    if report.more_faults > 0 {
        say!("{BAD}✗{BAD:#} {} more after the hundredth are not shown", report.more_faults);
    }
    say!("{} records: {} allowed, {} denied", report.records, report.allowed, report.denied);
    say!("last record {}, hash {}", report.seq, report.hash);
    if with_key {
        say!("signed up to record {}", report.signed);
    }
    if report.is_intact() {
        say!("{GOOD}✓{GOOD:#} the chain is whole");
    }
}

fn as_object(report: &Report, with_key: bool) -> Value {
    let fault = |found: &audit::Located| json!({ "file": found.file.display().to_string(), "fault": found.fault.to_string() });
    json!({
        "ok": report.is_intact(),
        "records": report.records,
        "allowed": report.allowed,
        "denied": report.denied,
        "last_record": report.seq,
        "hash": report.hash,
        "signed": with_key.then_some(report.signed),
        "faults": report.faults.iter().map(fault).collect::<Vec<_>>(),
        "more_faults": report.more_faults,
    })
}

pub(crate) fn show(asked: AuditShow) -> Result<(), Failure> {
    let all = !asked.denied && [&asked.tool, &asked.since, &asked.caller].iter().all(|one| one.is_none());
    let mut filter = Filter::new();
    if asked.denied {
        filter = filter.with_denied_only();
    }
    if let Some(tool) = asked.tool {
        filter = filter.with_tool(tool);
    }
    if let Some(since) = asked.since {
        // A date is its first moment.
        let since = if since.len() == "2026-11-24".len() { format!("{since}T00:00:00Z") } else { since };
        filter = filter.with_since(&since).map_err(Failure::setup)?;
    }
    let mut calls = asked.caller.map(CallsFor::of);
    let mut shown = 0_usize;
    for record in audit::read(&asked.file, filter).map_err(Failure::setup)? {
        let record = record.map_err(unreadable)?;
        if say::is_unread() {
            break;
        }
        if calls.as_mut().is_none_or(|calls| calls.take(&record.entry)) {
            row(&record);
            shown += 1;
        }
    }
    match shown {
        0 if all => tell!("{} holds no record", asked.file.display()),
        0 => tell!("no record of {} is like that", asked.file.display()),
        _ => {}
    }
    Ok(())
}

/// A record that was tampered with is an answer; a file that cannot be read is none.
fn unreadable(error: audit::AuditError) -> Failure {
    match error {
        audit::AuditError::Broken(_) => Failure::negative(error),
        _ => Failure::setup(error),
    }
}

/// How many calls of one caller may be under way at once: far more than a server lets in. Of a call whose outcome is missing,
/// as when the process was killed, nothing is kept for ever, so that a log may be larger than the memory.
const UNDER_WAY: usize = 1 << 16;

/// The calls that were made for one caller: a decision names it, and its outcome follows.
struct CallsFor {
    caller: String,
    under_way: HashSet<String>,
    /// The same and those that have ended, in their order.
    begun: VecDeque<String>,
}

impl CallsFor {
    fn of(caller: String) -> Self {
        Self { caller, under_way: HashSet::new(), begun: VecDeque::new() }
    }

    fn begins(&mut self, request: &str) {
        if self.begun.len() == UNDER_WAY {
            self.begun.retain(|request| self.under_way.contains(request));
            let oldest = self.begun.len().saturating_sub(UNDER_WAY / 2);
            for request in self.begun.drain(..oldest) {
                self.under_way.remove(&request);
            }
        }
        self.begun.push_back(request.to_owned());
        self.under_way.insert(request.to_owned());
    }

    fn take(&mut self, entry: &Entry) -> bool {
        match entry {
            Entry::Decision(decision) => {
                let names = decision.caller.iter().flat_map(|caller| [&caller.subject, &caller.client]);
                let theirs = names.flatten().any(|name| *name == self.caller);
                if theirs && decision.verdict == Verdict::Allowed {
                    self.begins(&decision.request);
                }
                theirs
            }
            Entry::Outcome(outcome) => self.under_way.remove(&outcome.request),
            _ => false,
        }
    }
}

fn row(record: &Record) {
    let (colour, what, tool, why) = match &record.entry {
        Entry::Decision(decision) => {
            let mut why = decision.reason.clone().unwrap_or_else(|| format!("rule {}", decision.rule));
            if let Some(caller) = &decision.caller {
                why.push_str(&format!(", for {caller}"));
            }
            match decision.verdict {
                Verdict::Allowed => (GOOD, "allowed".to_owned(), &decision.tool, why),
                Verdict::Denied => (BAD, "denied".to_owned(), &decision.tool, why),
            }
        }
        Entry::Outcome(outcome) => {
            let colour = if outcome.outcome == audit::OutcomeKind::Succeeded { GOOD } else { BAD };
            let why = outcome.error.clone().unwrap_or_default();
            let kind = match outcome.outcome {
                audit::OutcomeKind::Succeeded => "succeeded",
                audit::OutcomeKind::ToolError => "tool error",
                audit::OutcomeKind::Failed => "failed",
                // After it was sent: it may have happened.
                _ => "unknown",
            };
            let (whole, part) = (outcome.duration_us / 1000, outcome.duration_us % 1000 / 100);
            let what = format!("{kind} in {whole}.{part} ms");
            (colour, what, &outcome.tool, why)
        }
        Entry::Checkpoint(checkpoint) => {
            let why = format!("records up to {}", checkpoint.signed_seq);
            (GOOD, "signed".to_owned(), &checkpoint.key, why)
        }
        _ => return,
    };
    let (seq, time, tool, why) = (record.seq, &record.time, in_row(tool), in_row(&why));
    let row = format!("{seq:>6}  {time:27}  {colour}{what:23}{colour:#}  ");
    if columns::width().is_none_or(|width| width >= WIDE) {
        say!("{row}{}", format!("{tool:24}  {why}").trim_end());
    } else {
        say!("{row}{tool}");
        if !why.is_empty() {
            say!("{:8}{}", "", columns::hanging(&why, 8));
        }
    }
}

pub(crate) fn export_otlp(file: &Path) -> Result<(), Failure> {
    for record in audit::read(file, Filter::new()).map_err(Failure::setup)? {
        let line = record.and_then(|record| record.to_otlp_json()).map_err(unreadable)?;
        say!("{line}");
        if say::is_unread() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use toolgate::audit::{Caller, Decision, Digest, Outcome, OutcomeKind};

    use super::*;

    #[test]
    fn calls_without_an_outcome_are_not_kept_for_ever() {
        let decided = |number: usize| {
            let request = format!("r{number}");
            let mut decision = Decision::new(&request, "t", Verdict::Allowed, "t", Digest::of(b"{}"));
            decision.caller = Some(Caller { subject: Some("ann".into()), client: None });
            Entry::Decision(decision)
        };
        let ended = |number: usize| {
            let kind = OutcomeKind::Succeeded;
            Entry::Outcome(Outcome::new(format!("r{number}"), "t", kind, std::time::Duration::ZERO))
        };
        let mut calls = CallsFor::of("ann".to_owned());
        assert!(calls.take(&decided(0)), "a slow one");
        for number in 1..4 * UNDER_WAY {
            assert!(calls.take(&decided(number)) && calls.take(&ended(number)));
        }
        assert!(calls.under_way.len() == 1 && calls.begun.len() <= UNDER_WAY);
        assert!(calls.take(&ended(0)), "other calls do not make it forgotten");
        assert!(!calls.take(&ended(0)), "an outcome is one call's");
        for number in 0..4 * UNDER_WAY {
            calls.take(&decided(number));
            assert!(calls.under_way.len() <= UNDER_WAY && calls.begun.len() <= UNDER_WAY);
        }
        assert!(!calls.take(&ended(0)), "too many have begun since that never ended");
    }
}
