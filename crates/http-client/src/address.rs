//! Which addresses a URL that a server supplied may lead to (server-side request forgery; RFC 9728 section 7.7).
//!
//! Only the public internet: the special-purpose registries of RFC 6890 are refused, and an IPv4 address that travels
//! inside an IPv6 one (mapped, NAT64) is judged as itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{HttpError, Origin};

/// Decides on names and addresses. The default allows the public internet only.
///
/// ```
/// use toolgate_http_client::AddressPolicy;
/// assert!(AddressPolicy::default().check_address("169.254.169.254".parse().unwrap()).is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    loopback: bool,
}

/// Names that lead to a cloud's metadata service, whatever they resolve to.
const METADATA: [&str; 5] =
    ["metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"];

impl AddressPolicy {
    /// Also allows this machine, for development.
    #[must_use]
    pub fn with_loopback(mut self, allowed: bool) -> Self {
        self.loopback = allowed;
        self
    }

    /// The policy for the addresses that `host` resolves to. A name other than `localhost` has no business on this machine,
    /// in development either.
    #[must_use]
    pub fn for_name(mut self, host: &str) -> Self {
        self.loopback &= is_localhost(host) || legacy_ipv4(host).is_some();
        self
    }

    /// Decides on the host of a URL before any name is resolved.
    ///
    /// # Errors
    /// [`HttpError::BlockedAddress`] for an address that is not public, `localhost` and metadata services.
    pub fn check_host(self, origin: &Origin) -> Result<(), HttpError> {
        let host = origin.host().trim_start_matches('[').trim_end_matches(']');
        let blocked =
            |reason| HttpError::BlockedAddress { origin: origin.clone(), address: host.to_owned(), reason };
        if METADATA.contains(&host) {
            return Err(blocked("a cloud's metadata service"));
        }
        if !self.loopback && is_localhost(host) {
            return Err(blocked("this machine"));
        }
        let address = host.parse().ok().or_else(|| legacy_ipv4(host).map(IpAddr::V4));
        address.map_or(Ok(()), |address| self.check_address(address)).map_err(blocked)
    }

    /// Decides on one address.
    ///
    /// # Errors
    /// What kind of address it is, when it is not allowed.
    pub fn check_address(self, address: IpAddr) -> Result<(), &'static str> {
        let kind = match address {
            IpAddr::V4(address) => special_ipv4(address),
            IpAddr::V6(address) => special_ipv6(address),
        };
        match kind {
            None => Ok(()),
            Some(LOOPBACK) if self.loopback => Ok(()),
            Some(kind) => Err(kind),
        }
    }
}

/// RFC 6761 section 6.3.
fn is_localhost(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

const LOOPBACK: &str = "this machine";

fn special_ipv4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [127, ..] => LOOPBACK,
        [0, ..] => "the unspecified address",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "a private address",
        [100, 64..=127, ..] => "a carrier's shared address",
        [169, 254, ..] => "a link-local address",
        [192, 0, 0, _] => "an IETF protocol address",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "a documentation address",
        [192, 88, 99, _] => "a 6to4 relay",
        [198, 18..=19, ..] => "a benchmark address",
        [224..=239, ..] => "a multicast address",
        [240..=255, ..] => "a reserved address",
        _ => return None,
    })
}

fn special_ipv6(address: Ipv6Addr) -> Option<&'static str> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = || {
        let [high, low] = [g.to_be_bytes(), h.to_be_bytes()];
        Ipv4Addr::from([high, low].concat().try_into().unwrap_or([0; 4]))
    };
    Some(match (a, b) {
        (0, 0) if [c, d, e, f, g] == [0; 5] && h == 1 => LOOPBACK,
        (0, 0) if [c, d, e, f] == [0, 0, 0, 0xffff] => return special_ipv4(inner()),
        // RFC 6052: what DNS64 answers on networks without IPv4.
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => return special_ipv4(inner()),
        (0xfc00..=0xfdff, _) => "a unique local address",
        (0xfe80..=0xfebf, _) => "a link-local address",
        (0xff00..=0xffff, _) => "a multicast address",
        (0x2001, 0..=0x1ff) => "an IETF protocol address",
        (0x2001, 0xdb8) | (0x3fff, 0..=0xfff) => "a documentation address",
        (0x2002, _) => "a 6to4 address",
        // RFC 4291 section 2.4: everything routed today is global unicast.
        (0x2000..=0x3fff, _) => return None,
        _ => "a reserved address",
    })
}

