//! A certificate chain and its private key, checked to belong together (RFC 8705 needs it; RFC 8446 section 4.4.2).

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::file::PemSource;
use crate::{TlsError, pem};

/// Where a chain and its key come from. The chain begins with the owner's certificate.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: PemSource,
    pub(crate) key: PemSource,
}

/// A chain, its end entity's certificate first, and its key.
pub(crate) type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Identity {
    /// The chain and the key, once it is sure that they match.
    pub(crate) fn load(&self, provider: &CryptoProvider) -> Result<Chain, TlsError> {
        let name = self.certificate.name();
        let text = self.certificate.read()?;
        let chain = pem::blocks(&name, &text, "certificate")?
            .iter()
            .map(pem::Block::certificate)
            .collect::<Result<Vec<_>, _>>()?;
        let key = self.load_key()?;
        self.check(&chain, &key, provider)?;
        Ok((chain, key))
    }

    /// The one private key; blocks of other kinds, such as `EC PARAMETERS` or the certificate, may stand beside it.
    fn load_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let name = self.key.name();
        let text = self.key.read()?;
        let blocks = pem::blocks(&name, &text, "private key")?;
        let mut keys = blocks.iter().filter(|block| block.is_private_key());
        let none = "it holds other blocks only";
        let key = keys.next().ok_or(TlsError::Nothing { file: name, wanted: "private key", found: none })?;
        match keys.next() {
            Some(second) => Err(second.bad("is a second private key; expected exactly one")),
            None => key.private_key(),
        }
    }

    fn check(
        &self,
        chain: &[CertificateDer<'static>],
        key: &PrivateKeyDer<'static>,
        provider: &CryptoProvider,
    ) -> Result<(), TlsError> {
        let unusable = |file: &PemSource, kind, reason: &str| TlsError::BadBlock {
            file: file.name(),
            kind,
            block: 1,
            reason: reason.to_owned(),
        };
        let signing = provider.key_provider.load_private_key(key.clone_key()).map_err(|_| {
            unusable(&self.key, "private key", "does not parse, or is of a kind that TLS does not use")
        })?;
        match CertifiedKey::new(chain.to_vec(), signing).keys_match() {
            // Unknown: a key kept in hardware does not tell.
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(()),
            Err(rustls::Error::InconsistentKeys(_)) => {
                Err(TlsError::KeyMismatch { certificate: self.certificate.name(), key: self.key.name() })
            }
            Err(_) => Err(unusable(&self.certificate, "certificate", "does not parse")),
        }
    }
}
