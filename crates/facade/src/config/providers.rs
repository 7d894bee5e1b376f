//! `[providers.NAME]`: providers of models that the catalogue does not have, or has elsewhere.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::shown::shows;

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
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
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
    /// Headers that everything it is asked has, such as which route of a gateway is meant.
    pub headers: BTreeMap<String, String>,
    /// The same for headers whose values are secrets: the variables that hold them.
    pub header_env: BTreeMap<String, String>,
    /// What its base URL leaves open, such as an account or a region: `https://{region}.example.com`.
    pub parameters: BTreeMap<String, String>,
}

shows!(ModelProviderConfig, plain: [dialect, key_env, header_env], redacted: [base_url, headers, parameters]);