/// The address in one of the spellings of `inet_aton` (`2130706433`, `0x7f.1`, `0177.0.0.1`), which the system's
/// resolver still reads.
fn legacy_ipv4(host: &str) -> Option<Ipv4Addr> {
    let number = |part: &str| match part.strip_prefix("0x") {
        Some("") => Some(0),
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
        None => part.parse().ok(),
    };
    let numbers = host.split('.').map(number).collect::<Option<Vec<u32>>>()?;
    let (last, first) = numbers.split_last()?;
    let room = 4_usize.checked_sub(first.len())?;
    let mut address = 0_u32;
    for part in first {
        address = address << 8 | u32::from(u8::try_from(*part).ok()?);
    }
    let bits = 8 * u32::try_from(room).ok()?;
    let fits = u64::from(*last) < 1_u64 << bits;
    let high = u64::from(address) << bits;
    fits.then(|| u32::try_from(high | u64::from(*last)).ok().map(Ipv4Addr::from)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet() {
        let open = "93.184.216.34 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.1 192.0.1.1 192.88.98.1 198.17.255.255 \
             198.20.0.1 223.255.255.255 2001:200::1 2606:4700::1111 3fff:1000::1 ::ffff:8.8.8.8 64:ff9b::808:808";
        for address in open.split_whitespace() {
            assert_eq!(AddressPolicy::default().check_address(address.parse().unwrap()), Ok(()), "{address}");
        }
        for (kind, shut) in [
            (LOOPBACK, "127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1"),
            ("the unspecified address", "0.0.0.0 0.255.255.255"),
            ("a private address", "10.1.2.3 172.16.0.0 172.31.255.255 192.168.0.1 ::ffff:10.0.0.1"),
            ("a carrier's shared address", "100.64.0.0 100.127.255.255"),
            ("a link-local address", "169.254.169.254 64:ff9b::a9fe:a9fe fe80::1 febf::1"),
            ("an IETF protocol address", "192.0.0.1 2001::1 2001:1ff::1"),
            ("a documentation address", "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff:fff::1"),
            ("a 6to4 relay", "192.88.99.1"),
            ("a benchmark address", "198.18.0.0 198.19.255.255"),
            ("a multicast address", "224.0.0.1 239.255.255.255 ff02::1"),
            ("a reserved address", "240.0.0.0 255.255.255.255 :: ::2 ::7f00:1 100::1 4000::1 fec0::1"),
            // Not quite an IPv4 address inside.
            ("a reserved address", "0:0:1::808:808 ::fffe:808:808 64:ff9b:1::808:808"),
            ("a unique local address", "fc00::1 fd00:ec2::254"),
            ("a 6to4 address", "2002:7f00:1::"),
        ] {
            for address in shut.split_whitespace() {
                let found = AddressPolicy::default().check_address(address.parse().unwrap());
                assert_eq!(found, Err(kind), "{address}");
            }
        }
    }

    #[test]
    fn old_spellings_of_addresses_are_seen_through() {
        for host in ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001"] {
            assert_eq!(legacy_ipv4(host), Some(Ipv4Addr::LOCALHOST), "{host}");
        }
        for host in ["a.test", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "127.16777216", "4294967296", "", "08"]
        {
            assert_eq!(legacy_ipv4(host), None, "{host}");
        }
        assert_eq!(legacy_ipv4("0"), Some(Ipv4Addr::UNSPECIFIED));
    }

    #[test]
    fn loopback_is_for_development() {
        let development = AddressPolicy::default().with_loopback(true);
        assert!(development.check_address(Ipv4Addr::LOCALHOST.into()).is_ok());
        for own in ["::1", "::ffff:127.0.0.1"] {
            assert!(development.check_address(own.parse().unwrap()).is_ok(), "{own}");
        }
        for other in ["10.0.0.1", "::ffff:10.0.0.1", "::2", "::7f00:1"] {
            assert!(development.check_address(other.parse().unwrap()).is_err(), "{other}");
        }
        assert!(development.for_name("a.localhost").check_address(Ipv4Addr::LOCALHOST.into()).is_ok());
        assert!(development.for_name("127.1").check_address(Ipv4Addr::LOCALHOST.into()).is_ok());
        for name in ["localhost", "a.localhost", "127.1"] {
            let origin = Origin::of(&format!("https://{name}/").parse().unwrap()).unwrap();
            assert!(development.check_host(&origin).is_ok(), "{name}");
            let refused = AddressPolicy::default().check_host(&origin);
            assert!(matches!(refused, Err(HttpError::BlockedAddress { .. })), "{name}: {refused:?}");
        }
        assert!(development.for_name("a.example").check_address(Ipv4Addr::LOCALHOST.into()).is_err());
    }
}
