//! Sorts hyper-util's one opaque error by who must act.

use std::error::Error as StdError;

use crate::connect::{Blocked, ConnectTimeout, Elsewhere, refusal};
use crate::error::escaped;
use crate::{HttpError, Origin, Phase};

const UNSENT: &str = "the connection ended before the request was sent";

/// `refused` says why the server refused a connection meanwhile, if it did.
pub(super) fn classify(
    error: &hyper_util::client::legacy::Error,
    origin: Origin,
    refused: impl FnOnce() -> Option<rustls::Error>,
) -> HttpError {
    if let Some(known) = known(error, &origin, !error.is_connect()) {
        return known;
    }
    // hyper-util's own words, "client error (Connect)", tell nothing that the kind of the error does not.
    let said = || error.source().map_or_else(|| chain(error), chain);
    if was_refused(error) {
        return HttpError::Unprocessed { origin, reason: said() };
    }
    if was_taken(error) {
        return HttpError::Exchange { origin, reason: said() };
    }
    // Of a request that may have been sent on another connection, a refused one says nothing.
    if let Some(refusal) = refused() {
        return HttpError::Tls { reason: tls_reason(&refusal, &origin), origin };
    }
    let reason = match of_connection(error) {
        // That the request was canceled is what the words before say.
        Some(error) if error.is_canceled() => {
            format!("{UNSENT}: {}", error.source().map_or_else(said, chain))
        }
        Some(error) => format!("{UNSENT}: {}", chain(error)),
        None => said(),
    };
    HttpError::Connect { origin, reason }
}

