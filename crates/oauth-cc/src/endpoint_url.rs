//! The rule for URLs that somebody configured: absolute, https, no fragment, no user name (RFC 6749 section 3.2,
//! OAuth 2.1 section 1.5). URLs that a server supplied must pass the stricter `discovery::UrlPolicy`.

use toolgate_http_client::redacted_url;
use url::{Host, Url};

use crate::TokenError;

/// An endpoint beside the token endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    /// Whether a server chose it, which then may only be at a public address.
    pub(crate) public_only: bool,
}

/// Parses a configured URL. Plain `http` passes only for this machine; whether it may be used is asked later, by
/// [`permitted`], as the switch may be set after the URL.
pub(crate) fn configured(setting: &str, text: &str) -> Result<Url, TokenError> {
    let refuse = |reason: &str| {
        TokenError::configuration(setting, &format!("{} is unusable: {reason}", redacted_url(text)))
    };
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(refuse("expected an absolute URL such as https://host/path"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TokenError::configuration(setting, "a URL must not carry a user name or password"));
    }
    if url.fragment().is_some() {
        return Err(refuse("a fragment is not allowed"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(TokenError::InsecureUrl { url: redacted_url(text) });
    }
    Ok(url)
}

/// Checks the name of a resource: an absolute URI without a fragment (RFC 8707 section 2). One of http is a URL as any
/// other; some servers know theirs as `api://…` or `urn:…`, where nothing is ever sent.
pub(crate) fn named(setting: &str, text: &str) -> Result<(), TokenError> {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_name = match scheme.as_deref() {
        None | Some("http" | "https") => false,
        Some("urn") => true,
        // Without the slashes it could be a host and a port.
        Some(_) => text.contains("://"),
    };
    if !is_name {
        return configured(setting, text).map(drop);
    }
    let is_whole = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"#@\"<>\\^`{|}".contains(&byte));
    match Url::parse(text) {
        Ok(url) if is_whole && (url.has_host() || url.path().len() > 1) => Ok(()),
        _ => Err(TokenError::configuration(
            setting,
            "expected an absolute URI without a fragment or a user name, such as https://host/path or api://name",
        )),
    }
}

/// Checks the name of an issuer, which is a URL where it is one of https. AD FS calls itself `http://…` in its tokens, and
/// Stytch `stytch.com/…`.
pub(crate) fn issuer(text: &str) -> Result<(), TokenError> {
    if text.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("https:")) {
        return configured("issuer", text).map(drop);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"#@\"\\".contains(&byte)) {
        return Ok(());
    }
    Err(TokenError::configuration(
        "issuer",
        "expected what tokens say, such as https://host or https://host/path",
    ))
}

/// Whether a request may go to `url`.
pub(crate) fn permitted(url: &Url, insecure_loopback: bool) -> Result<(), TokenError> {
    if url.scheme() == "https" || (insecure_loopback && is_loopback(url)) {
        return Ok(());
    }
    Err(TokenError::InsecureUrl { url: redacted_url(url.as_str()) })
}

/// Whether the host is this machine by its very spelling.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_urls() {
        for good in [
            "https://as.example/token",
            "https://as.example/token?tenant=1",
            "http://127.0.0.1:9/token",
            "http://[::1]:9/token",
            "http://as.localhost/token",
        ] {
            assert!(configured("token_url", good).is_ok(), "{good}");
        }
        for (bad, kind) in [
            ("http://as.example/token", "insecure_url"),
            ("/token", "configuration"),
            ("ftp://as.example/", "configuration"),
            ("https://u:p@as.example/", "configuration"),
            ("https://u@as.example/", "configuration"),
            ("https://:p@as.example/", "configuration"),
            ("https://as.example/#f", "configuration"),
            ("http://localhost.evil.example/", "insecure_url"),
        ] {
            assert_eq!(configured("token_url", bad).unwrap_err().kind(), kind, "{bad}");
        }
    }

    #[test]
    fn a_resource_may_have_a_name_that_is_no_url() {
        let named = |text: &str| named("resource", text).map_err(|error| error.kind());
        for good in [
            "https://mcp.example/mcp",
            "api://22222222-2222-2222-2222-222222222222",
            "api://tools.example/crm",
            "urn:example:Tools",
            "URN:example:tools",
            "spn://x",
        ] {
            assert_eq!(named(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/mcp",
            "crm",
            "mcp.example:443/mcp",
            "localhost:8080",
            "api://",
            "api:///",
            "api://u:p@tools",
            "api://tools#f",
            "urn:",
            "urn:a b",
            "urn:a\u{e9}",
        ] {
            assert_eq!(named(bad), Err("configuration"), "{bad}");
        }
        assert_eq!(named("http://mcp.example/"), Err("insecure_url"));
    }

    #[test]
    fn an_issuer_is_what_tokens_say() {
        for good in [
            "https://as.example/",
            "http://fs.example/adfs/services/trust",
            "stytch.com/project-live-1",
            "accounts.google.com",
        ] {
            assert!(issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https://u:p@as.example/",
            "HTTPS://as.example/#f",
            "http://u:p@fs.example/",
            "a b",
        ] {
            assert_eq!(issuer(bad).unwrap_err().kind(), "configuration", "{bad}");
        }
    }

    #[test]
    fn cleartext_needs_the_switch_even_on_this_machine() {
        let url = configured("token_url", "http://localhost:1/").unwrap();
        assert_eq!(permitted(&url, false).unwrap_err().kind(), "insecure_url");
        assert!(permitted(&url, true).is_ok());
        let elsewhere = Url::parse("http://10.0.0.1/").unwrap();
        assert_eq!(permitted(&elsewhere, true).unwrap_err().kind(), "insecure_url");
    }
}
