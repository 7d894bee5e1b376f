//! The client side: what is trusted, who the client is, and nothing that could switch a check off.

mod extra;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ClientConfig;
use rustls::client::WebPkiServerVerifier;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::CertificateDer;

use self::extra::Extra;
use crate::file::PemSource;
use crate::identity::Identity;
use crate::key_log::KeyLogFile;
use crate::trust::{Collection, TrustSource, TrustSummary};
use crate::{Crypto, TlsError, mkcert, revocation, system};

/// Settings of a TLS client: TLS 1.3 and 1.2, certificates always verified.
///
/// ```
/// # fn main() -> Result<(), toolgate_tls_config::TlsError> {
/// use toolgate_tls_config::ClientTls;
/// let config = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build()?;
/// # let _: std::sync::Arc<rustls::ClientConfig> = config;
/// # Ok(())
/// # }
/// ```
///
/// Verification cannot be switched off; to reach a private server, add its CA.
///
/// ```compile_fail,E0599
/// toolgate_tls_config::ClientTls::new().with_verification(false);
/// ```
#[derive(Clone)]
pub struct ClientTls {
    system_roots: bool,
    extra: Vec<Extra>,
    identity: Option<Identity>,
    revoked: Vec<PemSource>,
    crypto: Crypto,
    key_log: Option<PathBuf>,
}

impl Default for ClientTls {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientTls {
    /// Trusts what the operating system trusts, so that public servers work without any setting.
    #[must_use]
    pub fn new() -> Self {
        let (extra, revoked) = (Vec::new(), Vec::new());
        Self { system_roots: true, extra, identity: None, revoked, crypto: Crypto::default(), key_log: None }
    }

    /// Also trusts every certificate of this PEM file. One bad block refuses the whole file.
    #[must_use]
    pub fn with_ca_file(self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.with_extra(Extra::Pem(PemSource::File(path.clone()), TrustSource::File(path)))
    }

    /// Also trusts the certificates in this folder: `*.pem`, `*.crt`, `*.cer` and OpenSSL's `HASH.N`.
    #[must_use]
    pub fn with_ca_dir(self, folder: impl Into<PathBuf>) -> Self {
        self.with_extra(Extra::Folder(folder.into()))
    }

    /// Also trusts the certificates of this PEM text.
    #[must_use]
    pub fn with_ca_pem(self, pem: impl Into<Vec<u8>>) -> Self {
        self.with_extra(Extra::Pem(PemSource::given("the given CA certificates", pem), TrustSource::Given))
    }

    /// Also trusts mkcert's local authority: `$CAROOT/rootCA.pem`, else in the platform's usual folder. Never loaded
    /// unless asked for here.
    #[must_use]
    pub fn with_mkcert(self) -> Self {
        self.with_extra(Extra::Mkcert(mkcert::folders(&|name| std::env::var_os(name))))
    }

    /// Also trusts Mozilla's anchors as compiled in, for systems that have none (scratch containers).
    #[must_use]
    pub fn with_mozilla_roots(self) -> Self {
        self.with_extra(Extra::Mozilla)
    }

    /// Trusts only what the other methods add, not what the operating system trusts.
    #[must_use]
    pub fn with_only_extra_roots(mut self) -> Self {
        self.system_roots = false;
        self
    }

    /// Also trusts what the environment names: `SSL_CERT_FILE`, or `TLS_CA_CERT_PATH` when that is not set, and the
    /// folders of `SSL_CERT_DIR`. Each must exist. An empty value counts as not set. A `SSL_CERT_FILE` that is the
    /// system's own bundle says nothing new and does not hide `TLS_CA_CERT_PATH`.
    ///
    /// ```no_run
    /// let tls = toolgate_tls_config::ClientTls::new().with_environment(&|name| std::env::var_os(name));
    /// ```
    #[must_use]
    pub fn with_environment(mut self, variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let first = set("SSL_CERT_FILE");
        let hides = first.as_ref().is_some_and(|file| !system::is_system_bundle(file.as_ref()));
        let second = set("TLS_CA_CERT_PATH").filter(|_| !hides);
        for file in first.into_iter().chain(second) {
            self = self.with_ca_file(file);
        }
        // A list, as for OpenSSL.
        for folder in set("SSL_CERT_DIR").iter().flat_map(std::env::split_paths) {
            if !folder.as_os_str().is_empty() {
                self = self.with_ca_dir(folder);
            }
        }
        self
    }

    /// Proves who the client is (mutual TLS): its PEM chain, own certificate first, and its PEM key.
    #[must_use]
    pub fn with_client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let certificate = PemSource::given("the given client certificate", chain);
        self.identity = Some(Identity { certificate, key: PemSource::given("the given client key", key) });
        self
    }

    /// As [`with_client_certificate`](Self::with_client_certificate), from files.
    #[must_use]
    pub fn with_client_certificate_files(
        mut self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let certificate = PemSource::File(chain.into());
        self.identity = Some(Identity { certificate, key: PemSource::File(key.into()) });
        self
    }

