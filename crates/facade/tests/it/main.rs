//! The whole against a rig: what the gate lets through, what it records, and what stops everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod authorization;
mod binding;
mod conversation;
mod declined;
mod dropped;
mod embeddings;
mod failover;
mod faults;
mod form;
mod gate;
mod health;
mod limits;
mod lock;
mod metrics;
#[cfg(feature = "otel")]
mod otel;
mod own_tools;
mod policy;
mod programs;
mod record;
mod recording;
mod reload;
mod results;
mod stream;
mod tokens;

use std::path::PathBuf;

use tempfile::TempDir;
use toolgate::{Answer, ChatError, Config, Environment, Toolgate};
use toolgate_testkit::{Rig, RigSettings};

/// A rig and a place for audit files.
struct Bench {
    rig: Rig,
    folder: TempDir,
}

impl Bench {
    async fn start() -> Self {
        Self { rig: Rig::start(RigSettings::default()).await, folder: tempfile::tempdir().unwrap() }
    }

    fn audit(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    fn config(&self) -> Config {
        let mut config = Config::from_environment(Environment::from_iter(self.rig.environment()));
        config.audit.file = self.audit();
        config
    }
}

async fn ask(config: Config, question: &str) -> Result<Answer, ChatError> {
    let toolgate = Toolgate::open(config).unwrap();
    toolgate.chat(&toolgate.model(None).unwrap(), question).await
}
