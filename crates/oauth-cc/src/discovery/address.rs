//! The rule for URLs that a server supplied: https, no user name, and no way into a private network (RFC 9728 section
//! 7.7, MCP "Server-Side Request Forgery"). It looks at text and addresses only; whoever connects must ask
//! [`AddressPolicy::address`] again for the address it connects to, as names may be rebound in between.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use async_trait::async_trait;
use url::{Host, Url};

use crate::error::foreign;
use crate::{TokenError, endpoint_url};

/// Finds the addresses of a name, so that the policy can look at them.
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`.
    ///
    /// # Errors
    /// What the resolver says.
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// Which server-supplied URLs may be requested.
#[derive(Clone, Default)]
pub struct AddressPolicy {
    loopback: bool,
    cleartext: bool,
    private: bool,
    /// An origin that somebody configured: it may be reached, whatever its address.
    configured: Option<url::Origin>,
    resolver: Option<Arc<dyn Resolve>>,
}

impl AddressPolicy {
    /// Only https to public addresses.
    ///
    /// ```
    /// use toolgate_oauth_cc::discovery::AddressPolicy;
    /// assert!(AddressPolicy::new().url("https://as.example/token").is_ok());
    /// assert!(AddressPolicy::new().url("https://169.254.169.254/latest/meta-data").is_err());
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

    /// Allows private networks (RFC 1918, unique local IPv6): for an authorization server inside a company. Link-local
    /// addresses and metadata services stay blocked. Default off.
    #[must_use]
    pub fn with_private_networks(mut self, allowed: bool) -> Self {
        self.private = allowed;
        self
    }

    /// Looks up names, so that one that leads into a blocked network is refused before a connection is tried. Default:
    /// none, and names are judged by their spelling.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = Some(resolver);
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
    /// that no URL may hold; [`TokenError::BlockedAddress`] for a blocked host.
    pub fn url(&self, text: &str) -> Result<Url, TokenError> {
        self.member("url", text)
    }

    /// As [`url`](Self::url), naming the metadata member in errors.
    pub(crate) fn member(&self, member: &'static str, text: &str) -> Result<Url, TokenError> {
        let bad = |reason: &str| TokenError::BadEndpoint {
            member,
            found: foreign(text),
            reason: reason.to_owned(),
        };
        let authority = spelled(text).map_err(bad)?;
        let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
        if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
            return Err(bad("a user name or password is not allowed"));
        }
        if self.configured.as_ref() == Some(&url.origin()) {
            return Ok(url);
        }
        let host = url.host().ok_or_else(|| bad("no host"))?;
        let is_loopback = match &host {
            Host::Domain(name) => self.name(name)?,
            Host::Ipv4(address) => self.judged((*address).into(), &address.to_string())?,
            Host::Ipv6(address) => self.judged((*address).into(), &address.to_string())?,
        };
        if url.scheme() != "https" && !(self.cleartext && is_loopback) {
            return Err(bad("expected https"));
        }
        Ok(url)
    }

    /// Checks one address that `host` leads to. A name that is not this machine's must never lead to this machine,
    /// whatever is allowed.
    ///
    /// # Errors
    /// [`TokenError::BlockedAddress`].
    pub fn address(&self, host: &str, address: IpAddr) -> Result<(), TokenError> {
        let is_loopback = self.judged(address, host)?;
        let named = Url::parse(&format!("https://{host}/"));
        if is_loopback && !named.is_ok_and(|url| endpoint_url::is_loopback(&url)) {
            return Err(TokenError::BlockedAddress {
                host: foreign(host),
                reason: "a name for this machine",
            });
        }
        Ok(())
    }

    /// Checks all addresses of the host of `url`, if there is a resolver: one blocked address refuses the host.
    ///
    /// # Errors
    /// [`TokenError::BlockedAddress`]; [`TokenError::BadEndpoint`] for a name without addresses.
    pub async fn resolved(&self, url: &Url) -> Result<(), TokenError> {
        let (Some(resolver), Some(Host::Domain(name))) = (&self.resolver, url.host()) else { return Ok(()) };
        if self.configured.as_ref() == Some(&url.origin()) {
            return Ok(());
        }
        let unresolved =
            |reason: String| TokenError::BadEndpoint { member: "host", found: foreign(name), reason };
        let addresses = resolver.resolve(name).await.map_err(|error| unresolved(error.to_string()))?;
        if addresses.is_empty() {
            return Err(unresolved("the name has no address".to_owned()));
        }
        addresses.into_iter().try_for_each(|address| self.address(name, address))
    }

    /// Whether an allowed name is this machine.
    fn name(&self, name: &str) -> Result<bool, TokenError> {
        let bare = name.trim_end_matches('.');
        let blocked = |reason| TokenError::BlockedAddress { host: foreign(name), reason };
        if bare == "localhost" || bare.ends_with(".localhost") {
            return if self.loopback { Ok(true) } else { Err(blocked("this machine")) };
        }
        if ["metadata", "instance-data"].contains(&bare) || bare.ends_with(".internal") {
            return Err(blocked("a cloud metadata service"));
        }
        let well_formed = bare.len() <= 253
            && bare.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            });
        if well_formed { Ok(false) } else { Err(blocked("not a host name")) }
    }

    /// Whether an allowed address is this machine.
    fn judged(&self, address: IpAddr, host: &str) -> Result<bool, TokenError> {
        match network(address) {
            Network::Public => Ok(false),
            Network::Loopback if self.loopback => Ok(true),
            Network::Private if self.private => Ok(false),
            Network::Loopback => Err("this machine"),
            Network::Private => Err("a private network"),
            Network::Never(reason) => Err(reason),
        }
        .map_err(|reason| TokenError::BlockedAddress { host: foreign(host), reason })
    }
}

