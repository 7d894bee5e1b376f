//! A server that goes wrong in one chosen way, for the tests of whatever speaks to servers.
//!
//! Kept apart from the well-behaved servers of this kit because it writes its own bytes: no HTTP or TLS library agrees to
//! break RFC 9112, RFC 9113 or RFC 8446 on request.

mod certificates;
mod http1;
mod http2;
mod script;
mod server;
mod tls;

use http::Version;

pub use server::FaultServer;

/// What goes wrong. Faults of a connection hold from the next connection on, all others from the next request on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Nobody listens on the port.
    Refuse,
    /// The connection stands, and TLS gets no answer.
    StallHandshake,
    /// The connection is reset in the middle of the response's head.
    ResetInHead,
    /// The connection is reset in the middle of the body.
    ResetInBody,
    /// No byte of a response comes.
    StallBeforeHead,
    /// Half the body comes, and then nothing.
    StallInBody,
    /// The body comes byte by byte, every 10 ms, without an end.
    ByteDrip,
    /// The body ends before its declared length.
    TooShort,
    /// More comes than the declared length; over HTTP/1.1, a forged second response.
    TooLong,
    /// The body never ends, at full speed.
    Oversized,
    /// A chunk whose size is no number (RFC 9112 section 7.1).
    BadChunking,
    /// The body is declared to be gzip, and is not.
    BadGzip,
    /// A small gzip body that grows a thousandfold, without an end.
    GzipBomb,
    /// The server leaves with an error before it processes the request (RFC 9113 section 6.8).
    GoAway,
    /// The stream is reset instead of answered (RFC 9113 section 6.4).
    ResetStream,
    /// The stream is reset with the word that nothing was done for it (RFC 9113 section 8.7).
    RefuseStream,
    /// The certificate ended yesterday.
    ExpiredCertificate,
    /// The certificate is for `elsewhere.example`.
    WrongHostCertificate,
    /// The certificate is issued by an authority that nobody trusts.
    UntrustedCertificate,
    /// The certificate stands on [`FaultServer::crl_pem`].
    RevokedCertificate,
    /// The certificate is issued by itself.
    SelfSignedCertificate,
    /// The server chooses TLS 1.1 (RFC 8996), whatever it was offered.
    OldTls,
    /// The server chooses TLS 1.2, and its random number says that both sides could do better (RFC 8446 section 4.1.3).
    TlsDowngrade,
    /// The server answers the TLS handshake in plain HTTP.
    NoTls,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 24] = [
        Self::Refuse,
        Self::StallHandshake,
        Self::ResetInHead,
        Self::ResetInBody,
        Self::StallBeforeHead,
        Self::StallInBody,
        Self::ByteDrip,
        Self::TooShort,
        Self::TooLong,
        Self::Oversized,
        Self::BadChunking,
        Self::BadGzip,
        Self::GzipBomb,
        Self::GoAway,
        Self::ResetStream,
        Self::RefuseStream,
        Self::ExpiredCertificate,
        Self::WrongHostCertificate,
        Self::UntrustedCertificate,
        Self::RevokedCertificate,
        Self::SelfSignedCertificate,
        Self::OldTls,
        Self::TlsDowngrade,
        Self::NoTls,
    ];

    /// Whether the fault can happen in this version of HTTP: only HTTP/1.1 has chunks, only HTTP/2 has streams.
    ///
    /// ```
    /// use toolgate_testkit::Fault;
    /// assert!(!Fault::GoAway.applies_to(http::Version::HTTP_11));
    /// ```
    pub fn applies_to(self, version: Version) -> bool {
        match self {
            Self::BadChunking => version == Version::HTTP_11,
            Self::GoAway | Self::ResetStream | Self::RefuseStream => version == Version::HTTP_2,
            _ => true,
        }
    }
}
