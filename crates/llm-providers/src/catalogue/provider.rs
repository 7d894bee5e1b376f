//! One provider: where it is, how it knows its callers, which dialect it speaks and where it deviates from it.

use std::borrow::Cow;

use http::{HeaderName, Uri};
use toolgate_http_client::{Credential, HttpError, ModelProvider, Origin, redacted_url};

use super::headers::Header;
use super::{Authentication, Quirk, parameter};
use crate::model_id::is_model_character;
use crate::{ApiKey, Dialect, ErrorKind, ProviderError};

/// One provider of models.
#[derive(Debug, Clone)]
pub struct Provider {
    id: Cow<'static, str>,
    pub(super) base_url: Cow<'static, str>,
    /// The member of each request's body that says for whose account it is, where the dialect has one.
    pub(super) account: Option<(&'static str, String)>,
    dialect: Dialect,
    authentication: Authentication,
    key_variable: Option<String>,
    quirks: Cow<'static, [Quirk]>,
    /// What it is told beside what its dialect says, in everything that it is asked.
    pub(super) headers: Vec<Header>,
}

/// A line of the built-in table. A base URL may have [parameters](Provider::parameters).
pub(super) type Row = (&'static str, &'static str, Dialect, Authentication, &'static [Quirk]);

impl Provider {
    /// A provider of the caller's own. It takes its key as its dialect's own provider does; one that speaks chat
    /// completions may do without, as local servers do.
    ///
    /// ```
    /// # use toolgate_llm_providers::{Dialect, Provider};
    /// let ours = Provider::new("ours", "https://models.example.com/v1", Dialect::OpenAiChat)?;
    /// assert_eq!(ours.base_url_variable(), "OURS_BASE_URL");
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the id is not made of `a-z`, `0-9`, `-` and `_`, or the base URL is none:
    /// it must be `https`, or `http` to this machine, and have no query.
    pub fn new(
        id: impl Into<String>,
        base_url: impl AsRef<str>,
        dialect: Dialect,
    ) -> Result<Self, ProviderError> {
        let id = id.into();
        let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if id.is_empty() || !id.bytes().all(fits) {
            let message = "a provider's id is made of a-z, 0-9, '-' and '_'";
            return Err(ProviderError::new(ErrorKind::Configuration, crate::error::escaped(&id), message));
        }
        let base_url = checked_base_url(&id, base_url.as_ref())?;
        Ok(Self {
            id: id.into(),
            base_url: base_url.into(),
            account: None,
            dialect,
            authentication: dialect.format().authentication,
            key_variable: None,
            quirks: Cow::Borrowed(&[]),
            headers: Vec::new(),
        })
    }

    pub(super) fn from_row(&(id, base_url, dialect, authentication, quirks): &Row) -> Self {
        Self {
            id: Cow::Borrowed(id),
            base_url: Cow::Borrowed(base_url),
            account: None,
            dialect,
            authentication,
            key_variable: None,
            quirks: Cow::Borrowed(quirks),
            headers: Vec::new(),
        }
    }

    /// Moves the provider to another base URL, such as a gateway. Its key then belongs to that origin.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_base_url(mut self, base_url: impl AsRef<str>) -> Result<Self, ProviderError> {
        self.base_url = checked_base_url(&self.id, base_url.as_ref())?.into();
        Ok(self)
    }

    /// Sets how the provider takes its key.
    #[must_use]
    pub fn with_authentication(mut self, authentication: Authentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Names the environment variable of the key. Default: the id in capitals with `_API_KEY`.
    #[must_use]
    pub fn with_key_variable(mut self, variable: impl Into<String>) -> Self {
        self.key_variable = Some(variable.into());
        self
    }

    /// Sets where the provider deviates from its dialect.
    #[must_use]
    pub fn with_quirks(mut self, quirks: Vec<Quirk>) -> Self {
        self.quirks = quirks.into();
        self
    }

    /// The id, the first half of a [`ModelId`](crate::ModelId).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The dialect that it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How it takes its key.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        self.authentication
    }

    /// The environment variable of its key, the only one that is ever its own; `None` where there is no key.
    #[must_use]
    pub fn key_variable(&self) -> Option<String> {
        match (&self.key_variable, self.authentication) {
            (_, Authentication::None | Authentication::Authorizer) => None,
            (Some(variable), _) => Some(variable.clone()),
            (None, _) => Some(self.variable("API_KEY")),
        }
    }

    /// The environment variable that moves it to another base URL.
    #[must_use]
    pub fn base_url_variable(&self) -> String {
        self.variable("BASE_URL")
    }

    /// The environment variable of its default model.
    #[must_use]
    pub fn model_variable(&self) -> String {
        self.variable("MODEL")
    }

    /// A variable of this provider's own.
    pub(super) fn variable(&self, what: &str) -> String {
        format!("{}_{what}", self.id.to_ascii_uppercase().replace('-', "_"))
    }

    /// Where it deviates from its dialect.
    pub fn quirks(&self) -> impl Iterator<Item = Quirk> {
        self.quirks.iter().copied()
    }

    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    pub(crate) fn error(&self, kind: ErrorKind, message: impl AsRef<str>) -> ProviderError {
        ProviderError::new(kind, self.id.as_ref(), message)
    }

    /// Where a chat with `model` is posted.
    pub(crate) fn chat_url(&self, model: &str, stream: bool) -> Result<Uri, ProviderError> {
        self.url(model, |model| match self.has(Quirk::WholeUrl) {
            true => String::new(),
            false => (self.dialect.format().path)(model, stream),
        })
    }

    /// What is below the base URL at the `path` of `model`.
    pub(crate) fn url(&self, model: &str, path: impl Fn(&str) -> String) -> Result<Uri, ProviderError> {
        let is_in_path = path(model) != path("");
        let path = path(model);
        // Where it does not stand in the path, a name may be one of a file: `/models/llama`.
        let leads_elsewhere = path.split('/').skip(1).any(|segment| matches!(segment, "" | "." | ".."));
        let delimits = is_in_path && !model.chars().all(is_model_character);
        if model.is_empty() || model.contains(char::is_control) || delimits || leads_elsewhere {
            let message = format!("no model's name: \"{}\"", crate::error::escaped(model));
            return Err(self.error(ErrorKind::Configuration, message));
        }
        self.check_parameters()?;
        let url = format!("{}{path}", self.base_url);
        url.parse()
            .map_err(|_| self.error(ErrorKind::Configuration, "the base URL and the model make no URL"))
    }

    /// The key as a header that only this provider's origin ever gets.
    pub(crate) fn credential(
        &self,
        origin: Origin,
        key: Option<&ApiKey>,
    ) -> Result<Option<Credential<ModelProvider>>, ProviderError> {
        let Some((name, scheme)) = self.authentication.header() else { return Ok(None) };
        let Some(key) = key else {
            if self.authentication == Authentication::BearerIfGiven {
                return Ok(None);
            }
            let message = format!("no API key; set {}", self.key_variable().unwrap_or_default());
            return Err(self.error(ErrorKind::Authentication, message));
        };
        Ok(Some(Credential::new(origin, HeaderName::from_static(name), key.header(scheme)?)))
    }
}

fn checked_base_url(id: &str, base_url: &str) -> Result<String, ProviderError> {
    let refuse = |reason: &str| {
        let found = redacted_url(base_url);
        ProviderError::new(ErrorKind::Configuration, id, format!("{reason}, found \"{found}\""))
    };
    let expected = "expected a base URL such as https://host/v1";
    let uri: Uri = parameter::example(base_url).parse().map_err(|_| refuse(expected))?;
    let origin = Origin::of(&uri).map_err(|error| match error {
        // The URL itself may hold a password: it is not repeated.
        HttpError::BadUrl { reason, .. } => {
            ProviderError::new(ErrorKind::Configuration, id, format!("the base URL: {reason}"))
        }
        other => ProviderError::transport(id, other),
    })?;
    if !origin.is_secure() && !origin.is_loopback() {
        return Err(refuse("expected https (http is only for this machine)"));
    }
    if base_url.contains(['?', '#']) {
        return Err(refuse("expected a base URL without query and fragment"));
    }
    Ok(base_url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_that_leak_are_refused() {
        let refused = |url| Provider::new("p", url, Dialect::OpenAiChat).unwrap_err().to_string();
        assert!(refused("http://models.example/v1").contains("expected https"));
        assert!(refused("https://h/v1?key=x").contains("without query"));
        for url in [
            "https://h/v1?key=canary",
            "http://h/v1#canary",
            "http://u:canary@h/v1",
            "https://h:x/?key=canary",
        ] {
            assert!(!refused(url).contains("canary"), "{url}: {}", refused(url));
        }
        assert!(refused("ftp://h").contains("only https and http"));
        assert!(refused("models.example").contains("expected an absolute URL"));
        assert!(!refused("https://u:canary@h/v1").contains("canary"));
        assert!(Provider::new("p", "http://localhost:1/v1", Dialect::OpenAiChat).is_ok());
        assert!(Provider::new("P/x", "https://h", Dialect::OpenAiChat).is_err());
    }

    #[test]
    fn a_models_name_cannot_leave_its_place_in_the_url() {
        let provider = Provider::new("p", "https://h/v1", Dialect::GeminiGenerate).unwrap();
        for bad in ["", "../../x", "a?key=1", "a b", "a#b", "a//b", "./a"] {
            assert!(provider.chat_url(bad, false).is_err(), "{bad}");
        }
        assert_eq!(
            provider.chat_url("gemini-3-pro", true).unwrap(),
            "https://h/v1/models/gemini-3-pro:streamGenerateContent?alt=sse"
        );
        // As vLLM calls a model that it was given as a folder. It stands in the body alone.
        let local = Provider::new("p", "https://h/v1", Dialect::OpenAiChat).unwrap();
        for odd in ["/models/llama", "Llama 3 8B Instruct", "m#d"] {
            assert_eq!(local.chat_url(odd, false).unwrap(), "https://h/v1/chat/completions", "{odd}");
        }
        assert!(local.chat_url("a\nb", false).is_err() && local.chat_url("", false).is_err());
    }

    #[test]
    fn a_missing_key_names_its_own_variable_only() {
        let provider = Provider::new("groq", "https://h", Dialect::OpenAiChat)
            .unwrap()
            .with_authentication(Authentication::Bearer);
        let origin = Origin::of(&"https://h".parse().unwrap()).unwrap();
        let said = provider.credential(origin, None).unwrap_err().to_string();
        assert!(said.contains("set GROQ_API_KEY") && !said.contains("OPENAI"), "{said}");
    }
}
