//! The server side, for rigs and for anything that takes calls itself.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::CertificateDer;

use crate::file::PemSource;
use crate::identity::Identity;
use crate::trust::{Collection, TrustSource};
use crate::{Crypto, TlsError};

/// Settings of a TLS server: TLS 1.3 and 1.2, its chain and key checked to match.
#[derive(Clone)]
pub struct ServerTls {
    identity: Identity,
    client_ca: Option<(PemSource, TrustSource)>,
    protocols: Vec<Vec<u8>>,
    crypto: Crypto,
}

impl ServerTls {
    /// A server with this PEM chain, own certificate first, and this PEM key.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tls = toolgate_tls_config::ServerTls::new(std::fs::read("server.pem")?, std::fs::read("server.key")?);
    /// let config = tls.build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let certificate = PemSource::given("the given server certificate", chain);
        Self::of(Identity { certificate, key: PemSource::given("the given server key", key) })
    }

    /// As [`new`](Self::new), from files.
    #[must_use]
    pub fn from_files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self::of(Identity { certificate: PemSource::File(chain.into()), key: PemSource::File(key.into()) })
    }

    fn of(identity: Identity) -> Self {
        let protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { identity, client_ca: None, protocols, crypto: Crypto::default() }
    }

    /// Requires each client to show a certificate that this PEM file of authorities vouches for (mutual TLS).
    #[must_use]
    pub fn with_client_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.client_ca = Some((PemSource::File(path.clone()), TrustSource::File(path)));
        self
    }

    /// As [`with_client_ca_file`](Self::with_client_ca_file), from PEM text.
    #[must_use]
    pub fn with_client_ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.client_ca = Some((PemSource::given("the given client authorities", pem), TrustSource::Given));
        self
    }

    /// Offers these protocols by ALPN (RFC 7301), best first. Default: `h2`, then `http/1.1`.
    #[must_use]
    pub fn with_alpn(mut self, protocols: &[&str]) -> Self {
        self.protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        self
    }

    /// Uses this implementation of cryptography. Default: AWS-LC, for post-quantum key exchange.
    #[must_use]
    pub fn with_crypto(mut self, crypto: Crypto) -> Self {
        self.crypto = crypto;
        self
    }

    /// The certificates that clients are shown, its own first: for [`TrustSummary::chain`](crate::TrustSummary::chain) to
    /// read.
    ///
    /// # Errors
    /// [`TlsError`] as for [`build`](Self::build), but about certificate and key only.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        Ok(self.identity.load(&self.crypto.provider())?.0)
    }

    /// Reads everything and makes the configuration.
    ///
    /// # Errors
    /// [`TlsError`] names the file, the block in it and the reason.
    pub fn build(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = self.crypto.provider();
        let (chain, key) = self.identity.load(&provider)?;
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| TlsError::configuration(&error))?;
        let config = match &self.client_ca {
            None => config.with_no_client_auth(),
            Some((source, origin)) => {
                let mut trusted = Collection::new(SystemTime::now());
                trusted.add_pem(source, origin)?;
                if trusted.store.is_empty() {
                    return Err(TlsError::NoTrustAnchors);
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted.store), provider);
                config.with_client_cert_verifier(
                    verifier.build().map_err(|error| TlsError::configuration(&error))?,
                )
            }
        };
        let mut config =
            config.with_single_cert(chain, key).map_err(|error| TlsError::configuration(&error))?;
        config.alpn_protocols.clone_from(&self.protocols);
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls")
            .field("certificate", &self.identity.certificate.name())
            .field("client_certificates", &self.client_ca.is_some())
            .field("crypto", &self.crypto)
            .finish_non_exhaustive()
    }
}
