//! A rig for each check, and clients of it.

use tempfile::TempDir;
use toolgate::{Answer, ChatModel, Config, Toolgate};
use toolgate_examples::rig::{self, Client};
use toolgate_testkit::{Rig, RigSettings};

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
