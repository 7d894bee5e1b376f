//! The small sections of `toolgate.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// `[tls]`: what is trusted. Verification cannot be switched off.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [tls]
///     ca_file = "/etc/ssl/company-ca.pem"
///     system_roots = false
///     "#,
/// )?;
/// assert!(!config.tls.insecure_loopback);
/// # Ok::<(), toml::de::Error>(())
/// ```
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
    /// Trust Mozilla's roots as they were when this was built, for machines without roots of their own. Default off.
    pub mozilla_roots: bool,
    /// Files of certificate revocation lists in PEM; a certificate that one of them names is refused.
    pub crl_files: Vec<PathBuf>,
    /// Trust the system's roots. Default on; off means only what is named here.
    pub system_roots: bool,
    /// The PEM file of the certificate that this client shows to servers (mutual TLS).
    pub client_certificate: Option<PathBuf>,
    /// The PEM file of that certificate's key.
    pub client_key: Option<PathBuf>,
    /// Servers that are not offered HTTP/2, each by its scheme, host and port, as `https://localhost:8001`. A server that is
    /// near answers one call at a time sooner over HTTP/1.1; each call under way then needs a connection of its own.
    pub http1_only: Vec<String>,
    /// Allow plain `http` to this machine, for local models and development servers. Default off.
    pub insecure_loopback: bool,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            ca_file: None,
            ca_dirs: Vec::new(),
            mkcert: false,
            mozilla_roots: false,
            crl_files: Vec::new(),
            system_roots: true,
            client_certificate: None,
            client_key: None,
            http1_only: Vec::new(),
            insecure_loopback: false,
        }
    }
}

/// `[providers.NAME]`: a model provider of your own, or changes to a known one.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     model = "house/large"
///
///     [providers.house]
///     base_url = "https://models.example.com/v1"
///     dialect = "openai_chat"
///     key_env = "HOUSE_KEY"
///     "#,
/// )?;
/// let providers = config.known_providers()?;
/// let house = providers.iter().find(|provider| provider.id == "house");
/// assert_eq!(house.and_then(|house| house.key_variable.as_deref()), Some("HOUSE_KEY"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ModelProviderConfig {
    /// Where its API is.
    pub base_url: Option<String>,
    /// What it speaks, such as `openai_chat`; an unknown one is answered with the list. Needed for a provider that is
    /// not known.
    pub dialect: Option<String>,
    /// The variable that holds its key.
    pub key_env: Option<String>,
    /// What its base URL leaves open, such as an account or a region: `https://{region}.example.com`.
    pub parameters: BTreeMap<String, String>,
}

/// `[tools]`: which definitions of tools are approved, and how their results are shown.
///
/// ```
/// # use toolgate::{Config, Drift};
/// let config: Config = toml::from_str(
///     r#"
///     [tools]
///     lock = "toolgate.lock"
///     "#,
/// )?;
/// assert_eq!(config.tools.drift(), Drift::Refuse); // a tool that has changed is not used
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ToolsConfig {
    /// The lockfile with the approved definitions. Default none: the first definition that is seen is the approved one.
    pub lock: Option<PathBuf>,
    /// What happens to a tool that is not as in the lockfile. Default: [`Drift::Refuse`].
    pub drift: Option<Drift>,
    /// Put a mark around what a tool says before a model sees it: where it begins, where it ends, and that it is data.
    /// Default on; off for models that read results by program and stumble over it.
    pub mark: bool,
}

impl Default for ToolsConfig {
    fn default() -> Self {
        Self { lock: None, drift: None, mark: true }
    }
}

impl ToolsConfig {
    /// What happens to a tool that is not as in the lockfile.
    #[must_use]
    pub fn drift(&self) -> Drift {
        self.drift.unwrap_or_default()
    }
}

/// What happens to a tool that is not as in the lockfile.
///
/// See the example of [`ToolsConfig`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// It is neither shown to a model nor called.
    #[default]
    Refuse,
    /// It is used, and a warning is logged.
    Warn,
}
