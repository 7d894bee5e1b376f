//! Fetching metadata documents: place after place, bounded, without credentials and without redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, StatusCode};
use toolgate_http_client::{HttpClient, Request, SendOptions, redacted_url};
use url::Url;

use super::{UrlPolicy, document::Document};
use crate::{TokenError, endpoint_url};

/// Far above any honest metadata document.
const MAX_BODY: usize = 256 * 1024;
/// For one document.
const DEADLINE: Duration = Duration::from_secs(15);

/// Fetches documents.
#[derive(Clone)]
pub(crate) struct Fetcher {
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) policy: UrlPolicy,
    pub(crate) insecure_loopback: bool,
}

/// A document that was found.
pub(crate) struct Fetched {
    pub(crate) url: Url,
    status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Bytes,
}

impl Fetcher {
    /// A configured URL, if it may be requested.
    pub(crate) fn configured(&self, setting: &str, text: &str) -> Result<Url, TokenError> {
        let url = endpoint_url::configured(setting, text)?;
        endpoint_url::permitted(&url, self.insecure_loopback)?;
        Ok(url)
    }

    /// Sends a bounded GET and returns the response with its body unread. `public_only`: whether a server chose the URL.
    pub(crate) async fn ask(
        &self,
        url: &Url,
        public_only: bool,
    ) -> Result<toolgate_http_client::Response, TokenError> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.as_str().parse().map_err(|error: http::uri::InvalidUri| {
            TokenError::Malformed { url: redacted_url(url.as_str()), reason: error.to_string() }
        })?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        let options = SendOptions::default().with_total(DEADLINE).with_max_body(MAX_BODY);
        options.with_public_only(public_only).attach(&mut request);
        Ok(self.http.send(request).await?)
    }

    /// The document at the first of `places` that has one. Only a 4xx moves on (RFC 8414 section 3.2).
    pub(crate) async fn first(
        &self,
        places: &[Url],
        subject: &str,
        policy: &UrlPolicy,
    ) -> Result<Fetched, TokenError> {
        let mut tried = Vec::new();
        let mut busy = false;
        for url in places {
            let (parts, body) = self.ask(url, policy.public_only(url)).await?.into_parts();
            tried.push(format!("{} ({})", redacted_url(url.as_str()), parts.status.as_u16()));
            if parts.status.is_client_error() {
                // That it was not looked up now does not say that it is not there.
                busy |= matches!(parts.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
                continue;
            }
            if parts.status.is_server_error() {
                return Err(nothing(subject, &tried, true));
            }
            let body = body.bytes().await?;
            return Ok(Fetched { url: url.clone(), status: parts.status, headers: parts.headers, body });
        }
        Err(nothing(subject, &tried, busy))
    }
}

impl Fetched {
    pub(crate) fn open(&self) -> Result<Document<'_>, TokenError> {
        Document::read(self.url.as_str(), self.status, &self.headers, &self.body)
    }
}

fn nothing(subject: &str, tried: &[String], transient: bool) -> TokenError {
    TokenError::Discovery { subject: redacted_url(subject), tried: tried.join(", "), transient }
}
