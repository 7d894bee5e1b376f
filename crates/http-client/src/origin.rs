//! Scheme, host and port: what a credential is bound to (RFC 6454 section 4).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http::Uri;

use crate::{HttpError, parse_url};

/// Scheme, host and port of a server, normalised: lower case, port always given.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    secure: bool,
    host: Arc<str>,
    port: u16,
}

impl Origin {
    /// The origin of an absolute `https` or `http` URL, such as that of a request. A URL that is text is parsed:
    ///
    /// ```
    /// # use toolgate_http_client::{HttpError, Origin};
    /// let origin: Origin = "https://Example.com/token".parse()?;
    /// assert_eq!(origin.to_string(), "https://example.com");
    /// assert_eq!(origin.port(), 443);
    /// # Ok::<(), HttpError>(())
    /// ```
    ///
    /// # Errors
    /// [`HttpError::BadUrl`] for a relative URL, another scheme, or one that carries a user name or password.
    pub fn of(uri: &Uri) -> Result<Self, HttpError> {
        let bad = |reason| HttpError::BadUrl { url: crate::redacted_url(&uri.to_string()), reason };
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err(bad("only https and http URLs can be requested")),
            None => return Err(bad("expected an absolute URL such as https://host/path")),
        };
        let authority = uri.authority().ok_or_else(|| bad("the URL names no host"))?;
        let (mut host, rest) =
            split(authority.as_str()).ok_or_else(|| bad("a URL must not carry a user name or password"))?;
        let port = match rest {
            "" | ":" if secure => 443,
            "" | ":" => 80,
            _ => number(rest).ok_or_else(|| bad("the port is not a number up to 65535"))?,
        };
        while let Some(shorter) = host.strip_suffix('.') {
            host = shorter;
        }
        if host.is_empty() {
            return Err(bad("the URL names no host"));
        }
        if host.len() > 63 && (host.len() > 253 || host.split('.').any(|label| label.len() > 63)) {
            return Err(bad("the host is longer than a name can be"));
        }
        let mixed_case = host.bytes().any(|byte| byte.is_ascii_uppercase());
        let host = if mixed_case { host.to_ascii_lowercase().into() } else { host.into() };
        Ok(Self { secure, host, port })
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, the scheme's own where the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is this machine by its very spelling: `localhost`, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let bare = || self.host.trim_start_matches('[').trim_end_matches(']');
        // The usual spellings first: every request in clear asks.
        matches!(&*self.host, "localhost" | "127.0.0.1" | "[::1]")
            || self.host.ends_with(".localhost")
            || bare().parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether the host is where clouds tell a machine who it is, by its very spelling: an address on the machine's own
    /// link (RFC 3927), or AWS's of the same use.
    pub(crate) fn is_metadata_service(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(address)) => address.is_link_local(),
            Ok(std::net::IpAddr::V6(address)) => matches!(address.segments(), [0xfd00, 0x0ec2, ..]),
            Err(_) => false,
        }
    }
}

/// The host as the connector reads it, and what follows: an IPv6 address to its bracket, anything else to its colon. `None`
/// where there is a user name. Byte by byte, because every request comes through here.
fn split(authority: &str) -> Option<(&str, &str)> {
    let bytes = authority.as_bytes();
    let end = if bytes.contains(&b'@') {
        return None;
    } else if bytes.first() == Some(&b'[') {
        bytes.iter().position(|byte| *byte == b']').map(|at| at + 1)
    } else {
        bytes.iter().position(|byte| *byte == b':')
    };
    authority.split_at_checked(end.unwrap_or(bytes.len()))
}

/// The port in `:443`. Digits alone: a sign is no part of a port (RFC 3986 section 3.2.3).
fn number(rest: &str) -> Option<u16> {
    rest.strip_prefix(':')?.bytes().try_fold(0_u16, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Of an absolute URL, read as strictly as by [`parse_url`].
impl FromStr for Origin {
    type Err = HttpError;

    fn from_str(url: &str) -> Result<Self, HttpError> {
        Self::of(&parse_url(url)?)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.secure { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Result<Origin, HttpError> {
        Origin::of(&url.parse().unwrap())
    }

    #[test]
    fn spelling_does_not_make_another_origin() {
        assert_eq!(origin("https://A.example:443/x").unwrap(), origin("https://a.example./y").unwrap());
        assert_ne!(origin("https://a.example").unwrap(), origin("http://a.example").unwrap());
        assert_ne!(origin("https://a.example").unwrap(), origin("https://a.example:8443").unwrap());
    }

    #[test]
    fn each_scheme_has_its_port() {
        let port = |url: &str| origin(url).unwrap().port();
        assert_eq!((port("https://a.example"), port("https://a.example:/")), (443, 443));
        assert_eq!((port("http://a.example"), port("http://a.example:/")), (80, 80));
        assert_eq!(port("http://a.example:65535"), 65535);
    }

    #[test]
    fn a_host_is_no_longer_than_a_name_can_be() {
        let (label, long) = ("a".repeat(63), "a".repeat(64));
        let name = |last: usize| format!("{label}.{label}.{label}.{}", "b".repeat(last));
        for host in [label.clone(), format!("{label}.example"), name(61)] {
            assert!(origin(&format!("https://{host}/")).is_ok(), "{host}");
        }
        for host in [long.clone(), format!("{long}.example"), name(62)] {
            assert!(matches!(origin(&format!("https://{host}/")), Err(HttpError::BadUrl { .. })), "{host}");
        }
    }

    #[test]
    fn unusable_urls_are_refused() {
        for url in [
            "/relative",
            "ftp://a.example/",
            "https://user:pw@a.example/",
            "https://user@a.example/",
            "https://./",
            "https://a.example:8a/",
            "https://a.example:65536/",
            "https://a.example:+80/",
            "https://[::1]x:80/",
        ] {
            assert!(matches!(origin(url), Err(HttpError::BadUrl { .. })), "{url}");
        }
    }

    /// `http::Uri` drops a fragment, and with it a host that somebody may have meant.
    #[test]
    fn a_text_is_read_as_strictly_as_a_url_from_elsewhere() {
        assert_eq!("https://A.example/x?y".parse::<Origin>().unwrap(), origin("https://a.example").unwrap());
        for url in
            ["https://evil.example#@as.example/", "https://evil.example\\@as.example/", "as.example", ""]
        {
            assert!(matches!(url.parse::<Origin>(), Err(HttpError::BadUrl { .. })), "{url}");
        }
    }

    #[test]
    fn loopback_by_spelling() {
        for url in [
            "http://localhost:1",
            "http://a.localhost",
            "http://127.9.9.9",
            "http://[::1]:80",
            "http://[0:0:0:0:0:0:0:1]",
        ] {
            assert!(origin(url).unwrap().is_loopback(), "{url}");
        }
        assert!(!origin("http://localhost.evil.example").unwrap().is_loopback());
    }

    #[test]
    fn metadata_services_by_spelling() {
        for url in ["http://169.254.169.254/latest", "http://169.254.170.2", "http://[fd00:ec2::254]"] {
            assert!(origin(url).unwrap().is_metadata_service(), "{url}");
        }
        for url in
            ["http://metadata.google.internal", "http://10.0.0.1", "http://169.255.0.1", "http://[fd00::1]"]
        {
            assert!(!origin(url).unwrap().is_metadata_service(), "{url}");
        }
    }
}
