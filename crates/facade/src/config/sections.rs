//! The sections of `toolgate.toml`.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toolgate_oauth_cc::Secret;

use super::{ConfigError, Environment};

/// `[oauth]`: who the client is and where its tokens come from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct OAuthConfig {
    /// The token endpoint. Without it: found from the issuer, else from the MCP server; for the article's local rig
    /// `https://localhost:8443/token`.
    pub token_url: Option<String>,
    /// The issuer that tokens must name. Default: the token URL without its last `/token` segment.
    pub issuer: Option<String>,
    /// The issuer's keys. Default: the issuer with `/jwks`.
    pub jwks_url: Option<String>,
    /// Audiences of which a token must name one. Default: the resource when one is requested, else the client id.
    pub audience: Vec<String>,
    /// The protected resource to ask a token for (RFC 8707): the MCP server's canonical URL.
    pub resource: Option<String>,
    /// The client's id.
    pub client_id: Option<String>,
    /// The variable that holds the client's secret. Default `OAUTH_CLIENT_SECRET`.
    pub client_secret_env: Option<String>,
    /// The file that holds the client's secret.
    pub client_secret_file: Option<PathBuf>,
    /// The secret itself, set by code only: a file holds a reference.
    #[serde(skip)]
    pub client_secret: Option<Secret>,
    /// How the client authenticates at the token endpoint.
    pub authentication: Authentication,
    /// The scopes to ask for. Default: the article's three.
    pub scopes: Option<Vec<String>>,
}

/// How the client authenticates at the token endpoint (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authentication {
    /// The secret in the form body, as in the article.
    #[default]
    ClientSecretPost,
    /// The secret in an `Authorization: Basic` header.
    ClientSecretBasic,
}

/// Where a client's secret was found; for messages that must name the place and never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// Set by code.
    Code,
    /// An environment variable.
    Variable(String),
    /// A file.
    File(PathBuf),
}

impl OAuthConfig {
    /// The article's token endpoint, for its local rig.
    pub const RIG_TOKEN_URL: &str = "https://localhost:8443/token";

    /// The scopes to ask for.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let article = || ["customer:read", "ticket:create", "account:calculate"].map(str::to_owned).to_vec();
        self.scopes.clone().unwrap_or_else(article)
    }

    /// The client's id.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] when there is none.
    pub fn client_id(&self) -> Result<&str, ConfigError> {
        self.client_id.as_deref().ok_or(ConfigError::Missing {
            what: "the client id",
            mend: "set OAUTH_CLIENT_ID, or client_id under [oauth] in toolgate.toml",
        })
    }

    /// The client's secret, from code, else its file, else its variable. One trailing line feed is dropped.
    ///
    /// # Errors
    /// [`ConfigError`] names the place that was looked at, never the value.
    pub fn secret(&self, environment: &Environment) -> Result<Secret, ConfigError> {
        if let Some(secret) = &self.client_secret {
            return Ok(secret.clone());
        }
        let (text, source) = match &self.client_secret_file {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|source| ConfigError::Read { path: file.clone(), reason: source.to_string() })?;
                (text, SecretSource::File(file.clone()))
            }
            None => {
                let variable = self.client_secret_env.as_deref().unwrap_or("OAUTH_CLIENT_SECRET");
                let text = environment
                    .get(variable)
                    .ok_or_else(|| ConfigError::NoSecret { variable: variable.to_owned() })?;
                (text, SecretSource::Variable(variable.to_owned()))
            }
        };
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        if text.is_empty() {
            return Err(ConfigError::EmptySecret { place: source });
        }
        Ok(Secret::new(text))
    }
}

/// `[mcp.NAME]`: one MCP server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The MCP endpoint. A trailing slash matters.
    pub url: String,
    /// How long one call may take, in seconds. Default 30, as in the article.
    #[serde(default = "ServerConfig::default_timeout")]
    pub timeout_seconds: u64,
}

impl ServerConfig {
    /// A server by its URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), timeout_seconds: Self::default_timeout() }
    }

    /// How long one call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    fn default_timeout() -> u64 {
        30
    }
}

/// `[tls]`: what is trusted. Verification cannot be switched off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TlsSettings {
    /// A PEM file with more trust anchors. `SSL_CERT_FILE`, then `TLS_CA_CERT_PATH` win over it.
    pub ca_file: Option<PathBuf>,
    /// Folders of PEM files with more trust anchors. `SSL_CERT_DIR` wins over them.
    pub ca_dirs: Vec<PathBuf>,
    /// Trust mkcert's development CA. Default off.
    pub mkcert: bool,
    /// Trust the system's roots. Default on; off means only what is named here.
    pub system_roots: bool,
    /// Allow plain `http` to this machine, for local models and development servers. Default off.
    pub insecure_loopback: bool,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            ca_file: None,
            ca_dirs: Vec::new(),
            mkcert: false,
            system_roots: true,
            insecure_loopback: false,
        }
    }
}

/// `[providers.NAME]`: a model provider of your own, or changes to a known one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ModelProviderConfig {
    /// Where its API is.
    pub base_url: Option<String>,
    /// What it speaks: `openai_chat`, `anthropic_messages` or `gemini_generate`. Needed for a provider that is not known.
    pub dialect: Option<String>,
    /// The variable that holds its key.
    pub key_env: Option<String>,
}

/// `[audit]`: where decisions are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AuditConfig {
    /// The file. Default `toolgate.audit.jsonl` in the working folder.
    pub file: PathBuf,
    /// Wait for the disk before a tool's result goes on (default), or only for the operating system.
    pub wait_for_disk: bool,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { file: PathBuf::from("toolgate.audit.jsonl"), wait_for_disk: true }
    }
}
