//! Parses a URL that somebody else chose, more strictly than `http::Uri` does (RFC 3986; RFC 9110 section 4.2).
//!
//! `http::Uri` silently drops a fragment and lets a port of 65536 pass; two parsers that read one URL differently are
//! how a check is walked around.

use http::Uri;

use crate::error::without_secrets;
use crate::{HttpError, Origin};

/// The absolute `https` or `http` URL that `text` is. Whether it may be requested is the client's decision.
///
/// ```
/// use toolgate_http_client::parse_url;
/// assert!(parse_url("https://as.example/token").is_ok());
/// assert!(parse_url("https://as.example@evil.example/").is_err());
/// assert!(parse_url("https://evil.example#@as.example/").is_err());
/// ```
///
/// # Errors
/// [`HttpError::BadUrl`] for a relative URL, another scheme, a user name, a fragment, or characters that parsers
/// disagree about.
pub fn parse_url(text: &str) -> Result<Uri, HttpError> {
    let bad = |reason| HttpError::BadUrl { url: without_secrets(text), reason };
    if let Some(odd) = text.chars().find(|c| !c.is_ascii_graphic() || "\\\"<>^`{|}".contains(*c)) {
        return Err(bad(if odd == '\\' {
            "a URL has no backslash"
        } else {
            "expected printable ASCII only; write a name in other letters as punycode and escape the rest with %"
        }));
    }
    if text.contains('#') {
        return Err(bad("a URL that is requested has no fragment"));
    }
    let uri: Uri = text.parse().map_err(|_| bad("it does not parse"))?;
    Origin::of(&uri)?;
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parsers_disagree_about_is_refused() {
        for url in [
            "https://a.test\\@evil.test/",
            "https://a.test/\r\nX: y",
            "https://\u{c0}.test/",
            "https://a#b",
            "https://a.test/{id}",
            "https://a.test/a|b",
            "https://a.test/caf\u{e9}",
            "//a/",
            "",
        ] {
            assert!(matches!(parse_url(url), Err(HttpError::BadUrl { .. })), "{url}");
        }
        let error = parse_url("https://a.test\\b").unwrap_err().to_string();
        assert!(error.contains("no backslash"), "{error}");
        let error = parse_url("https://a.test/\u{1b}[2J").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}
