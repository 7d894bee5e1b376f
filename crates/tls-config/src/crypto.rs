//! The cryptography that rustls uses, always named: the process-wide default belongs to the application.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustls::crypto::{CryptoProvider, GetRandomFailed};

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

    /// Gathers the entropy that random numbers start from, in a thread of its own that ends with it, so that the first
    /// handshake of this process does not wait for it. AWS-LC measures the processor's jitter for about 30 ms, once per
    /// process; a handshake that comes earlier waits for the rest. Ring asks the system, which takes no time.
    ///
    /// ```
    /// toolgate_tls_config::Crypto::default().gather_entropy();
    /// ```
    ///
    /// Nothing depends on it: what fails here is tried again, and told, where random numbers are needed.
    pub fn gather_entropy(self) {
        drop(self.gather());
    }

    fn gather(self) -> io::Result<JoinHandle<Result<(), GetRandomFailed>>> {
        let random = self.provider().secure_random;
        thread::Builder::new().name("entropy".to_owned()).spawn(move || random.fill(&mut [0]))
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

    #[test]
    fn entropy_is_gathered_as_often_as_one_likes() {
        let gathering = [Crypto::AwsLc.gather(), Crypto::AwsLc.gather()];
        for thread in gathering {
            thread.unwrap().join().unwrap().unwrap();
        }
    }
}
