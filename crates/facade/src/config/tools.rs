//! `[tools]`: which definitions of tools are approved, and how results are shown.

use std::path::PathBuf;

use serde::Deserialize;

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
