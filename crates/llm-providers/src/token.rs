//! Access tokens from a cloud's token endpoint: fetched once for all, renewed in time, sent as bearer.

mod gigachat;
#[cfg(feature = "vertex")]
mod google;
mod ibm;
#[cfg(any(feature = "snowflake", feature = "vertex"))]
mod rs256;
#[cfg(feature = "snowflake")]
mod snowflake;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, Uri};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use toolgate_http_client::{
    AttachedCredential, Credential, HttpClient, ModelProvider, Origin, Request, SendOptions, redacted_url,
};
use zeroize::Zeroizing;

#[cfg(feature = "snowflake")]
pub use self::snowflake::KeyPairAuthorizer;
use crate::dialect::lenient::{Count, Text};
use crate::renewed::{Fetch, Proof, Renewed};
use crate::{ApiKey, Authorizer, ErrorKind, ProviderError, percent};

/// What is said to last longer is asked for anew after a day.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// How a token is asked for.
trait Grant: Send + Sync {
    /// The request to the token endpoint, as of `now`.
    fn request(&self, now: SystemTime) -> Result<Request, ProviderError>;
}

/// Proves who asks with an access token of a cloud, as `Authorization: Bearer`.
///
/// Callers at the same time wait for one request; a token is renewed a minute before it ends, and one that is still good
/// is used while the token endpoint fails.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use toolgate_http_client::HttpClient;
/// # use toolgate_llm_providers::{Catalogue, ChatModel, TokenAuthorizer};
/// # fn example(http: Arc<dyn HttpClient>) -> Result<(), Box<dyn std::error::Error>> {
/// let watsonx = Catalogue::builtin().provider("watsonx_gateway")?.clone().with_parameter("region", "eu-de")?;
/// let key = std::env::var("WATSONX_API_KEY")?;
/// let tokens = TokenAuthorizer::ibm(watsonx.id(), key, None, Arc::clone(&http));
/// let model = ChatModel::new(watsonx, "ibm/granite-4-h-small", None, http)?
///     .with_authorizer(Arc::new(tokens));
/// # Ok(()) }
/// ```
pub struct TokenAuthorizer {
    provider: Arc<str>,
    http: Arc<dyn HttpClient>,
    grant: Arc<dyn Grant>,
    latest: Renewed<HeaderValue>,
}

/// What a token endpoint answers (RFC 6749 section 5.1), or in its place. What is missing is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    access_token: Text<'a>,
    expires_in: Count,
    /// The time of its end, as GigaChat says it: in seconds or, mostly, milliseconds since 1970.
    expires_at: Count,
    #[serde(borrow)]
    error_description: Text<'a>,
    #[serde(borrow, rename = "errorMessage", alias = "message")]
    error_message: Text<'a>,
}

impl Answer<'_> {
    /// How long the token is good.
    fn lasts(&self, now: SystemTime) -> Duration {
        // No second that this program will see is so high, and no millisecond so low.
        let end = self.expires_at.0.map(|at| match at {
            ..100_000_000_000 => Duration::from_secs(at),
            _ => Duration::from_millis(at),
        });
        let left = end.map(|end| end.saturating_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default()));
        // Without a length of life: the shortest that is common.
        self.expires_in.0.map(Duration::from_secs).or(left).unwrap_or(Duration::from_secs(600))
    }
}

impl TokenAuthorizer {
    fn of(provider: impl Into<Arc<str>>, http: Arc<dyn HttpClient>, grant: Arc<dyn Grant>) -> Self {
        Self { provider: provider.into(), http, grant, latest: Renewed::new() }
    }
}

