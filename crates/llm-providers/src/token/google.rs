//! Google Cloud: tokens for a service account's key file, for gcloud's own login, and for the machine that runs this.
//!
//! Files as in Google's AIP-4110 (application default credentials) and AIP-4112 (service accounts, RFC 7523 section 2.1).

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use toolgate_http_client::{HttpClient, Request, SendOptions};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::rs256::Key;
use super::{Grant, TokenAuthorizer, form};
use crate::{ErrorKind, ProviderError};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const ENDPOINT: &str = "https://oauth2.googleapis.com/token";
/// The metadata server by its address: its name could be anybody's.
const METADATA: &str = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token";

/// A file of credentials, of any kind. What is missing is empty.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct File {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default)]
    private_key: String,
    #[serde(default)]
    token_uri: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    refresh_token: String,
}

struct ServiceAccount {
    provider: Arc<str>,
    endpoint: String,
    email: String,
    key_id: String,
    key: Key,
}

struct Login {
    provider: Arc<str>,
    file: File,
}

struct Metadata;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

impl Grant for ServiceAccount {
    fn request(&self, now: SystemTime) -> Result<Request, ProviderError> {
        let iat = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let (iss, aud) = (&*self.email, &*self.endpoint);
        let claims = Claims { iss, scope: SCOPE, aud, iat, exp: iat + 3600 };
        let assertion = self.key.sign(&self.key_id, &claims).ok_or_else(|| {
            let what = "the service account's key does not sign";
            ProviderError::new(ErrorKind::Configuration, Arc::clone(&self.provider), what)
        })?;
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        form(&self.provider, &self.endpoint, &[grant, ("assertion", &assertion)])
    }
}

impl Grant for Login {
    fn request(&self, _: SystemTime) -> Result<Request, ProviderError> {
        let members = [
            ("grant_type", "refresh_token"),
            ("client_id", &*self.file.client_id),
            ("client_secret", &*self.file.client_secret),
            ("refresh_token", &*self.file.refresh_token),
        ];
        form(&self.provider, ENDPOINT, &members)
    }
}

impl Grant for Metadata {
    fn request(&self, _: SystemTime) -> Result<Request, ProviderError> {
        let mut request = Request::default();
        *request.uri_mut() = http::Uri::from_static(METADATA);
        request.headers_mut().insert("metadata-flavor", HeaderValue::from_static("Google"));
        // It is next door, or it is not there.
        let wait = Duration::from_secs(5);
        SendOptions::default().with_first_byte(wait).with_total(wait).attach(&mut request);
        Ok(request)
    }
}

impl TokenAuthorizer {
    /// Google's access tokens for the credentials in a file, whose JSON is `file`: a service account's key, or what
    /// `gcloud auth application-default login` wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when it is neither; the file is not repeated.
    pub fn google_file(
        provider: impl Into<Arc<str>>,
        file: &str,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, ProviderError> {
        let provider = provider.into();
        let wrong =
            |what: &str| Err(ProviderError::new(ErrorKind::Configuration, Arc::clone(&provider), what));
        let Ok(file) = serde_json::from_str::<File>(file) else {
            return wrong("expected a JSON file of Google credentials");
        };
        let grant: Arc<dyn Grant> = match &*file.r#type {
            "service_account" => {
                let Some(key) = Key::from_pem(&file.private_key) else {
                    return wrong("expected private_key to be an RSA key in PKCS#8 (PEM)");
                };
                let endpoint = if file.token_uri.is_empty() { ENDPOINT } else { &file.token_uri };
                Arc::new(ServiceAccount {
                    provider: Arc::clone(&provider),
                    endpoint: endpoint.to_owned(),
                    email: file.client_email.clone(),
                    key_id: file.private_key_id.clone(),
                    key,
                })
            }
            "authorized_user" => Arc::new(Login { provider: Arc::clone(&provider), file }),
            other => {
                let found = crate::error::escaped(other);
                return wrong(&format!(
                    "expected credentials of type service_account or authorized_user, found \"{found}\""
                ));
            }
        };
        Ok(Self::of(provider, http, grant))
    }

    /// Google's access tokens for the service account of the machine or the workload, from its metadata server, over a
    /// client that allows plain `http` to link-local addresses.
    #[must_use]
    pub fn google_metadata(provider: impl Into<Arc<str>>, http: Arc<dyn HttpClient>) -> Self {
        Self::of(provider, http, Arc::new(Metadata))
    }
}
