//! The rule for URLs that a server supplied: https, no user name, and no way into a private network (RFC 9728 section
//! 7.7, MCP "Server-Side Request Forgery"). It judges the text; the HTTP client judges the address that it connects to,
//! as names may lead elsewhere the second time (`SendOptions::with_public_only`).

use toolgate_http_client::{AddressPolicy, HttpError, Origin, parse_url};
use url::{Host, Url};

use crate::error::foreign;
use crate::{TokenError, endpoint_url};

/// Which server-supplied URLs may be requested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct UrlPolicy {
    loopback: bool,
    cleartext: bool,
    /// An origin that somebody configured: it may be reached, whatever its address.
    configured: Option<url::Origin>,
}

impl UrlPolicy {
    /// Only https to public addresses.
    ///
    /// ```
    /// use toolgate_oauth_cc::discovery::UrlPolicy;
    /// assert!(UrlPolicy::new().check("https://as.example/token").is_ok());
    /// assert!(UrlPolicy::new().check("https://169.254.169.254/latest/meta-data").is_err());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows this machine, also by plain `http`: for development. Default off.
    #[must_use]
    pub fn with_insecure_loopback(mut self, allowed: bool) -> Self {
        self.loopback = allowed;
        self.cleartext = allowed;
        self
    }

    /// The policy for URLs that the server at `configured` supplies: its own origin is allowed, and when it is this
    /// machine, so is the rest of this machine.
    #[must_use]
    pub(crate) fn beside(mut self, configured: &Url) -> Self {
        self.loopback |= endpoint_url::is_loopback(configured);
        self.configured = Some(configured.origin());
        self
    }

    /// Checks a URL by its text.
    ///
    /// # Errors
    /// [`TokenError::BadEndpoint`] for a URL that is not absolute https, carries a user name, a fragment, or characters
    /// that no URL may hold; [`TokenError::Http`] with [`HttpError::BlockedAddress`] for a blocked host.
    pub fn check(&self, text: &str) -> Result<(), TokenError> {
        self.member("url", text).map(drop)
    }

    /// As [`check`](Self::check), with the URL, and naming the metadata member in errors.
    pub(crate) fn member(&self, member: &'static str, text: &str) -> Result<Url, TokenError> {
        let bad = |reason: &str| TokenError::BadEndpoint {
            member,
            found: foreign(text),
            reason: reason.to_owned(),
        };
        let uri = parse_url(text).map_err(|error| match error {
            HttpError::BadUrl { reason, .. } => bad(reason),
            other => other.into(),
        })?;
        let origin = Origin::of(&uri)?;
        if !is_host(origin.host()) || origin.port() == 0 {
            return Err(bad("expected a host name or address, and a port that exists"));
        }
        if has_attack(text) {
            return Err(bad("an escape that belongs to an attack, not to an endpoint"));
        }
        let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
        if self.configured.as_ref() == Some(&url.origin()) {
            return Ok(url);
        }
        let loopback = self.loopback && is_this_machine(&url);
        AddressPolicy::default().with_loopback(loopback).check_host(&origin)?;
        if origin.is_secure() || (self.cleartext && origin.is_loopback()) {
            return Ok(url);
        }
        Err(bad("expected https"))
    }

    /// Whether the HTTP client must judge the address of `url` too, when it connects: always, unless the origin was
    /// configured or is this machine and allowed to be.
    pub(crate) fn public_only(&self, url: &Url) -> bool {
        let own = self.configured.as_ref() == Some(&url.origin());
        !(own || self.loopback && endpoint_url::is_loopback(url))
    }
}

/// Whether the host is this machine by its spelling, also as an IPv4 address mapped into IPv6. A gateway's address that
/// holds 127.0.0.1 (NAT64) is not.
fn is_this_machine(url: &Url) -> bool {
    let mapped = match url.host() {
        Some(Host::Ipv6(address)) => address.to_ipv4_mapped(),
        _ => None,
    };
    endpoint_url::is_loopback(url) || mapped.is_some_and(|address| address.is_loopback())
}

/// RFC 1035 section 2.3.4, or an address.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.starts_with('[') || (host.len() <= 253 && host.split('.').all(is_label))
}

/// Escaped line breaks and NUL, and shell substitution: no endpoint has them (CVE-2025-6514).
fn has_attack(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["%0d", "%0a", "%00", "$("].iter().any(|attack| lower.contains(attack))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_may_name() {
        let kind = |url: &str| UrlPolicy::new().check(url).map_err(|error| error.kind());
        for good in ["https://as.example/token?tenant=1", "https://a-s.example/", "https://a_s.example/"] {
            assert!(kind(good).is_ok(), "{good}");
        }
        for blocked in [
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://metadata.google.internal/",
        ] {
            assert_eq!(kind(blocked), Err("blocked_address"), "{blocked}");
        }
        for bad in [
            "http://as.example/",
            "/token",
            "https://u@as.example/",
            "https://a..b/",
            "https://as.example;id/",
            "https://as$.example/",
            "https://as.example/%0d%0a",
            "https://as.example:0/",
        ] {
            assert_eq!(kind(bad), Err("bad_endpoint"), "{bad}");
        }
    }

    #[test]
    fn switches_open_what_they_say_and_no_more() {
        let dev = UrlPolicy::new().with_insecure_loopback(true);
        assert!(dev.check("http://127.0.0.1:9/").is_ok());
        assert!(dev.check("https://[::ffff:127.0.0.1]/").is_ok());
        assert!(dev.check("https://[64:ff9b::127.0.0.1]/").is_err());
        assert!(dev.check("https://10.0.0.1/").is_err());
        assert!(dev.check("http://as.example/").is_err());
        assert!(dev.public_only(&Url::parse("https://as.example/").unwrap()), "names may lead elsewhere");
        assert!(!dev.public_only(&Url::parse("https://localhost/").unwrap()));
        assert!(UrlPolicy::new().public_only(&Url::parse("https://localhost/").unwrap()));
        let beside = UrlPolicy::new().beside(&Url::parse("https://10.0.0.1/mcp").unwrap());
        let own = beside.member("url", "https://10.0.0.1/token").unwrap();
        assert!(!beside.public_only(&own));
        assert!(beside.check("https://10.0.0.2/token").is_err());
        assert!(beside.public_only(&beside.member("url", "https://as.example/").unwrap()));
        let beside = UrlPolicy::new().beside(&Url::parse("http://127.0.0.1:1/mcp").unwrap());
        assert!(beside.check("https://127.0.0.1:2/token").is_ok(), "this machine beside this machine");
        assert!(beside.check("http://127.0.0.1:2/token").is_err(), "but not in clear text");
        assert!(beside.check("https://10.0.0.1/token").is_err());
    }
}
