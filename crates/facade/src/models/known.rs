//! The providers of models that can be named, for people to choose from: what each is called, where it is, whose key it
//! takes and whether that is there.

use serde::Serialize;
use toolgate_llm_providers::{Authentication, Provider};

use super::providers::{catalogue, moved};
use crate::{Config, Error};

/// A provider that can be named as the first half of `provider/model`.
///
/// ```
/// # use toolgate::{Config, Environment, KeyPresence};
/// let config = Config::from_environment(Environment::from_iter([("GROQ_API_KEY", "gsk-secret")]));
/// let providers = config.known_providers()?;
/// let key = |id| providers.iter().find(|provider| provider.id == id).map(|provider| provider.key);
/// assert_eq!(key("groq"), Some(KeyPresence::Set));
/// assert_eq!(key("openai"), Some(KeyPresence::Missing));
/// assert_eq!(key("ollama"), Some(KeyPresence::NotNeeded));
/// # Ok::<(), toolgate::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KnownProvider {
    /// Its id.
    pub id: String,
    /// Where it is: what the environment says, else the settings, else the catalogue.
    pub base_url: String,
    /// The wire format that it speaks.
    pub dialect: String,
    /// The variable of its key; none where it takes no key.
    pub key_variable: Option<String>,
    /// Whether that variable is set.
    pub key: KeyPresence,
    /// Where it describes its API.
    pub documentation: Option<&'static str>,
    /// Why it cannot be used as it is configured.
    pub problem: Option<String>,
}

/// Whether a provider's key is there.
///
/// See the example of [`KnownProvider`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyPresence {
    /// Its variable is set.
    Set,
    /// Its variable is not set, and it cannot be asked without.
    Missing,
    /// Its variable is not set, and it may do without, as local servers do.
    NotNeeded,
}

impl Config {
    /// The providers that models can be asked of, by id: the catalogue with `[providers]` and the environment over it.
    /// Keys are looked for and not read out.
    ///
    /// ```
    /// let providers = toolgate::Config::default().known_providers()?;
    /// assert!(providers.iter().any(|provider| provider.id == "ollama"));
    /// # Ok::<(), toolgate::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] or [`Error::Model`] when a provider under `[providers]` cannot be used.
    pub fn known_providers(&self) -> Result<Vec<KnownProvider>, Error> {
        Ok(catalogue(self)?.iter().map(|provider| known(self, provider)).collect())
    }
}

fn known(config: &Config, provider: &Provider) -> KnownProvider {
    let moved = moved(config, provider.clone());
    let problem = moved.as_ref().err().map(ToString::to_string);
    let base_url = moved.as_ref().unwrap_or(provider).base_url().to_owned();
    let key_variable = provider.key_variable();
    let is_set = key_variable.as_ref().is_some_and(|name| config.environment.get(name).is_some());
    let key = match (is_set, provider.authentication()) {
        (true, _) => KeyPresence::Set,
        (false, Authentication::None | Authentication::BearerIfGiven) => KeyPresence::NotNeeded,
        (false, _) => KeyPresence::Missing,
    };
    KnownProvider {
        id: provider.id().to_owned(),
        base_url,
        dialect: provider.dialect().to_string(),
        key_variable,
        key,
        documentation: provider.documentation(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, ModelProviderConfig};

    #[test]
    fn what_is_configured_stands_over_the_catalogue() {
        let mut config = Config::from_environment(Environment::from_iter([
            ("GROQ_API_KEY", "canary"),
            ("GROQ_BASE_URL", "https://gateway.example/groq/"),
            ("OPENAI_BASE_URL", "https://user:canary@nowhere"),
        ]));
        let ours = ModelProviderConfig {
            base_url: Some("http://localhost:9/v1".into()),
            dialect: Some("openai_chat".into()),
            ..ModelProviderConfig::default()
        };
        config.providers.insert("ours".into(), ours);
        let providers = config.known_providers().unwrap();
        let of = |id: &str| providers.iter().find(|provider| provider.id == id).unwrap();
        assert_eq!(
            (&*of("groq").base_url, of("groq").key),
            ("https://gateway.example/groq", KeyPresence::Set)
        );
        assert_eq!((of("anthropic").key, of("ours").key), (KeyPresence::Missing, KeyPresence::NotNeeded));
        assert!(of("openai").problem.is_some(), "a bad URL is told, of its own provider");
        assert_eq!(of("anthropic").problem, None);
        assert!(!serde_json::to_string(&providers).unwrap().contains("canary"));
    }
}
