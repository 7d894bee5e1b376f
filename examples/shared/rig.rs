//! Settings of a toolgate client for a rig.

use std::path::{Path, PathBuf};

use toolgate::{Config, Environment};
use toolgate_testkit::Rig;

/// The scripted models, one of each dialect.
pub const MODELS: [&str; 3] = ["openai/gpt-rig", "anthropic/claude-rig", "gemini/gemini-rig"];

/// One of the rig's clients.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Its id.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
}

/// The article's client, which holds all three scopes.
pub const FULL: Client = Client { id: "openai-mcp-client", secret: "openai-client-secret" };
/// A client that may not create tickets.
pub const LIMITED: Client = Client { id: "read-only-client", secret: "read-only-secret" };

/// The variables that a person would set to use `rig` as `client`.
#[must_use]
pub fn environment(rig: &Rig, client: Client) -> Vec<(&'static str, String)> {
    let models = rig.models();
    vec![
        ("OAUTH_TOKEN_URL", rig.token_url()),
        ("OAUTH_CLIENT_ID", client.id.to_owned()),
        ("OAUTH_CLIENT_SECRET", client.secret.to_owned()),
        ("MCP_SERVER_URL", rig.mcp_url()),
        ("TLS_CA_CERT_PATH", rig.ca_path().display().to_string()),
        ("OPENAI_BASE_URL", models.openai_base_url()),
        ("OPENAI_API_KEY", "sk-openai-rig".to_owned()),
        ("ANTHROPIC_BASE_URL", models.anthropic_base_url()),
        ("ANTHROPIC_API_KEY", "sk-ant-rig".to_owned()),
        ("GEMINI_BASE_URL", models.gemini_base_url()),
        ("GEMINI_API_KEY", "gemini-rig".to_owned()),
    ]
}

/// Settings to use `rig` as `client`, recording into `audit`.
#[must_use]
pub fn config(rig: &Rig, client: Client, audit: &Path) -> Config {
    let mut config = Config::from_environment(environment(rig, client).into_iter().collect::<Environment>());
    config.audit.file = PathBuf::from(audit);
    config
}

/// The real services whose keys are set in the environment of this process, as `provider/model`: they are asked too.
#[must_use]
pub fn live_models() -> Vec<String> {
    LIVE.iter()
        .filter(|(_, prefix, ..)| is_set(&format!("{prefix}_API_KEY")))
        .map(|(id, prefix, .., default)| {
            let model = std::env::var(format!("{prefix}_MODEL")).ok().filter(|model| !model.is_empty());
            format!("{id}/{}", model.as_deref().unwrap_or(default))
        })
        .collect()
}

/// Provider id, prefix of its variables, base URL, dialect, model when none is named.
const LIVE: [(&str, &str, &str, &str, &str); 2] = [
    ("live-openai", "OPENAI", "https://api.openai.com/v1", "openai_chat", "gpt-5-mini"),
    ("live-anthropic", "ANTHROPIC", "https://api.anthropic.com/v1", "anthropic_messages", "claude-sonnet-4-5"),
];
