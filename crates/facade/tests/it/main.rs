//! The whole against a rig: what the gate lets through, what it records, and what stops everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod authorization;
mod conversation;
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
mod policy;
mod programs;
mod record;
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
        let mut config = Config::from_environment(Environment::from_iter([
            ("OAUTH_TOKEN_URL", self.rig.token_url()),
            ("OAUTH_CLIENT_ID", "openai-mcp-client".to_owned()),
            ("OAUTH_CLIENT_SECRET", "openai-client-secret".to_owned()),
            ("MCP_SERVER_URL", self.rig.mcp_url()),
            ("TLS_CA_CERT_PATH", self.rig.ca_path().display().to_string()),
            ("OPENAI_BASE_URL", self.rig.models().openai_base_url()),
            ("OPENAI_API_KEY", "sk-openai-rig".to_owned()),
            ("OPENAI_MODEL", "gpt-rig".to_owned()),
            ("ANTHROPIC_BASE_URL", self.rig.models().anthropic_base_url()),
            ("ANTHROPIC_API_KEY", "sk-ant-rig".to_owned()),
            ("GEMINI_BASE_URL", self.rig.models().gemini_base_url()),
            ("GEMINI_API_KEY", "gemini-key".to_owned()),
            ("OPENAI_RESPONSES_BASE_URL", self.rig.models().openai_base_url()),
            ("OPENAI_RESPONSES_API_KEY", "sk-openai-rig".to_owned()),
            ("COHERE_BASE_URL", self.rig.models().anthropic_base_url()),
            ("COHERE_API_KEY", "cohere-rig".to_owned()),
            ("MISTRAL_BASE_URL", self.rig.models().mistral_base_url()),
            ("MISTRAL_API_KEY", "mistral-rig".to_owned()),
            ("OLLAMA_BASE_URL", self.rig.models().anthropic_base_url()),
        ]));
        config.audit.file = self.audit();
        config
    }
}

async fn ask(config: Config, question: &str) -> Result<Answer, ChatError> {
    let toolgate = Toolgate::open(config).unwrap();
    toolgate.chat(&toolgate.model(None).unwrap(), question).await
}
