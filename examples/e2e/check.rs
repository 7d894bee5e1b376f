//! A check that may fail with a reason, and the tally of all of them.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use tempfile::TempDir;
use toolgate::{Answer, ChatModel, Config, Toolgate};
use toolgate_examples::rig::{self, Client};
use toolgate_testkit::{Rig, RigSettings};

/// What is wrong; empty when nothing is.
pub(crate) type Outcome = Result<(), String>;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// No check takes longer: a hang is a failure too.
const DEADLINE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Checks {
    passed: usize,
    failed: usize,
}

impl Checks {
    pub(crate) async fn run(&mut self, title: &str, check: impl Future<Output = Outcome>) {
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

    pub(crate) fn close(self) -> ExitCode {
        anstream::println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A rig and the folder of its audit files.
pub(crate) struct Bench {
    pub(crate) rig: Rig,
    folder: TempDir,
}

impl Bench {
    pub(crate) async fn start(settings: RigSettings) -> Result<Self, String> {
        Ok(Self {
            rig: Rig::start(settings).await,
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
        })
    }

    pub(crate) fn config(&self, client: Client) -> Config {
        rig::config(&self.rig, client, &self.folder.path().join(format!("{}.audit.jsonl", client.id)))
    }

    pub(crate) fn open(&self, client: Client) -> Result<Toolgate, String> {
        open(self.config(client))
    }
}

pub(crate) fn open(config: Config) -> Result<Toolgate, String> {
    Toolgate::open(config).map_err(|error| error.to_string())
}

pub(crate) fn model(toolgate: &Toolgate, id: &str) -> Result<ChatModel, String> {
    toolgate.model(Some(id)).map_err(|error| error.to_string())
}

/// The answer of the first scripted model.
pub(crate) async fn ask(toolgate: &Toolgate, question: &str) -> Result<Answer, String> {
    let model = model(toolgate, rig::MODELS[0])?;
    toolgate.chat(&model, question).await.map_err(|error| error.to_string())
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(what: impl Display, found: T, expected: T) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

pub(crate) fn holds(what: impl Display, condition: bool) -> Outcome {
    if condition { Ok(()) } else { Err(what.to_string()) }
}
