//! The cryptography that rustls uses, always named: the process-wide default belongs to the application.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

#[cfg(not(any(feature = "aws-lc", feature = "ring")))]
compile_error!("toolgate-tls-config needs one of its features `aws-lc` and `ring`");

/// Which implementation of cryptography rustls uses.
///
/// ```
/// use toolgate_tls_config::{ClientTls, Crypto};
/// let tls = ClientTls::new().with_mozilla_roots().with_crypto(Crypto::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Crypto {
    /// AWS-LC, with hybrid post-quantum key exchange (X25519MLKEM768) preferred. The default, for that reason.
    #[cfg(feature = "aws-lc")]
    #[default]
    AwsLc,
    /// ring: builds without a C++ toolchain or `CMake`; no post-quantum key exchange.
    #[cfg(feature = "ring")]
    #[cfg_attr(not(feature = "aws-lc"), default)]
    Ring,
}

impl Crypto {
    pub(crate) fn provider(self) -> Arc<CryptoProvider> {
        Arc::new(match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => rustls::crypto::aws_lc_rs::default_provider(),
            #[cfg(feature = "ring")]
            Self::Ring => rustls::crypto::ring::default_provider(),
        })
    }
}

#[cfg(all(test, feature = "aws-lc"))]
mod tests {
    use super::*;

    #[test]
    fn hybrid_key_exchange_comes_first() {
        let groups = Crypto::AwsLc.provider().kx_groups.clone();
        assert_eq!(groups[0].name(), rustls::NamedGroup::X25519MLKEM768);
    }
}
