//! URLs as text: parsed more strictly than `http::Uri` does where somebody else chose them (RFC 3986; RFC 9110 section 4.2),
//! and shown without what may be a secret in them.
//!
//! `http::Uri` silently drops a fragment and lets a port of 65536 pass; two parsers that read one URL differently are
//! how a check is walked around.

use http::Uri;

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
    let bad = |reason| HttpError::BadUrl { url: redacted_url(text), reason };
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

/// A URL for messages and logs: without what may be a secret in it, which is a user name and password, the query and the
/// fragment. All but printable ASCII is escaped, as letters of other alphabets look alike, and what is longer than 200
/// characters is cut. What is left out for its secrets leaves a mark.
///
/// ```
/// use toolgate_http_client::redacted_url;
/// assert_eq!(redacted_url("https://mcp.example/mcp?api_key=s3cret"), "https://mcp.example/mcp…");
/// assert_eq!(redacted_url("https://user:s3cret@mcp.example/"), "https://[redacted]@mcp.example/");
/// ```
#[must_use]
pub fn redacted_url(url: &str) -> String {
    let (place, cut) = url.find(['?', '#']).and_then(|at| url.split_at_checked(at)).unwrap_or((url, ""));
    let scheme = place.find("://").map_or(0, |at| at + 3);
    let shown = match (place.get(..scheme), place.get(scheme..).and_then(|rest| rest.rsplit_once('@'))) {
        (Some(scheme), Some((_, host))) => format!("{scheme}[redacted]@{host}"),
        _ => place.to_owned(),
    };
    let shown: String = shown.chars().flat_map(char::escape_default).take(200).collect();
    shown + if cut.is_empty() { "" } else { "…" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_secrets() {
        let shown = |url| redacted_url(url);
        assert_eq!(shown("https://user:canary@a.test/x?key=canary"), "https://[redacted]@a.test/x…");
        assert_eq!(shown("user:canary@a.test"), "[redacted]@a.test");
        assert_eq!(shown("https://user:can@ary@a.test"), "https://[redacted]@a.test");
        assert_eq!(shown("https://a.test/x?canary#canary"), "https://a.test/x…");
        assert_eq!(shown("https://a.test/x?to=https://canary"), "https://a.test/x…");
        assert_eq!(redacted_url(&"x".repeat(201)), "x".repeat(200));
        assert_eq!(shown("https://a.test#canary@b.test"), "https://a.test…");
        assert_eq!(shown("https://a.test/\u{202e}\r\n"), "https://a.test/\\u{202e}\\r\\n");
    }

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
