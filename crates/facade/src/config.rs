//! Every setting of the whole, from three sources: `toolgate.toml`, the environment over it, code over both.
//!
//! Nothing here names a model in a security setting: changing the model changes no other line.

mod algorithms;
mod audit;
pub(crate) mod bounds;
mod environment;
mod error;
mod failover;
mod file;
mod mcp;
mod oauth;
mod program;
mod providers;
mod proxy;
mod respondent;
mod serve;
pub(crate) mod shown;
mod store;
mod telemetry;
mod text_file;
mod tls;
pub(crate) mod together;
mod tools;
mod wording;

pub(crate) use algorithms::algorithms;
pub use audit::{AuditConfig, Durable, OnFailure};
pub use environment::Environment;
pub use error::ConfigError;
pub use failover::{ErrorName, FailoverConfig, Reaction, RoutingConfig, ShortPromptsConfig, TargetConfig};
pub use file::read_toml;
pub use mcp::{ServerAddress, ServerConfig};
pub use oauth::{AcceptConfig, Authentication, OAuthConfig, SecretSource};
pub use program::ProgramConfig;
pub use providers::ModelProviderConfig;
pub use proxy::ProxyConfig;
pub use serve::{ServeAuthConfig, ServeConfig};
pub use store::StoreConfig;
pub use telemetry::TelemetryConfig;
pub(crate) use text_file::{LARGEST, read_text, text_of};
pub use tls::TlsSettings;
pub use tools::{Drift, ToolsConfig};

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::{Limits, Policy, Price};

/// All settings. Fields may be set directly; [`Config::load`] is what the `toolgate` command does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Config {
    /// Who the client is and where its tokens come from.
    pub oauth: OAuthConfig,
    /// The MCP servers by short name (`[mcp.crm]`).
    pub mcp: BTreeMap<String, ServerConfig>,
    /// What is trusted.
    pub tls: TlsSettings,
    /// The proxy that servers are reached through. Default none.
    pub proxy: ProxyConfig,
    /// Where the processes of a fleet share tokens and count calls together. Default nowhere.
    pub store: StoreConfig,
    /// Which tool needs which scopes. Without a `[policy]` section: [`Policy::rig`].
    #[serde(default = "Policy::rig")]
    pub policy: Policy,
    /// Which definitions of tools are approved.
    pub tools: ToolsConfig,
    /// The model that is asked when none is named, as `provider/model`.
    pub model: Option<String>,
    /// The models that may answer, in place of one `model`.
    pub models: Vec<TargetConfig>,
    /// What happens when one of `models` fails.
    pub failover: FailoverConfig,
    /// Which of `models` begins.
    pub routing: RoutingConfig,
    /// Model providers of your own, or other base URLs for known ones (`[providers.local]`).
    pub providers: BTreeMap<String, ModelProviderConfig>,
    /// Where decisions are recorded.
    pub audit: AuditConfig,
    /// How far one conversation may go.
    pub limits: Limits,
    /// What models cost, by `provider/model` (`[prices."openai/gpt-5"]`). There are no built-in prices.
    pub prices: BTreeMap<String, Price>,
    /// How `toolgate serve` listens, and who may use it.
    pub serve: ServeConfig,
    /// Where traces and metrics go.
    pub telemetry: TelemetryConfig,
    /// Where secrets and provider keys are looked up. Not part of the file.
    #[serde(skip)]
    pub environment: Environment,
    /// Tokens are this client's own, whatever `[store]` says.
    #[serde(skip)]
    pub(crate) tokens_apart: bool,
    /// Who answers servers that ask a person.
    #[serde(skip)]
    pub(crate) respondent: Option<respondent::Respondent>,
}

impl Default for Config {
    /// The settings of a client of the local rig (`cargo xtask rig`), without its secret.
    fn default() -> Self {
        Self {
            oauth: OAuthConfig::default(),
            mcp: BTreeMap::new(),
            tls: TlsSettings::default(),
            proxy: ProxyConfig::default(),
            store: StoreConfig::default(),
            policy: Policy::rig(),
            tools: ToolsConfig::default(),
            model: None,
            models: Vec::new(),
            failover: FailoverConfig::default(),
            routing: RoutingConfig::default(),
            providers: BTreeMap::new(),
            audit: AuditConfig::default(),
            limits: Limits::default(),
            prices: BTreeMap::new(),
            serve: ServeConfig::default(),
            telemetry: TelemetryConfig::default(),
            environment: Environment::default(),
            tokens_apart: false,
            respondent: None,
        }
    }
}

impl Config {
    /// The name of the file that [`load`](Self::load) looks for in the working folder.
    pub const FILE: &str = "toolgate.toml";

    /// Reads `toolgate.toml` (or the file that `TOOLGATE_CONFIG` names) where it exists, and the process's
    /// environment over it.
    ///
    /// ```no_run
    /// let config = toolgate::Config::load()?;
    /// # Ok::<(), toolgate::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] names the file and line, or the variable, and what was expected there.
    pub fn load() -> Result<Self, ConfigError> {
        let environment = Environment::process();
        let mut config = match environment.get("TOOLGATE_CONFIG") {
            Some(named) => Self::from_file(&named).map_err(|error| match error {
                ConfigError::Read { path, reason } => ConfigError::Read {
                    path,
                    reason: format!("{reason}; correct TOOLGATE_CONFIG, which names it"),
                },
                error => error,
            })?,
            // A link that leads nowhere, or a folder that cannot be looked into, is no word for the defaults: they have
            // another policy.
            None if is_named(Path::new(Self::FILE)) => Self::from_file(Self::FILE)?,
            None => Self::default(),
        };
        config.apply_environment(environment);
        Ok(config)
    }

    /// Only the environment, over the defaults.
    #[must_use]
    pub fn from_environment(environment: Environment) -> Self {
        let mut config = Self::default();
        config.apply_environment(environment);
        config
    }

    /// Only a file. Relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`] names the file and line and what was expected there.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        file::read(path.as_ref())
    }

    /// The MCP servers, or the local rig's when none is named.
    #[must_use]
    pub fn servers(&self) -> BTreeMap<String, ServerConfig> {
        if self.mcp.is_empty() {
            return BTreeMap::from([("rig".to_owned(), ServerConfig::new("https://localhost:8001/mcp/"))]);
        }
        self.mcp.clone()
    }
}

/// Whether there is anything of that name, as far as can be known.
fn is_named(file: &Path) -> bool {
    !matches!(file.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}
