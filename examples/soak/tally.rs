//! What came of it all, and whether that is as it must be.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use toolgate::audit;
use toolgate::{Answer, ChatError, ChatFailure, Denial, Passage};

use crate::memory::Memory;

/// How many wrong things are told one by one.
const TOLD: usize = 10;
/// Of a hundred conversations, at least so many are answered by a tool that answered well: else the accidents are all that
/// was tested.
const WELL: u64 = 90;

#[derive(Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    answered: u64,
    /// Conversations that ended with an error, by what it was.
    failed: BTreeMap<String, u64>,
    /// Passages of the gate that were allowed, and of these the ones that the tool answered well.
    allowed: u64,
    succeeded: u64,
    denied: u64,
    /// Those that were denied, by why.
    denials: BTreeMap<String, u64>,
    wrong: Vec<String>,
}

impl Tally {
    pub(crate) fn answered(&self, customer: &str, answer: &Answer) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.answered += 1;
        counts.passages(customer, &answer.passages);
        let well = answer.passages.iter().any(|passage| !passage.result.is_error);
        if answer.passages.len() != 1 || (well && !is_about(customer, &answer.text)) {
            counts.wrong.push(format!("{customer} was answered: {}", answer.text));
        }
    }

    pub(crate) fn failed(&self, customer: &str, error: &ChatError) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.passages(customer, &error.passages);
        let kind = match &error.failure {
            ChatFailure::Model(error) => format!("the model: {:?}", error.kind()),
            ChatFailure::Mcp(error) => kind(&format!("the tools could not be listed: {error}")),
            other => {
                counts.wrong.push(format!("{customer} failed: {other}"));
                "other".to_owned()
            }
        };
        *counts.failed.entry(kind).or_default() += 1;
    }

    /// Says everything, and fails where something is not as it must be.
    pub(crate) fn conclude(&self, file: &Path, memory: &Memory) -> Result<ExitCode, Box<dyn Error>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        println!("answered: {}", counts.answered);
        for (kind, number) in &counts.failed {
            println!("failed, {kind}: {number}");
        }
        println!(
            "tool calls: {} allowed ({} of them answered well), {} denied",
            counts.allowed, counts.succeeded, counts.denied
        );
        for (kind, number) in &counts.denials {
            println!("denied, {kind}: {number}");
        }
        counts.compare(file)?;
        println!("{memory}");
        let ended = counts.answered + counts.failed.values().sum::<u64>();
        if counts.succeeded * 100 < ended * WELL {
            let wrong = format!("of {ended} conversations only {} had a good call", counts.succeeded);
            counts.wrong.push(wrong);
        }
        if !memory.is_flat() {
            counts.wrong.push("the memory grew".to_owned());
        }
        println!("wrong: {}", counts.wrong.len());
        counts.wrong.iter().take(TOLD).for_each(|wrong| println!("  {wrong}"));
        Ok(if counts.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Counts {
    fn passages(&mut self, customer: &str, passages: &[Passage]) {
        for passage in passages {
            let is_allowed = passage.decision.is_allowed();
            self.allowed += u64::from(is_allowed);
            self.denied += u64::from(!is_allowed);
            if let Some(denial) = &passage.decision.denial {
                let why = match denial {
                    // What the model is told hides it.
                    Denial::NoToken { reason } => reason.clone(),
                    other => other.to_string(),
                };
                *self.denials.entry(kind(&why)).or_default() += 1;
            }
            if is_allowed && !passage.result.is_error {
                self.succeeded += 1;
                let result = passage.result.to_text(&passage.call.name);
                if !is_about(customer, &result) || !is_about(customer, &passage.call.raw_arguments) {
                    self.wrong.push(format!("{customer} got the result: {result}"));
                }
            }
        }
    }

    /// Every passage stands in the audit file: each decision, and for each allowed one an outcome.
    fn compare(&mut self, file: &Path) -> Result<(), Box<dyn Error>> {
        let report = audit::verify(file)?;
        let (mut outcomes, mut succeeded) = (0_u64, 0_u64);
        for line in BufReader::new(File::open(file)?).lines() {
            let line = line?;
            outcomes += u64::from(line.contains("\"outcome\":"));
            succeeded += u64::from(line.contains("\"outcome\":\"succeeded\""));
        }
        println!(
            "audit file: {} records, {} allowed, {} denied, {outcomes} outcomes, intact: {}",
            report.records,
            report.allowed,
            report.denied,
            report.is_intact()
        );
        let found = (report.allowed, report.denied, outcomes, succeeded);
        let expected = (self.allowed, self.denied, self.allowed, self.succeeded);
        if !report.is_intact() || found != expected {
            self.wrong.push(format!("the audit file has {found:?}, expected {expected:?}"));
        }
        Ok(())
    }
}

/// What many a message says, whatever numbers are in it.
fn kind(message: &str) -> String {
    message.replace(|letter: char| letter.is_ascii_digit(), "#")
}

/// Whether a text names this customer, and no other.
fn is_about(customer: &str, text: &str) -> bool {
    let is_customer = |word: &&str| {
        word.len() == customer.len()
            && word.strip_prefix('S').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let words = text.split(|between: char| !between.is_ascii_alphanumeric());
    let named: Vec<&str> = words.filter(is_customer).collect();
    !named.is_empty() && named.iter().all(|name| *name == customer)
}