    /// The certificate, in DER, that the client shows by these settings, as its file is now; none without one.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn client_certificate(&self) -> Result<Option<CertificateDer<'static>>, TlsError> {
        let Some(identity) = &self.identity else { return Ok(None) };
        let (chain, _) = identity.load(&self.crypto.provider())?;
        Ok(chain.into_iter().next())
    }

    /// Refuses the certificates that this PEM file of revocation lists names.
    ///
    /// A list counts for its own issuer; chains of issuers without a list are not affected. A list past its
    /// `nextUpdate` refuses every chain of its issuer.
    #[must_use]
    pub fn with_crl_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.revoked.push(PemSource::File(path.into()));
        self
    }

    /// Uses this implementation of cryptography. Default: AWS-LC, for post-quantum key exchange.
    #[must_use]
    pub fn with_crypto(mut self, crypto: Crypto) -> Self {
        self.crypto = crypto;
        self
    }

    /// Writes the secrets of every session to this file, so that a packet analyser can read the traffic. Anybody with
    /// the file can too: for debugging only. The environment's `SSLKEYLOGFILE` is never looked at.
    #[must_use]
    pub fn with_key_log_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key_log = Some(path.into());
        self
    }

    fn with_extra(mut self, extra: Extra) -> Self {
        self.extra.push(extra);
        self
    }

    /// Reads everything and makes the configuration. ALPN is left to the HTTP client.
    ///
    /// # Errors
    /// [`TlsError`] names the file, the block in it and the reason.
    pub fn build(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let trusted = self.collect(SystemTime::now())?;
        if trusted.store.is_empty() {
            return Err(TlsError::NoTrustAnchors);
        }
        for warning in &trusted.summary.warnings {
            tracing::warn!(warning, "trust anchors");
        }
        let provider = self.crypto.provider();
        let roots = Arc::new(trusted.store);
        let mut verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
        if !self.revoked.is_empty() {
            verifier = verifier
                .with_crls(revocation::load(&self.revoked)?)
                .allow_unknown_revocation_status()
                .enforce_revocation_expiration();
        }
        let verifier = verifier.build().map_err(|error| TlsError::configuration(&error))?;
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| TlsError::configuration(&error))?
            .with_webpki_verifier(verifier);
        let mut config = match &self.identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let (chain, key) = identity.load(&provider)?;
                config.with_client_auth_cert(chain, key).map_err(|error| TlsError::configuration(&error))?
            }
        };
        if let Some(path) = &self.key_log {
            config.key_log = Arc::new(KeyLogFile::open(path)?);
        }
        Ok(Arc::new(config))
    }

    /// What the configuration would trust, and what somebody should look at.
    ///
    /// # Errors
    /// As [`build`](Self::build), as far as trust anchors are concerned.
    pub fn summary(&self) -> Result<TrustSummary, TlsError> {
        self.collect(SystemTime::now()).map(|trusted| trusted.summary)
    }

    fn collect(&self, now: SystemTime) -> Result<Collection, TlsError> {
        let mut trusted = Collection::new(now);
        for extra in &self.extra {
            extra.add_to(&mut trusted)?;
        }
        if self.system_roots {
            match trusted.add_system() {
                // The other sources may be all that this machine needs.
                Err(error) if !trusted.store.is_empty() => trusted.summary.warnings.push(error.to_string()),
                other => other?,
            }
        }
        Ok(trusted)
    }

    /// Every file and folder that the configuration is made from.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.extra.iter().flat_map(Extra::paths).collect();
        let identity = self.identity.iter().flat_map(|identity| [&identity.certificate, &identity.key]);
        paths.extend(identity.chain(&self.revoked).filter_map(|source| source.path().map(PathBuf::from)));
        paths.extend(system::bundle().filter(|_| self.system_roots));
        paths
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("system_roots", &self.system_roots)
            .field("files", &self.paths())
            .field("client_certificate", &self.identity.is_some())
            .field("crypto", &self.crypto)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_counts_is_followed() {
        let mut tls = ClientTls::new()
            .with_ca_file("/a/ca.pem")
            .with_ca_dir("/a/folder")
            .with_ca_pem("")
            .with_client_certificate_files("/a/me.pem", "/a/me.key")
            .with_crl_file("/a/revoked.crl")
            .with_extra(Extra::Mkcert(vec!["/a/mkcert".into()]));
        let mut expected = ["ca.pem", "folder", "mkcert/rootCA.pem", "me.pem", "me.key", "revoked.crl"]
            .map(|name| PathBuf::from("/a").join(name))
            .to_vec();
        expected.extend(system::bundle());
        assert_eq!(tls.paths(), expected);
        tls = tls.with_only_extra_roots();
        expected.truncate(6);
        assert_eq!(tls.paths(), expected);
    }
}
