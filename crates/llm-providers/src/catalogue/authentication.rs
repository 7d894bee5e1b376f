//! How a provider takes its key.

/// How a provider takes its key. Always a header: a key in a URL ends up in logs.
///
/// ```
/// # use toolgate_llm_providers::{Authentication, Dialect, Provider};
/// let ours = Provider::new("ours", "https://models.example.com/v1", Dialect::OpenAiChat)?
///     .with_authentication(Authentication::XApiKey)
///     .with_key_variable("MODELS_KEY");
/// assert_eq!(ours.key_variable().as_deref(), Some("MODELS_KEY"));
/// let local = ours.with_authentication(Authentication::None);
/// assert_eq!(local.key_variable(), None);
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// `Authorization: Bearer …`
    Bearer,
    /// The same, where a key is given: local servers mostly need none.
    BearerIfGiven,
    /// `x-api-key: …`
    XApiKey,
    /// `x-goog-api-key: …`
    XGoogApiKey,
    /// `api-key: …`, Azure's. Its base URL is `https://{resource}.openai.azure.com/openai/v1`, its models deployments.
    ApiKey,
    /// `x-portkey-api-key: …`. Its models are named with the provider behind it: `@openai/gpt-5`.
    XPortkeyApiKey,
    /// No key: an [`Authorizer`](crate::Authorizer) proves who asks, with a token or a signature.
    Authorizer,
    /// No key at all.
    None,
}

impl Authentication {
    /// The header's name, and what stands in it before the key.
    pub(super) fn header(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Bearer | Self::BearerIfGiven => ("authorization", "Bearer "),
            Self::XApiKey => ("x-api-key", ""),
            Self::XGoogApiKey => ("x-goog-api-key", ""),
            Self::ApiKey => ("api-key", ""),
            Self::XPortkeyApiKey => ("x-portkey-api-key", ""),
            Self::None | Self::Authorizer => return None,
        })
    }
}
