//! Which providers there are: one row each, and rows of the caller's own.

mod authentication;
mod headers;
mod parameter;
mod provider;
mod quirk;
mod rows;

use std::collections::BTreeMap;

pub use authentication::Authentication;
pub use provider::Provider;
pub use quirk::Quirk;

use crate::{ErrorKind, ProviderError};

/// Providers by id. A key is only ever looked up under, and sent to, the row that it belongs to.
#[derive(Debug, Clone)]
pub struct Catalogue {
    providers: BTreeMap<String, Provider>,
}

impl Catalogue {
    /// The providers that this version knows.
    ///
    /// ```
    /// # use toolgate_llm_providers::Catalogue;
    /// let catalogue = Catalogue::builtin();
    /// assert_eq!(catalogue.provider("groq")?.key_variable().as_deref(), Some("GROQ_API_KEY"));
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    #[must_use]
    pub fn builtin() -> Self {
        rows::builtin().fold(Self { providers: BTreeMap::new() }, Self::with_provider)
    }

    /// Adds a provider, in place of one with the same id.
    #[must_use]
    pub fn with_provider(mut self, provider: Provider) -> Self {
        self.providers.insert(provider.id().to_owned(), provider);
        self
    }

    /// The provider with this id.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when there is none; the message says how many there are.
    pub fn provider(&self, id: &str) -> Result<&Provider, ProviderError> {
        self.providers.get(id).ok_or_else(|| {
            let count = self.providers.len();
            let message =
                format!("no such provider; {count} are known, such as openai, anthropic and gemini");
            ProviderError::new(ErrorKind::Configuration, crate::error::escaped(id), message)
        })
    }

    /// All providers, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    #[test]
    fn every_row_stands_and_no_two_share_a_variable() {
        let catalogue = Catalogue::builtin();
        let mut variables = std::collections::BTreeSet::new();
        for provider in catalogue.iter() {
            let again = Provider::new(provider.id().to_owned(), provider.base_url(), provider.dialect());
            assert_eq!(again.unwrap().base_url(), provider.base_url());
            for variable in
                [provider.key_variable(), Some(provider.base_url_variable()), Some(provider.model_variable())]
                    .into_iter()
                    .flatten()
            {
                assert!(variables.insert(variable.clone()), "{variable} stands twice");
            }
        }
        assert!(catalogue.provider("nope").unwrap_err().message().contains("anthropic"));
    }

    #[test]
    fn a_row_of_the_callers_own() {
        let local = Provider::new("local", "http://127.0.0.1:8080/v1/", Dialect::OpenAiChat).unwrap();
        let catalogue = Catalogue::builtin().with_provider(local);
        assert_eq!(catalogue.provider("local").unwrap().base_url(), "http://127.0.0.1:8080/v1");
    }
}
