//! IBM Cloud: an API key is exchanged for a token at IAM.

use std::sync::Arc;
use std::time::SystemTime;

use toolgate_http_client::{HttpClient, Request};
use zeroize::Zeroizing;

use super::{Grant, TokenAuthorizer, form};
use crate::ProviderError;

const ENDPOINT: &str = "https://iam.cloud.ibm.com/identity/token";

struct Key {
    provider: Arc<str>,
    endpoint: String,
    key: Zeroizing<String>,
}

impl Grant for Key {
    fn request(&self, _: SystemTime) -> Result<Request, ProviderError> {
        let grant = ("grant_type", "urn:ibm:params:oauth:grant-type:apikey");
        form(&self.provider, &self.endpoint, &[grant, ("apikey", &self.key)])
    }
}

impl TokenAuthorizer {
    /// Tokens of IBM's IAM for an API key; `endpoint` where it is another than IBM Cloud's.
    #[must_use]
    pub fn ibm(
        provider: impl Into<Arc<str>>,
        key: impl Into<String>,
        endpoint: Option<&str>,
        http: Arc<dyn HttpClient>,
    ) -> Self {
        let provider = provider.into();
        let endpoint = endpoint.unwrap_or(ENDPOINT).to_owned();
        let key = Key { provider: Arc::clone(&provider), endpoint, key: Zeroizing::new(key.into()) };
        Self::of(provider, http, Arc::new(key))
    }
}
