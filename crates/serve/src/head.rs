//! How large the head of a request may be.
//!
//! hyper has bounds of its own, and answers what is over them with a bare status: OpenAI's clients then have no words to
//! show. These are lower, so that what is too large by some is told in JSON. hyper's stay for what is too large by far, and
//! keep clients that nobody knows yet from filling the memory with heads that never end.

use http::StatusCode;

use crate::refusal::Refusal;

/// What is read of a head, in bytes, before anything else is looked at.
pub(crate) const MOST_READ: usize = 128 << 10;

/// The bytes of all header fields. An access token with every group of its subject in it has a few thousand.
const MOST: usize = 32 << 10;

/// The bytes of the target: what RFC 9110 section 4.1 would have every server take.
const MOST_OF_TARGET: usize = 8000;

/// Refuses a request whose head is too large.
pub(crate) fn check<B>(request: &http::Request<B>) -> Result<(), Refusal> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > MOST_OF_TARGET {
        let message = format!("expected a path and query of at most {MOST_OF_TARGET} bytes, found {target}");
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, "uri_too_long", message));
    }
    let fields: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if fields > MOST {
        let message = format!("expected header fields of at most {MOST} bytes in all, found {fields}");
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(Refusal::new(status, "headers_too_large", message));
    }
    Ok(())
}
