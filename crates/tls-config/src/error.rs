//! What can be wrong with certificates, keys and the folders they are in, by who must act.

use std::io;
use std::path::PathBuf;

/// Why a TLS configuration cannot be made. Names the file, the block in it and the reason; never shows key material.
///
/// ```
/// # use toolgate_tls_config::{ClientTls, TlsError};
/// match ClientTls::new().with_ca_file("no-such-ca.pem").build() {
///     Err(error) if error.is_transient() => println!("the disk is busy, try again: {error}"),
///     Err(TlsError::Unreadable { file, .. }) => assert_eq!(file, "no-such-ca.pem"),
///     other => panic!("{other:?}"), // never: a missing file is not passed over
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The operating system did not let the file be read.
    #[error("cannot read {file}: {source}")]
    Unreadable {
        /// The path, escaped.
        file: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The path is no regular file, or larger than any honest one.
    #[error("cannot use {file}: expected a regular file of at most 1 MiB, found {found}")]
    NotARegularFile {
        /// The path, escaped.
        file: String,
        /// What is there instead.
        found: &'static str,
    },
    /// There is no block of the expected kind.
    #[error("no {wanted} in {file}: {found}")]
    Nothing {
        /// The path, escaped.
        file: String,
        /// `certificate`, `private key` or `revocation list`.
        wanted: &'static str,
        /// What is there instead, and what mends it.
        found: &'static str,
    },
    /// One block of the file cannot be used, so the file is refused as a whole.
    #[error("{kind} {block} of {file} {reason}")]
    BadBlock {
        /// The path, escaped.
        file: String,
        /// `certificate`, `private key`, `revocation list` or `block`.
        kind: &'static str,
        /// Its place in the file, from 1.
        block: usize,
        /// What is wrong with it, and what mends it.
        reason: String,
    },
    /// A file of certificates holds a private key, which has no business there.
    #[error(
        "{file} holds a private key, not a certificate (block {block}); give the file that has certificates only"
    )]
    PrivateKeyAmongCertificates {
        /// The path, escaped.
        file: String,
        /// Its place in the file, from 1.
        block: usize,
    },
    /// The private key is encrypted; there is no way to give a passphrase.
    #[error(
        "the private key in {file} is encrypted; decrypt it with `openssl pkey -in KEY -out PLAIN` and guard the file"
    )]
    EncryptedKey {
        /// The path, escaped.
        file: String,
    },
    /// The certificate was not issued for this key.
    #[error("the private key in {key} does not belong to the first certificate of {certificate}")]
    KeyMismatch {
        /// The path of the certificate, escaped.
        certificate: String,
        /// The path of the key, escaped.
        key: String,
    },
    /// mkcert's certificate authority was asked for and is not there.
    #[error("no mkcert authority found; run `mkcert -install` or set CAROOT (looked for {})", list(.tried))]
    MkcertCaNotFound {
        /// The files that would have been taken.
        tried: Vec<PathBuf>,
    },
    /// The operating system's trust anchors cannot be read.
    #[error(
        "cannot read the trust anchors of the system: {reason}; add a CA file or the bundled Mozilla roots"
    )]
    System {
        /// What went wrong.
        reason: String,
    },
    /// Nothing would be trusted, so no connection could succeed.
    #[error(
        "no trust anchor is left that is valid today; add a CA file, the system roots or the bundled Mozilla roots"
    )]
    NoTrustAnchors,
    /// rustls refused the configuration.
    #[error("the TLS configuration is not usable: {reason}")]
    Configuration {
        /// What rustls said.
        reason: String,
    },
}

impl TlsError {
    /// Whether trying again may help without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        use io::ErrorKind::{Interrupted, ResourceBusy, TimedOut, WouldBlock};
        matches!(self, Self::Unreadable { source, .. }
            if matches!(source.kind(), Interrupted | ResourceBusy | TimedOut | WouldBlock))
    }

    pub(crate) fn configuration(error: &dyn std::fmt::Display) -> Self {
        Self::Configuration { reason: escaped(&error.to_string()) }
    }
}

/// Foreign text for an error: control characters escaped, at most 200 characters.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|path| escaped(&path.display().to_string())).collect();
    if names.is_empty() {
        "nothing: neither CAROOT nor a home folder is set".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_go_away_by_itself_is_worth_trying_again() {
        let unreadable =
            |kind: io::ErrorKind| TlsError::Unreadable { file: String::new(), source: kind.into() };
        assert!(unreadable(io::ErrorKind::Interrupted).is_transient());
        assert!(!unreadable(io::ErrorKind::NotFound).is_transient());
        assert!(!TlsError::NoTrustAnchors.is_transient());
    }

    #[test]
    fn foreign_text_is_cut_and_nowhere_is_told_as_that() {
        assert_eq!(escaped(&"x".repeat(201)), "x".repeat(200));
        let nowhere = TlsError::MkcertCaNotFound { tried: Vec::new() }.to_string();
        assert!(
            nowhere.ends_with("(looked for nothing: neither CAROOT nor a home folder is set)"),
            "{nowhere}"
        );
    }
}
