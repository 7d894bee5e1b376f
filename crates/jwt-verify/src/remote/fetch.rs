//! One request for a key set: conditional, bounded, and read for how long it stays fresh (RFC 9111 section 5.2.2).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use tokio::time::Instant;
use toolgate_http_client::SendOptions;

use super::{Loaded, Settings};
use crate::error::escaped;
use crate::key_set::MAX_DOCUMENT;
use crate::key_source::Keys;
use crate::{KeySet, VerifyError};

/// Asks for the keys; a 304 confirms those of `before`. The generation changes only when a key does, so that an
/// unchanged set forgets no verified token.
pub(crate) async fn fetch(settings: &Settings, before: Option<&Loaded>) -> Result<Loaded, VerifyError> {
    let http = |error| VerifyError::Http(Arc::new(error));
    let response = settings.client.send(request(settings, before)?).await.map_err(http)?;
    let fresh_for = settings.timing.fresh_for(lifetime(response.headers()));
    let (keys, etag) = match (response.status(), before) {
        (StatusCode::OK, _) => {
            check_content_type(response.headers())?;
            let etag = response.headers().get(ETAG).cloned();
            let document = response.into_body().bytes().await.map_err(http)?;
            (numbered(KeySet::parse_with(document, &settings.rules)?, before), etag)
        }
        (StatusCode::NOT_MODIFIED, Some(before)) => (before.keys.clone(), before.etag.clone()),
        (other, _) => return Err(VerifyError::HttpStatus { status: other.as_u16() }),
    };
    Ok(Loaded { keys, confirmed: Instant::now(), fresh_for, etag })
}

fn request(settings: &Settings, before: Option<&Loaded>) -> Result<Request<Bytes>, VerifyError> {
    let mut request = Request::get(settings.url.clone())
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .body(Bytes::new())
        .map_err(|_| VerifyError::configuration("the key set's URL cannot be requested"))?;
    if let Some(etag) = before.and_then(|before| before.etag.clone()) {
        request.headers_mut().insert(IF_NONE_MATCH, etag);
    }
    let options = SendOptions::default().with_max_body(MAX_DOCUMENT);
    options.with_public_only(settings.public_only).attach(&mut request);
    Ok(request)
}

/// `application/json`, `application/jwk-set+json` (RFC 7517 section 8.5.2) or another JSON type; where the server does
/// not say, the document speaks for itself. Whatever else answers at this URL, such as a login page, is no key set.
fn check_content_type(headers: &HeaderMap) -> Result<(), VerifyError> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let is_json = media_type
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    Err(VerifyError::malformed("key set", format!("expected application/json, got {}", escaped(media_type))))
}

fn numbered(set: KeySet, before: Option<&Loaded>) -> Keys {
    let generation = match before {
        Some(before) => before.keys.generation + u64::from(!before.keys.set.has_same_keys(&set)),
        None => 0,
    };
    Keys { set: Arc::new(set), generation }
}

/// `max-age` less the `Age` that the answer already has; zero when it must not be kept.
fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut lifetime = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in text(value).split(',').map(str::trim) {
            match directive.split_once('=') {
                None if directive == "no-store" || directive == "no-cache" => return Some(Duration::ZERO),
                Some(("max-age", seconds)) => lifetime = seconds.trim_matches('"').parse().ok(),
                _ => {}
            }
        }
    }
    let age = headers.get(AGE).and_then(|age| text(age).parse().ok()).unwrap_or(0);
    lifetime.map(|seconds: u64| Duration::from_secs(seconds.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cache_control: &'static str, age: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        if let Some(age) = age {
            headers.insert(AGE, HeaderValue::from_static(age));
        }
        lifetime(&headers).map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn cache_control_is_read() {
        assert_eq!(said("public, Max-Age=300", None), Some(300));
        assert_eq!(said("max-age=300", Some("100")), Some(200));
        assert_eq!(said("max-age=300", Some("1000")), Some(0));
        assert_eq!(said("max-age=300, no-cache", None), Some(0));
        assert_eq!(said("no-store", None), Some(0));
        assert_eq!(said("max-age=soon", None), None);
        assert_eq!(said("must-revalidate", None), None);
    }
}
