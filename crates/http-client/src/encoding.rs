//! Content codings (RFC 9110 section 8.4): asked for by the features that are compiled in, undone under the size cap.

#[cfg(any(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
mod inflate;

use http::Response as HttpResponse;
use http::header::CONTENT_ENCODING;
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;

use crate::error::escaped;
use crate::{Body, HttpError, Origin, Request, Response, SendOptions};

/// What is asked for, best first; `None` when no coding is compiled in.
const ACCEPTED: Option<&str> =
    match (cfg!(feature = "zstd"), cfg!(feature = "brotli"), cfg!(feature = "gzip")) {
        (true, true, true) => Some("zstd, br, gzip"),
        (true, true, false) => Some("zstd, br"),
        (true, false, true) => Some("zstd, gzip"),
        (true, false, false) => Some("zstd"),
        (false, true, true) => Some("br, gzip"),
        (false, true, false) => Some("br"),
        (false, false, true) => Some("gzip"),
        (false, false, false) if cfg!(feature = "deflate") => Some("deflate"),
        (false, false, false) => None,
    };

/// Asks for compression, unless the caller has said what it wants or expects a stream of events: a server that
/// compresses those holds them back.
pub(crate) fn ask(request: &mut Request) {
    use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, RANGE};
    let Some(accepted) = ACCEPTED else { return };
    // Once through the few headers that there are is quicker than looking three of them up.
    let chosen = request.headers().iter().any(|(name, value)| {
        name == ACCEPT_ENCODING
            || name == RANGE
            || (name == ACCEPT && value.as_bytes() == b"text/event-stream")
    });
    if !chosen {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
    }
}

/// Puts the bounded, plain body into the response. Its cap holds for the bytes on the wire and for the inflated ones.
pub(crate) fn decode(
    response: HttpResponse<Incoming>,
    origin: Origin,
    options: SendOptions,
    started: Instant,
) -> Result<Response, HttpError> {
    let coded = response.headers().contains_key(CONTENT_ENCODING) && !response.body().is_end_stream();
    let limit = options.max_body;
    let named = coded.then(|| origin.clone());
    let response = response.map(|incoming| Body::network(incoming, origin, options, started));
    match named {
        Some(origin) => undo(response, &origin, limit),
        None => Ok(response),
    }
}

#[cfg_attr(
    not(any(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate")),
    expect(unused_mut, unused_variables, reason = "no coding is compiled in")
)]
fn undo(mut response: Response, origin: &Origin, limit: usize) -> Result<Response, HttpError> {
    let codings = response.headers().get_all(CONTENT_ENCODING);
    let name =
        codings.iter().map(|name| String::from_utf8_lossy(name.as_bytes())).collect::<Vec<_>>().join(", ");
    if name.eq_ignore_ascii_case("identity") {
        return Ok(response);
    }
    #[cfg(any(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
    if let Some(coding) = inflate::Coding::named(&name) {
        response.headers_mut().remove(CONTENT_ENCODING);
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        return Ok(response.map(|body| inflate::inflate(coding, body, origin.clone(), limit)));
    }
    let reason = format!("it came as {}, which was not asked for", escaped(&name));
    Err(HttpError::Encoding { origin: origin.clone(), reason })
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use http::header::{ACCEPT, ACCEPT_ENCODING, RANGE};

    use super::*;

    #[test]
    fn a_caller_that_has_chosen_is_not_asked_for_it() {
        let asked = |name: http::HeaderName, value: &'static str| {
            let mut request = Request::default();
            request.headers_mut().insert("x-other", "1".parse().unwrap());
            request.headers_mut().insert(name, value.parse().unwrap());
            ask(&mut request);
            request.headers().get(ACCEPT_ENCODING).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(asked(ACCEPT_ENCODING, "identity").as_deref(), Some("identity"));
        assert_eq!(asked(RANGE, "bytes=0-9"), None, "a range of what is compressed is another one");
        assert_eq!(asked(ACCEPT, "text/event-stream"), None);
        assert!(asked(ACCEPT, "application/json").unwrap().contains("gzip"));
    }
}
