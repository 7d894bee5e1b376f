//! Settings of a toolgate client for a rig.

use std::path::{Path, PathBuf};

use toolgate::{Config, ModelProviderConfig};
use toolgate_testkit::Rig;

/// The scripted models, one of each dialect.
pub const MODELS: [&str; 8] = [
    "openai/gpt-rig",
    "anthropic/claude-rig",
    "gemini/gemini-rig",
    "openai_responses/gpt-rig",
    "cohere/command-rig",
    "mistral/small-rig",
    "ollama/llama-rig",
    "bedrock/nova-rig",
];

/// One of the rig's clients.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Its id.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
}

/// The client that holds all three scopes.
pub const FULL: Client = Client { id: "openai-mcp-client", secret: "openai-client-secret" };
/// A client that may not create tickets.
pub const LIMITED: Client = Client { id: "read-only-client", secret: "read-only-secret" };

/// The variables that a person would set to use `rig` as `client`.
#[must_use]
pub fn environment(rig: &Rig, client: Client) -> Vec<(&'static str, String)> {
    let client = [("OAUTH_CLIENT_ID", client.id), ("OAUTH_CLIENT_SECRET", client.secret)];
    let client = client.map(|(name, value)| (name, value.to_owned()));
    rig.environment().into_iter().chain(client).collect()
}

/// Settings to use `rig` as `client`, recording into `audit`. The real services whose keys are set in this process
/// are there too, as `live-openai` and `live-anthropic`.
#[must_use]
pub fn config(rig: &Rig, client: Client, audit: &Path) -> Config {
    let mut variables: Vec<(String, String)> =
        environment(rig, client).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut providers = Vec::new();
    for live in LIVE.iter() {
        let Some(key) = set(live.key) else { continue };
        variables.push((format!("LIVE_{}", live.key), key));
        let mut provider = ModelProviderConfig::default();
        provider.base_url = Some(live.base_url.to_owned());
        provider.dialect = Some(live.dialect.to_owned());
        providers.push((live.id.to_owned(), provider));
    }
    let mut config = Config::from_environment(variables.into_iter().collect());
    config.providers.extend(providers);
    config.audit.file = PathBuf::from(audit);
    config
}

/// The real services whose keys are set in this process, as `provider/model`.
#[must_use]
pub fn live_models() -> Vec<String> {
    let keyed = LIVE.iter().filter(|live| set(live.key).is_some());
    keyed
        .map(|live| format!("{}/{}", live.id, set(live.model).as_deref().unwrap_or(live.default_model)))
        .collect()
}

/// A real service.
struct Live {
    id: &'static str,
    key: &'static str,
    model: &'static str,
    default_model: &'static str,
    base_url: &'static str,
    dialect: &'static str,
}

const LIVE: [Live; 2] = [
    Live {
        id: "live-openai",
        key: "OPENAI_API_KEY",
        model: "OPENAI_MODEL",
        default_model: "gpt-5-mini",
        base_url: "https://api.openai.com/v1",
        dialect: "openai_chat",
    },
    Live {
        id: "live-anthropic",
        key: "ANTHROPIC_API_KEY",
        model: "ANTHROPIC_MODEL",
        default_model: "claude-sonnet-4-5",
        base_url: "https://api.anthropic.com",
        dialect: "anthropic_messages",
    },
];

fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
