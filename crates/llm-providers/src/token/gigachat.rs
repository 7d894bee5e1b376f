//! GigaChat: an authorization key is exchanged for a token of half an hour (GigaChat REST API, "Получить токен доступа").

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use toolgate_http_client::{Credential, HttpClient, Origin, Request, TokenEndpoint};

use super::{Grant, TokenAuthorizer, form};
use crate::{ApiKey, ErrorKind, ProviderError};

const ENDPOINT: &str = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth";

struct Key {
    provider: Arc<str>,
    endpoint: String,
    scope: String,
    key: ApiKey,
}

impl Grant for Key {
    fn request(&self, _: SystemTime) -> Result<Request, ProviderError> {
        let mut request = form(&self.provider, &self.endpoint, &[("scope", &self.scope)])?;
        let origin =
            Origin::of(request.uri()).map_err(|error| ProviderError::transport(&self.provider, error))?;
        let value = self.key.header("Basic ")?;
        Credential::<TokenEndpoint>::new(origin, AUTHORIZATION, value).attach(&mut request);
        let unsayable = |_| {
            let what = "the request's id does not fit into a header";
            ProviderError::new(ErrorKind::Configuration, Arc::clone(&self.provider), what)
        };
        let id = HeaderValue::from_str(&request_id(random())).map_err(unsayable)?;
        request.headers_mut().insert("rquid", id);
        Ok(request)
    }
}

impl TokenAuthorizer {
    /// GigaChat's tokens for an authorization key, which is the base64 of a client's id and secret, as the API's console
    /// gives it. `scope` is the version of the API that the key is for: `GIGACHAT_API_PERS`, `GIGACHAT_API_B2B` or
    /// `GIGACHAT_API_CORP`. `endpoint` where it is another than Sber's. Both it and the models have certificates of the
    /// Russian Trusted Root CA: it must be among the client's trust anchors.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the key is none that fits into a header; it is not repeated.
    pub fn gigachat(
        provider: impl Into<Arc<str>>,
        key: impl Into<String>,
        scope: &str,
        endpoint: Option<&str>,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, ProviderError> {
        let provider = provider.into();
        let endpoint = endpoint.unwrap_or(ENDPOINT).to_owned();
        let grant = Key {
            provider: Arc::clone(&provider),
            endpoint,
            scope: scope.to_owned(),
            key: ApiKey::new(key)?,
        };
        Ok(Self::of(provider, http, Arc::new(grant)))
    }
}

/// Tells requests apart in the provider's log and guards nothing: the standard library's hash keys do.
fn random() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}

/// A UUID of version 4 (RFC 9562 section 5.4).
fn request_id(random: u128) -> String {
    let version = 0xF << 76;
    let variant = 0b11 << 62;
    let id = random & !version & !variant | 4 << 76 | 0b10 << 62;
    let hex = format!("{id:032x}");
    let mut text = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_version_and_variant_and_differ() {
        assert_eq!(request_id(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(request_id(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_ne!(random(), random());
    }
}
