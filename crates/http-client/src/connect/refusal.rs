//! A server that refuses the client's certificate, or misses it (RFC 8446 section 6.2).
//!
//! In TLS 1.3 it says so only after the client has its connection (section 4.4.2.4): the alert is the first thing that is
//! read, or stands unread behind a write that failed. It has not read a request then.

use std::io;

use rustls::{AlertDescription as Alert, Error};

const ALERTS: [Alert; 9] = [
    Alert::BadCertificate,
    Alert::UnsupportedCertificate,
    Alert::CertificateRevoked,
    Alert::CertificateExpired,
    Alert::CertificateUnknown,
    Alert::UnknownCA,
    Alert::AccessDenied,
    Alert::DecryptError,
    Alert::CertificateRequired,
];

/// Whether `error` says so.
pub(crate) fn is(error: &Error) -> bool {
    matches!(error, Error::AlertReceived(alert) if ALERTS.contains(alert))
}

/// What `error` says of that. h2 keeps the kind of an `io::Error` and its words, and not what it was made from.
pub(crate) fn told_by(error: &io::Error) -> Option<Error> {
    let inside = error.get_ref()?;
    match inside.downcast_ref::<Error>() {
        Some(error) => is(error).then(|| error.clone()),
        None if error.kind() == io::ErrorKind::InvalidData => {
            let said = inside.to_string();
            ALERTS.into_iter().map(Error::AlertReceived).find(|alert| alert.to_string() == said)
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_itself_and_by_its_words() {
        let refused = || Error::AlertReceived(Alert::CertificateRequired);
        let invalid = |inside: String| io::Error::new(io::ErrorKind::InvalidData, inside);
        for told in [io::Error::other(refused()), invalid(refused().to_string())] {
            assert_eq!(told_by(&told), Some(refused()), "{told:?}");
        }
        let other = Error::AlertReceived(Alert::BadRecordMac);
        let kinds = [io::ErrorKind::BrokenPipe.into(), io::Error::other(refused().to_string())];
        for told in [io::Error::other(other.clone()), invalid(other.to_string())].into_iter().chain(kinds) {
            assert_eq!(told_by(&told), None, "{told:?}");
        }
    }
}
