//! What tokens are bound to, so that whoever steals one cannot use it: a key (RFC 9449), or the client's certificate (RFC 8705
//! section 3).

#[cfg(feature = "dpop")]
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::ClientCredentials;
use crate::access_token::Scheme;
#[cfg(feature = "dpop")]
use crate::dpop::DpopKey;

impl ClientCredentials {
    /// Names the certificate (in DER) that the client shows to the server, to which tokens may be bound (RFC 8705 section 3):
    /// a client that shows another one then never shares them, in a store of several processes either. Default: none.
    #[must_use]
    pub fn with_certificate(mut self, certificate: &[u8]) -> Self {
        self.certificate = Some(Sha256::digest(certificate).into());
        self
    }

    /// Binds the tokens to a key: the token endpoint and every resource get a proof of possession (RFC 9449).
    #[cfg(feature = "dpop")]
    #[must_use]
    pub fn with_dpop(mut self, key: DpopKey) -> Self {
        self.dpop = Some(Arc::new(key));
        self
    }

    /// Takes a plain bearer token too when the server does not bind it to the key: for the time in which an
    /// authorization server learns DPoP. Default off, and such a token is refused, since its client believes that a stolen
    /// one is worthless.
    #[cfg(feature = "dpop")]
    #[must_use]
    pub fn with_unbound_tokens(mut self, allowed: bool) -> Self {
        self.unbound_allowed = allowed;
        self
    }

    /// Whether tokens that are not bound to the key are taken.
    pub(crate) fn takes_unbound(&self) -> bool {
        #[cfg(feature = "dpop")]
        return self.unbound_allowed;
        #[cfg(not(feature = "dpop"))]
        false
    }

    /// How the tokens must be presented.
    pub(crate) fn scheme(&self) -> Scheme {
        #[cfg(feature = "dpop")]
        if let Some(key) = &self.dpop {
            return Scheme::DPoP(Arc::clone(key));
        }
        Scheme::Bearer
    }
}
