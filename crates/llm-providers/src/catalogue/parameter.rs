//! What a provider leaves to its caller to fill in: parts of its base URL, as in `https://{region}.example.com`, and
//! whose account its requests are for, where their bodies say so.

use super::Provider;
use crate::{ErrorKind, ProviderError};

impl Provider {
    /// Fills in a [parameter](Self::parameters). One that is not open is ignored.
    ///
    /// ```
    /// # use toolgate_llm_providers::{Dialect, Provider};
    /// let ours = Provider::new("ours", "https://{region}.example.com/v1", Dialect::OpenAiChat)?;
    /// assert_eq!(ours.parameters().collect::<Vec<_>>(), ["region"]);
    /// assert_eq!(ours.parameter_variable("region"), "OURS_REGION");
    /// assert_eq!(ours.with_parameter("region", "eu-1")?.base_url(), "https://eu-1.example.com/v1");
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the value could change more of the URL than its own place: it is made of
    /// letters, digits, `-`, `_`, and of dots between them.
    pub fn with_parameter(mut self, name: &str, value: &str) -> Result<Self, ProviderError> {
        if !is_value(value) {
            let found = crate::error::escaped(value);
            let message = format!("{name}: expected letters, digits, '-', '_' and '.', found \"{found}\"");
            return Err(self.error(ErrorKind::Configuration, message));
        }
        if let Some(member) = self.open_accounts().iter().find(|member| **member == name) {
            self.account = Some((member, value.to_owned()));
        }
        // Vertex AI's locations that are no region have hosts of another form (google-genai, `_api_client.py`; Anthropic's
        // SDK, `lib/vertex/_client.py`).
        let host = format!("://{{{name}}}-aiplatform.");
        match value {
            "global" => self.base_url = self.base_url.replace(&host, "://aiplatform.").into(),
            "us" | "eu" => {
                let multi_region = format!("://aiplatform.{value}.rep.");
                self.base_url = self.base_url.replace(&host, &multi_region).into();
            }
            _ => {}
        }
        self.base_url = self.base_url.replace(&format!("{{{name}}}"), value).into();
        Ok(self)
    }

    /// What is still to be filled in: parts of the base URL, such as an account or a region, and for watsonx a project
    /// or a space, of which one is enough.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        names(&self.base_url).chain(self.open_accounts().iter().copied())
    }

    /// The environment variable of a parameter.
    #[must_use]
    pub fn parameter_variable(&self, name: &str) -> String {
        self.variable(&name.to_ascii_uppercase())
    }

    /// Whose account requests are for: the member of the body that says so, and its value.
    pub(crate) fn account(&self, member: &str) -> Option<&str> {
        self.account.as_ref().filter(|(known, _)| *known == member).map(|(_, value)| &**value)
    }

    /// The members of which one is still to be set.
    fn open_accounts(&self) -> &'static [&'static str] {
        if self.account.is_some() { &[] } else { self.dialect().format().accounts }
    }

    /// Refuses a provider of which something is still open, and says what to set.
    pub(super) fn check_parameters(&self) -> Result<(), ProviderError> {
        if let Some(name) = names(&self.base_url).next() {
            let (variable, whole) = (self.parameter_variable(name), self.base_url_variable());
            let message = format!("expected a value for {name} in the base URL; set {variable}, or {whole}");
            return Err(self.error(ErrorKind::Configuration, message));
        }
        let open = self.open_accounts();
        if open.is_empty() {
            return Ok(());
        }
        let variables: Vec<String> = open.iter().map(|name| self.parameter_variable(name)).collect();
        let message = format!("expected a value for {}; set {}", open.join(" or "), variables.join(" or "));
        Err(self.error(ErrorKind::Configuration, message))
    }
}

/// The names between braces.
fn names(base_url: &str) -> impl Iterator<Item = &str> {
    base_url.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Whether a value stays within its place, be that a part of the host or of the path.
fn is_value(value: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    value.split('.').all(is_label)
}

/// The URL with something in each place, to see whether it is one. Braces that are no parameter stay, and spoil it.
pub(super) fn example(base_url: &str) -> String {
    let mut filled = base_url.to_owned();
    for name in names(base_url) {
        let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
        if is_name {
            filled = filled.replace(&format!("{{{name}}}"), "x");
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    #[test]
    fn a_value_stays_in_its_place() {
        for good in ["eu-west-1", "my_account", "org-account.eu-west-1", "7"] {
            assert!(is_value(good), "{good}");
        }
        for bad in ["", "a/b", "evil.example/", "a..b", ".a", "a?x", "a#", "u@h", "a:1", "{x}", "ü", "a b"] {
            assert!(!is_value(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let url = "https://{resource}.models.example/{region}/v1";
        let azure = Provider::new("azure", url, Dialect::OpenAiChat).unwrap();
        assert_eq!(azure.parameters().collect::<Vec<_>>(), ["resource", "region"]);
        let said = azure.chat_url("m", false).unwrap_err().to_string();
        assert!(said.contains("set AZURE_RESOURCE, or AZURE_BASE_URL"), "{said}");
        let filled = azure.with_parameter("resource", "r").unwrap().with_parameter("region", "eu").unwrap();
        assert_eq!(filled.chat_url("m", false).unwrap(), "https://r.models.example/eu/v1/chat/completions");
    }

    #[test]
    fn a_location_that_is_no_region_has_a_host_of_its_own() {
        let catalogue = crate::Catalogue::builtin();
        for id in ["vertex_ai", "vertex_ai_anthropic", "vertex_ai_openai"] {
            let at = |location: &str| {
                let vertex = catalogue.provider(id).unwrap().clone().with_parameter("location", location);
                vertex.unwrap().with_parameter("project", "p").unwrap().base_url().to_owned()
            };
            let global = at("global");
            assert!(
                global.starts_with("https://aiplatform.googleapis.com/v1/projects/p/locations/global/"),
                "{global}"
            );
            assert!(
                at("eu").starts_with("https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/")
            );
            assert!(at("europe-west4").starts_with("https://europe-west4-aiplatform.googleapis.com/"));
        }
    }

    #[test]
    fn braces_that_are_no_parameter_make_no_url() {
        for bad in
            ["https://{}.example", "https://{a b}.example", "https://{a.example", "https://{A}.example"]
        {
            assert!(Provider::new("p", bad, Dialect::OpenAiChat).is_err(), "{bad}");
        }
    }
}
