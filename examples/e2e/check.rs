//! A rig for each check, and clients of it.

use tempfile::TempDir;
use toolgate::{Answer, ChatModel, Config, Toolgate};
use toolgate_examples::rig::{self, Client};
use toolgate_testkit::{Rig, RigSettings};

use crate::canary;

pub(crate) use toolgate_examples::check::{Checks, Outcome, equal, holds};

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

impl Drop for Bench {
    /// What was recorded is searched, however the check went.
    fn drop(&mut self) {
        for entry in std::fs::read_dir(self.folder.path()).into_iter().flatten().flatten() {
            canary::record(&std::fs::read_to_string(entry.path()).unwrap_or_default());
        }
    }
}

pub(crate) fn open(config: Config) -> Result<Toolgate, String> {
    canary::show(&config);
    let toolgate = Toolgate::open(config).map_err(|error| error.to_string());
    canary::show(&toolgate);
    toolgate
}

pub(crate) fn model(toolgate: &Toolgate, id: &str) -> Result<ChatModel, String> {
    toolgate.model(Some(id)).map_err(|error| error.to_string())
}

/// The answer of the first scripted model.
pub(crate) async fn ask(toolgate: &Toolgate, question: &str) -> Result<Answer, String> {
    let model = model(toolgate, rig::MODELS[0])?;
    let answer = toolgate.chat(&model, question).await;
    canary::show(&answer);
    answer.map_err(|error| {
        canary::show(error.to_string());
        error.to_string()
    })
}
