//! The trust anchors of the operating system, read without looking at the environment.
//!
//! `rustls_native_certs::load_native_certs` lets `SSL_CERT_FILE` replace the system's anchors behind the caller's back.
//! Here the environment counts only where it is asked for ([`ClientTls::with_environment`](crate::ClientTls)), and
//! then it adds. On macOS and Windows the anchors come out of the system's own store, by that function.

use std::path::{Path, PathBuf};

use rustls_native_certs::CertificateResult;
use rustls_pki_types::CertificateDer;

use crate::TlsError;
use crate::error::escaped;

/// Where distributions keep the bundle, in the order in which Go's `crypto/x509` looks.
const BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// For systems that have single files only.
const FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// The file that the anchors come from, where the system has one.
pub(crate) fn bundle() -> Option<PathBuf> {
    let has_files = cfg!(all(unix, not(target_os = "macos")));
    BUNDLES.iter().map(PathBuf::from).find(|path| has_files && path.is_file())
}

/// Whether `path` is the file that the operating system's anchors come from anyway.
///
/// Machines exist whose environment names it as `SSL_CERT_FILE` for programs that do not look there by themselves.
///
/// ```
/// use toolgate_tls_config::is_system_bundle;
/// // What the environment adds to the system's anchors, if it adds anything.
/// let more = std::env::var_os("SSL_CERT_FILE").filter(|file| !is_system_bundle(file.as_ref()));
/// ```
#[must_use]
pub fn is_system_bundle(path: &Path) -> bool {
    let same = |bundle: PathBuf| Some(bundle.canonicalize().ok()? == path.canonicalize().ok()?);
    bundle().and_then(same).unwrap_or(false)
}

/// The anchors, and whether all of them could be read.
pub(crate) fn load() -> Result<(Vec<CertificateDer<'static>>, bool), TlsError> {
    let CertificateResult { certs, errors, .. } = read();
    match errors.first() {
        Some(error) if certs.is_empty() => Err(TlsError::System { reason: escaped(&error.to_string()) }),
        _ => Ok((certs, errors.is_empty())),
    }
}

fn read() -> CertificateResult {
    if cfg!(all(unix, not(target_os = "macos"))) {
        let bundle = bundle();
        let folder = FOLDERS.iter().map(Path::new).find(|path| bundle.is_none() && path.is_dir());
        rustls_native_certs::load_certs_from_paths(bundle.as_deref(), folder)
    } else {
        rustls_native_certs::load_native_certs()
    }
}
