//! Redirects (RFC 9110 section 15.4): an error, or followed within the origin when that is asked for.

use http::header::LOCATION;
use http::{HeaderValue, Method, Response, StatusCode, Uri};

use crate::{HttpError, Origin, Request};

/// How many redirects are followed at most.
pub(super) const MOST: usize = 3;

/// Where a response sends the client instead of answering.
pub(super) fn location<B>(response: &Response<B>) -> Option<&HeaderValue> {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| response.headers().get(LOCATION))
        .flatten()
}

/// The URL to ask next, if it is within `origin` and asking it means the same: 307 and 308 keep the method, the others
/// may turn it into `GET` and so are followed for `GET` and `HEAD` alone.
pub(super) fn target<B>(request: &Request, response: &Response<B>, origin: &Origin) -> Option<Uri> {
    let keeps_method =
        matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    if !keeps_method && !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let target = resolve(request.uri(), location(response)?.to_str().ok()?)?;
    (Origin::of(&target).ok()? == *origin).then_some(target)
}

/// Resolves a reference (RFC 3986 section 5.2), as far as servers use it: dot segments are left to the server.
fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next()?;
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let absolute = if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{authority}{reference}")
    } else if reference.starts_with('?') {
        format!("{scheme}://{authority}{}{reference}", base.path())
    } else if has_scheme(reference) {
        reference.to_owned()
    } else {
        let (folder, _) = base.path().rsplit_once('/')?;
        format!("{scheme}://{authority}{folder}/{reference}")
    };
    absolute.parse().ok()
}

/// Whether what stands before the first colon can be a scheme (RFC 3986 section 3.1): a query may hold a whole URL too.
fn has_scheme(reference: &str) -> bool {
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    reference.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(of_scheme))
}

/// The error for a redirect of a request for `asked` that is not followed. Only the origin of the target is told, and
/// whether a slash is what its path differs by: its path and query may hold secrets.
pub(super) fn refused(status: StatusCode, location: &HeaderValue, asked: &Uri, from: &Origin) -> HttpError {
    let target = location.to_str().ok().and_then(|text| {
        let uri = resolve(asked, text)?;
        let (origin, slash) = (Origin::of(&uri).ok()?, slash(asked, &uri).unwrap_or_default());
        Some(format!("{origin}{slash}"))
    });
    let target = target.unwrap_or_else(|| "an unusable URL".to_owned());
    HttpError::RedirectRefused { status, origin: from.clone(), target }
}

/// What the slash at the end is that `target` has and `asked` has not, or the other way about, where nothing else
/// differs. Routers of web frameworks redirect so.
fn slash(asked: &Uri, target: &Uri) -> Option<&'static str> {
    if asked.query() != target.query() {
        return None;
    }
    if target.path().strip_suffix('/') == Some(asked.path()) {
        return Some(", where the path has a slash at its end");
    }
    (asked.path().strip_suffix('/') == Some(target.path()))
        .then_some(", where the path has no slash at its end")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn next(method: Method, status: u16, location: &str) -> Option<String> {
        let request =
            http::Request::builder().method(method).uri("https://a.test/x/y?q").body(Bytes::new()).unwrap();
        let response = Response::builder().status(status).header(LOCATION, location).body(()).unwrap();
        target(&request, &response, &Origin::of(request.uri()).unwrap()).map(|uri| uri.to_string())
    }

    #[test]
    fn references_are_resolved_within_the_origin() {
        let cases = [
            ("https://a.test:443/z", Some("https://a.test:443/z")),
            ("//A.test/z", Some("https://A.test/z")),
            ("/z?p#f", Some("https://a.test/z?p")),
            ("z", Some("https://a.test/x/z")),
            ("?p", Some("https://a.test/x/y?p")),
            ("/z?to=https://b.test/", Some("https://a.test/z?to=https://b.test/")),
            ("?to=https://b.test/", Some("https://a.test/x/y?to=https://b.test/")),
            ("z?to=https://b.test/", Some("https://a.test/x/z?to=https://b.test/")),
            ("mailto:a@b.test", None),
            ("web+a.b-c://b.test/", None),
            ("https://b.test/", None),
            ("http://a.test/", None),
            ("//a.test@b.test/", None),
            ("https://a.test:8443/", None),
        ];
        for (location, expected) in cases {
            assert_eq!(next(Method::GET, 302, location).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn a_post_is_followed_only_where_it_stays_one() {
        assert!(next(Method::POST, 307, "/z").is_some());
        assert!(next(Method::POST, 303, "/z").is_none());
        assert!(next(Method::GET, 304, "/z").is_none());
    }

    fn told(asked: &str, location: &str) -> String {
        let (asked, location) = (asked.parse().unwrap(), HeaderValue::from_str(location).unwrap());
        refused(StatusCode::TEMPORARY_REDIRECT, &location, &asked, &Origin::of(&asked).unwrap()).to_string()
    }

    #[test]
    fn the_error_names_the_origin_only() {
        for (location, expected) in [
            ("https://b.test/?code=canary", "redirects to https://b.test;"),
            ("//b.test/canary", "redirects to https://b.test;"),
            ("b.test:443", "redirects to an unusable URL;"),
            ("/canary", "redirects to https://a.test;"),
            ("canary", "redirects to https://a.test;"),
        ] {
            let told = told("https://a.test/", location);
            assert!(told.contains(expected) && !told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn the_error_names_the_slash_that_is_missing_or_too_much() {
        let (more, less) =
            (", where the path has a slash at its end;", ", where the path has no slash at its end;");
        for (asked, location, end) in [
            ("/mcp", "https://a.test/mcp/", more),
            ("/mcp", "http://a.test/mcp/", more),
            ("/mcp", "/mcp/", more),
            ("/mcp/", "/mcp", less),
            ("/mcp?a", "/mcp/?a", more),
            ("/mcp?a", "/mcp/?canary", ";"),
            ("/mcp", "/canary/", ";"),
            ("/mcp", "/mcp", ";"),
        ] {
            let told = told(&format!("https://a.test{asked}"), location);
            assert!(told.contains(&format!("a.test{}", end)), "{told}");
            assert!(!told.contains("canary"), "{told}");
        }
    }
}