/// The same for an error of a connection that was made by itself.
pub(crate) fn connecting(error: &(dyn StdError + 'static), origin: &Origin) -> HttpError {
    known(error, origin, false)
        .unwrap_or_else(|| HttpError::Connect { origin: origin.clone(), reason: chain(error) })
}

/// What became of a request that was never written; `refusal` says why the server refused a connection meanwhile, if it did.
pub(super) fn lost(origin: Origin, refusal: Option<rustls::Error>) -> HttpError {
    match refusal {
        Some(refusal) => HttpError::Tls { reason: tls_reason(&refusal, &origin), origin },
        None => HttpError::Connect { origin, reason: UNSENT.to_owned() },
    }
}

/// What an error, or one of its causes, is known to be; `connected` once a request may have been sent.
fn known(error: &(dyn StdError + 'static), origin: &Origin, connected: bool) -> Option<HttpError> {
    let mut cause = Some(error);
    while let Some(found) = cause {
        let origin = origin.clone();
        if let Some(tls) = found.downcast_ref() {
            if connected && !refusal::is(tls) {
                return None;
            }
            return Some(HttpError::Tls { reason: tls_reason(tls, &origin), origin });
        }
        if let Some(ConnectTimeout(after)) = found.downcast_ref() {
            return Some(HttpError::Timeout { origin, phase: Phase::Connect, after: *after });
        }
        if let Some(Blocked { address, reason }) = found.downcast_ref() {
            return Some(HttpError::BlockedAddress { origin, address: address.to_string(), reason });
        }
        if let Some(Elsewhere(address)) = found.downcast_ref() {
            return Some(HttpError::NotThisMachine { origin, address: address.to_string() });
        }
        if let Some(refusal) = found.downcast_ref().and_then(refusal::told_by) {
            return Some(HttpError::Tls { reason: tls_reason(&refusal, &origin), origin });
        }
        cause = inside_io(found).or_else(|| found.source());
    }
    None
}

/// Whether hyper-util handed the request to a connection that took it: otherwise there is none to tell of, or the request
/// was given back. It was surely not sent then.
fn was_taken(error: &hyper_util::client::legacy::Error) -> bool {
    let given_back = of_connection(error).is_some_and(hyper::Error::is_canceled);
    error.connect_info().is_some() && !given_back
}

/// Whether the server said that it has not acted on the request and will not: by resetting its stream so, or by leaving with
/// a word on which streams it has seen (RFC 9113 section 8.7). h2 says the latter of no stream that the server may have seen.
fn was_refused(error: &hyper_util::client::legacy::Error) -> bool {
    said_by_server(error).is_some_and(|said| {
        said.is_go_away() || (said.is_reset() && said.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Whether that is because the server left, and not because it was asked too much. Apache gives all kinds of reasons.
pub(super) fn has_left(error: &hyper_util::client::legacy::Error) -> bool {
    said_by_server(error)
        .is_some_and(|said| said.is_go_away() && said.reason() != Some(h2::Reason::ENHANCE_YOUR_CALM))
}

/// Whether hyper-util gave the request to no connection, though it could make one: of many that it makes at once it keeps one
/// that speaks HTTP/2, and what came with another is not always given to that.
pub(super) fn was_given_to_none(error: &hyper_util::client::legacy::Error) -> bool {
    !error.is_connect() && error.connect_info().is_none()
}

/// What the server said over HTTP/2 in place of an answer.
fn said_by_server(error: &hyper_util::client::legacy::Error) -> Option<&h2::Error> {
    let said: &h2::Error = of_connection(error)?.source()?.downcast_ref()?;
    said.is_remote().then_some(said)
}

/// What a connection that was made said.
fn of_connection(error: &hyper_util::client::legacy::Error) -> Option<&hyper::Error> {
    error.source()?.downcast_ref()
}

/// The error that an `io::Error` was made from: rustls's travels so, and `source()` skips it.
fn inside_io<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let inside = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    Some(inside)
}

/// Where a CA file is named, and what overrules it.
const CA_FILE: &str =
    "ca_file in toolgate.toml, or TLS_CA_CERT_PATH; SSL_CERT_FILE, where it is set, wins over both";

fn tls_reason(error: &rustls::Error, origin: &Origin) -> String {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = error else { return escaped(&error.to_string()) };
    let said = escaped(&certificate.to_string());
    match certificate {
        Certificate::UnknownIssuer => format!(
            "its certificate is not issued by an authority that is trusted here; \
             if it is a private one, add its CA file ({CA_FILE})"
        ),
        // Two authorities of one name: mkcert names its by user and machine.
        Certificate::BadSignature => format!(
            "its certificate is not signed by the authority of that name that is trusted here; \
             if the authority was made anew, add its new CA file ({CA_FILE})"
        ),
        Certificate::NotValidForNameContext { presented, .. } => format!(
            "its certificate is not for the name {}, but for {}",
            origin.host(),
            escaped(&names(presented))
        ),
        Certificate::NotValidForName => format!("its certificate is not for the name {}", origin.host()),
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            format!(
                "its certificate has expired; renew it on the server, unless the clock of this machine is wrong ({said})"
            )
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            format!("its certificate is not valid yet; compare the clocks of both machines ({said})")
        }
        Certificate::Revoked => "its certificate is revoked; the server needs a new one".to_owned(),
        Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => {
            format!("its certificate is not one for a TLS server ({said})")
        }
        _ => said,
    }
}

/// The first names of a certificate, which rustls tells as `DnsName("a.example")`.
fn names(presented: &[String]) -> String {
    const SHOWN: usize = 3;
    let name = |presented: &String| {
        let inside = presented.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")"));
        inside.unwrap_or(presented).to_owned()
    };
    let shown: Vec<String> = presented.iter().take(SHOWN).map(name).collect();
    match presented.len().saturating_sub(SHOWN) {
        _ if shown.is_empty() => "no name".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// An error and its causes on one line, each said once.
pub(crate) fn chain(error: &dyn StdError) -> String {
    /// What hyper-util says around the operating system's or the resolver's words.
    const WRAPPING: [&str; 3] =
        ["tcp connect error", "dns error", "tunnel error: failed to create underlying connection"];
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(found) = next {
        let said = found.to_string();
        next = found.source();
        if text.contains(&said) || (next.is_some() && WRAPPING.contains(&said.as_str())) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&said);
    }
    escaped(&text)
}

#[cfg(test)]
mod tests {
    use super::{HttpError, Origin, StdError, chain, known, lost, names};

    #[test]
    fn what_was_lost_was_not_sent() {
        let lost = |refusal| lost(Origin::of(&"https://a.test".parse().unwrap()).unwrap(), refusal);
        let refusal = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        assert!(matches!(lost(Some(refusal)), HttpError::Tls { .. }));
        let lost = lost(None);
        assert!(matches!(lost, HttpError::Connect { .. }) && lost.surely_did_nothing());
    }

    /// In TLS 1.3 a server says so after the handshake, when a request may be on its way.
    #[test]
    fn only_a_refused_certificate_says_that_nothing_was_sent_on_a_connection_that_stands() {
        use rustls::{AlertDescription, Error};
        let origin = Origin::of(&"https://a.test".parse().unwrap()).unwrap();
        let tls = |error: Error, connected| {
            matches!(known(&error, &origin, connected), Some(HttpError::Tls { .. }))
        };
        assert!(tls(Error::AlertReceived(AlertDescription::CertificateRequired), true));
        for other in [Error::AlertReceived(AlertDescription::BadRecordMac), Error::DecryptError] {
            assert!(!tls(other.clone(), true) && tls(other, false));
        }
    }

    #[derive(Debug)]
    struct Said(&'static str, Option<&'static Said>);

    impl std::fmt::Display for Said {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Said {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.map(|cause| cause as _)
        }
    }

    #[test]
    fn each_cause_is_said_once_and_what_only_wraps_is_not() {
        const REFUSED: Said = Said("refused", None);
        assert_eq!(chain(&Said("sending", Some(&REFUSED))), "sending: refused");
        assert_eq!(chain(&Said("sending: refused", Some(&REFUSED))), "sending: refused");
        assert_eq!(chain(&Said("tcp connect error", Some(&REFUSED))), "refused");
        assert_eq!(chain(&Said("dns error", None)), "dns error");
    }

    #[test]
    fn a_certificate_for_others_is_told_by_its_first_names() {
        let given = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&given(&[])), "no name");
        let two = given(&["DnsName(\"a.example\")", "IpAddress(127.0.0.1)"]);
        assert_eq!(names(&two), "a.example, IpAddress(127.0.0.1)");
        let many = given(&["DnsName(\"a\")", "DnsName(\"b\")", "DnsName(\"c\")", "DnsName(\"d\")", "?"]);
        assert_eq!(names(&many), "a, b, c and 2 more");
    }
}