async fn fetch(
    provider: Arc<str>,
    http: Arc<dyn HttpClient>,
    request: Request,
    now: SystemTime,
) -> Result<Proof<HeaderValue>, ProviderError> {
    let broken = |error| ProviderError::transport(&provider, error);
    let sent = secrets_of(&request);
    let reply = http.send(request).await.map_err(broken)?;
    let (head, body) = reply.into_parts();
    let body = body.bytes().await.map_err(broken)?;
    let answer: Answer<'_> = serde_json::from_slice(&body).unwrap_or_default();
    let refuse = |kind, what: String| Err(ProviderError::new(kind, Arc::clone(&provider), what));
    if !head.status.is_success() {
        // Whoever it does not accept must change something; the rest passes.
        let kind = match head.status.as_u16() {
            429 => ErrorKind::RateLimited,
            400..=499 => ErrorKind::Authentication,
            _ => ErrorKind::Unavailable,
        };
        let said = [&*answer.error_description, &*answer.error_message].concat();
        let said = sent.iter().fold(said, |said, secret| said.replace(&**secret, "[redacted]"));
        return refuse(kind, format!("no access token: {} {said}", head.status.as_u16()));
    }
    if answer.access_token.is_empty() {
        return refuse(ErrorKind::MalformedOutput, "expected an access_token, found none".to_owned());
    }
    let value = ApiKey::new(&*answer.access_token)?.header("Bearer ")?;
    // A life beyond the clock's range would be one without end.
    Ok(Proof { value, until: Some(now + answer.lasts(now).min(LONGEST_LIFE)) })
}

/// A form for a token endpoint. It holds secrets, so it goes over TLS, or stays on this machine.
fn form(provider: &str, url: &str, members: &[(&str, &str)]) -> Result<Request, ProviderError> {
    let uri: Uri = url.parse().map_err(|_| {
        let found = redacted_url(url);
        let what = format!("expected the URL of a token endpoint, found \"{found}\"");
        ProviderError::new(ErrorKind::Configuration, provider, what)
    })?;
    Origin::of(&uri).map_err(|error| ProviderError::transport(provider, error))?;
    let mut body = String::new();
    for (name, value) in members {
        let separator = if body.is_empty() { "" } else { "&" };
        body.push_str(&format!("{separator}{name}={}", percent::escaped(value)));
    }
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    request.headers_mut().insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
    SendOptions::default().attach(&mut request);
    Ok(request)
}

/// What of a request to a token endpoint is secret, should the endpoint repeat it: the credential in its head, and in its form
/// all but what only says what is asked for.
fn secrets_of(request: &Request) -> Vec<Zeroizing<String>> {
    let form = std::str::from_utf8(request.body()).unwrap_or_default();
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let secret = pairs.filter(|(name, _)| !matches!(*name, "grant_type" | "scope" | "client_id"));
    let sent = secret.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned());
    let sent = sent.map(Zeroizing::new);
    let shown = AttachedCredential::exposed(request).map(|secret| Zeroizing::new(secret.to_owned()));
    sent.chain(shown).filter(|secret| !secret.is_empty()).collect()
}

#[async_trait]
impl Authorizer for TokenAuthorizer {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        let now = SystemTime::now();
        let get = || -> Fetch<HeaderValue> {
            let (provider, http) = (Arc::clone(&self.provider), Arc::clone(&self.http));
            let asked = self.grant.request(now);
            Box::pin(async move { fetch(provider, http, asked?, now).await })
        };
        let value = self.latest.get(now, get).await?;
        let origin =
            Origin::of(request.uri()).map_err(|error| ProviderError::transport(&self.provider, error))?;
        Credential::<ModelProvider>::authorization(origin, value).attach(request);
        Ok(())
    }

    fn refused(&self) {
        self.latest.forget();
    }
}

impl fmt::Debug for TokenAuthorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenAuthorizer({})", self.provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some servers want a key there.
    #[test]
    fn a_refused_token_endpoint_is_told_without_its_query() {
        for (url, shown) in [
            ("https://as.example/to ken?key=canary", "https://as.example/to ken"),
            ("as.example/token?key=canary", "as.example/token"),
            ("/token?key=canary", "/token"),
            ("ftp://user:canary@as.example/token?key=canary", "as.example/token"),
        ] {
            let refused = form("p", url, &[]).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Configuration, "{refused}");
            for told in [refused.to_string(), format!("{refused:?}")] {
                assert!(told.contains(shown) && !told.contains("canary"), "{url}: {told}");
            }
        }
    }
}
