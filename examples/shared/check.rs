//! A check that may fail with a reason, and the tally of all of them: for programs that are nothing but checks.

use std::fmt::{Debug, Display};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

/// What is wrong; empty when nothing is.
pub type Outcome = Result<(), String>;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// No check takes longer: a hang is a failure too.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many checks held and how many did not.
#[derive(Debug, Default)]
pub struct Checks {
    filter: String,
    passed: usize,
    failed: usize,
}

impl Checks {
    /// Runs only those with `filter` in their title.
    #[must_use]
    pub fn with_filter(mut self, filter: String) -> Self {
        self.filter = filter;
        self
    }

    /// Runs one and says in one line how it went.
    pub async fn run(&mut self, title: &str, check: impl Future<Output = Outcome>) {
        if !title.contains(&self.filter) {
            return;
        }
        let started = Instant::now();
        let outcome =
            tokio::time::timeout(DEADLINE, check).await.unwrap_or(Err(format!("hangs for {DEADLINE:?}")));
        let took = started.elapsed().as_millis();
        match outcome {
            Ok(()) => {
                self.passed += 1;
                anstream::println!("{GOOD}✓{GOOD:#} {title} ({took} ms)");
            }
            Err(reason) => {
                self.failed += 1;
                anstream::println!("{BAD}✗ {title}: {reason}{BAD:#}");
            }
        }
    }

    /// Says how many held; 0 when all did, else 1.
    #[must_use]
    pub fn close(self) -> ExitCode {
        anstream::println!("{} passed, {} failed", self.passed, self.failed);
        self.exit_code()
    }

    /// 0 when all held, else 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Holds when `found` is `expected`.
///
/// # Errors
/// Both values, and what they are.
pub fn equal<T: PartialEq + Debug>(what: impl Display, found: T, expected: T) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

/// Holds when `condition` does.
///
/// # Errors
/// `what`, which says what is wrong otherwise.
pub fn holds(what: impl Display, condition: bool) -> Outcome {
    if condition { Ok(()) } else { Err(what.to_string()) }
}

/// An error in its own words, as the reason of a check.
#[must_use]
pub fn reason(error: impl Display) -> String {
    error.to_string()
}