impl fmt::Debug for AddressPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressPolicy")
            .field("loopback", &self.loopback)
            .field("cleartext", &self.cleartext)
            .field("private", &self.private)
            .finish_non_exhaustive()
    }
}

/// Checks the spelling, which URL parsers mend silently, and returns the authority (RFC 3986 sections 2 and 3).
fn spelled(text: &str) -> Result<&str, &'static str> {
    let lower = text.to_ascii_lowercase();
    let is_url_char = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    if !text.bytes().all(is_url_char) {
        return Err("a character that no URL may hold");
    }
    if lower.contains('#') {
        return Err("a fragment is not allowed");
    }
    if lower.contains("%0d") || lower.contains("%0a") || lower.contains("%00") || lower.contains("$(") {
        return Err("an escape that belongs to an attack, not to an endpoint");
    }
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
    let rest = scheme.and_then(|scheme| text.split_at_checked(scheme.len())).map(|(_, rest)| rest);
    let rest = rest.ok_or("expected an absolute https URL")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('%') {
        return Err("expected a host name or address");
    }
    Ok(authority)
}

enum Network {
    Public,
    Loopback,
    Private,
    Never(&'static str),
}

fn network(address: IpAddr) -> Network {
    match address {
        IpAddr::V4(v4) => network_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Embedded::None => network_v6(v6),
            Embedded::Mapped(v4) => network_v4(v4),
            Embedded::Translated => Network::Never("an IPv4 address inside an IPv6 address"),
        },
    }
}

/// The IANA IPv4 special-purpose address registry (RFC 6890).
fn network_v4(v4: Ipv4Addr) -> Network {
    match v4.octets() {
        [127, ..] => Network::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Network::Private,
        [0, ..] => Network::Never("the unspecified network"),
        [100, 64..=127, ..] => Network::Never("carrier-grade NAT"),
        [169, 254, ..] => Network::Never("link-local, where metadata services live"),
        [192, 0, 0, _] => Network::Never("IETF protocol assignments"),
        [192, 88, 99, _] => Network::Never("6to4 relay anycast"),
        [198, 18..=19, ..] => Network::Never("benchmarking"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Network::Never("documentation"),
        [224..=239, ..] => Network::Never("multicast"),
        [240..=255, ..] => Network::Never("reserved or broadcast"),
        _ => Network::Public,
    }
}

/// The IANA IPv6 special-purpose address registry (RFC 6890): only global unicast is public.
fn network_v6(v6: Ipv6Addr) -> Network {
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Network::Loopback,
        [0xfd00, 0x0ec2, ..] => Network::Never("a cloud metadata service"),
        [0xfc00..=0xfdff, ..] => Network::Private,
        [0xfe80..=0xfebf, ..] => Network::Never("link-local"),
        [0xff00..=0xffff, ..] => Network::Never("multicast"),
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Network::Never("documentation"),
        [0x2001, 0..=0x01ff, ..] => Network::Never("IETF protocol assignments"),
        [0x2000..=0x3fff, ..] => Network::Public,
        _ => Network::Never("not global unicast"),
    }
}

enum Embedded {
    None,
    /// `::ffff:a.b.c.d`: the system connects to the IPv4 address.
    Mapped(Ipv4Addr),
    /// NAT64, 6to4, Teredo, IPv4-compatible: a gateway connects to whatever is inside.
    Translated,
}

fn embedded(v6: Ipv6Addr) -> Embedded {
    if let Some(v4) = v6.to_ipv4_mapped() {
        return Embedded::Mapped(v4);
    }
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Embedded::None,
        [0, 0, 0, 0, 0, 0, ..] | [0x64, 0xff9b, ..] | [0x2002, ..] | [0x2001, 0, ..] => Embedded::Translated,
        _ => Embedded::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let class = |address: &str| AddressPolicy::new().address("host", address.parse().unwrap()).is_ok();
        for public in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(class(public), "{public}");
        }
        for blocked in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::1.1.1.1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "100::1",
            "5f00::1",
        ] {
            assert!(!class(blocked), "{blocked}");
        }
    }

    #[test]
    fn switches_open_what_they_say_and_no_more() {
        let dev = AddressPolicy::new().with_insecure_loopback(true);
        assert!(dev.url("http://127.0.0.1:9/").is_ok());
        assert!(dev.url("https://10.0.0.1/").is_err());
        assert!(dev.url("http://as.example/").is_err());
        let company = AddressPolicy::new().with_private_networks(true);
        assert!(company.url("https://10.0.0.1/").is_ok());
        for never in ["https://169.254.169.254/", "https://127.0.0.1/", "http://10.0.0.1/"] {
            assert!(company.url(never).is_err(), "{never}");
        }
    }
}
