//! What a sender brings to prove that a bound token is theirs (RFC 7800 section 3.1).

use crate::VerifyError;
use crate::compact::encode;
use crate::confirmation::Confirmation;
use crate::dpop::{DpopProof, ReplayCache};
use crate::equal::equal;
use crate::error::invalid_proof;

/// A proof of possession that came with a token.
///
/// A token that is bound to a key is worth nothing without the proof:
///
/// ```
/// # use std::time::SystemTime;
/// # use toolgate_jwt_verify::{KeySource, Proof, Verifier, VerifyError};
/// # let keys = KeySource::jwks_document(r#"{"keys": [
/// #     {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
/// # ]}"#)?;
/// let verifier = Verifier::new("https://as.example", ["https://mcp.example"], keys)?;
/// let bound = r#"{"active": true, "aud": "https://mcp.example", "exp": 4102444800,
///     "cnf": {"jkt": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}}"#;
/// let stolen = verifier.accept_introspection("opaque", bound, Proof::None, SystemTime::now());
/// assert!(matches!(stolen, Err(VerifyError::ProofRequired { bound_to: "a DPoP key" })));
/// # Ok::<(), VerifyError>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Proof<'a> {
    /// None: a plain bearer token.
    None,
    /// A DPoP proof (RFC 9449).
    Dpop(DpopProof<'a>),
    /// The SHA-256 of the certificate that the TLS client showed, in DER (RFC 8705 section 3.1).
    ClientCertificate(&'a [u8; 32]),
    /// For the sender itself, which looks at its own token before it uses it: the thumbprint of the key that it will
    /// prove (RFC 7638). A resource server has no use for this.
    OwnKey(&'a str),
    /// The same with the SHA-256 of the certificate, in DER, that the sender will show. A token that is bound to nothing
    /// is good too: servers bind or do not bind the tokens of such clients (RFC 8705 section 3).
    OwnCertificate(&'a [u8; 32]),
}

impl Proof<'_> {
    /// Checks the proof against what `token` is bound to. A proof for a token that is not bound to it is refused: the
    /// sender believes to be protected and is not (RFC 9449 section 7.1).
    pub(crate) fn check(
        &self,
        bound_to: &Confirmation,
        token: &str,
        replays: &ReplayCache,
        now: f64,
    ) -> Result<(), VerifyError> {
        if bound_to.unknown {
            return Err(VerifyError::ProofRequired { bound_to: "something that cannot be checked here" });
        }
        match (self, &bound_to.jkt, &bound_to.certificate) {
            (Self::None | Self::OwnCertificate(_), None, None) => Ok(()),
            (Self::Dpop(proof), Some(jkt), None) => proof.check(jkt, token, replays, now),
            (Self::OwnKey(thumbprint), Some(jkt), None) if equal(thumbprint.as_bytes(), jkt.as_bytes()) => {
                Ok(())
            }
            (Self::OwnKey(_), _, _) => Err(invalid_proof("the token is not bound to this client's DPoP key")),
            (Self::Dpop(_), None, _) => Err(invalid_proof("the token is not bound to a DPoP key")),
            (Self::ClientCertificate(_), _, None) => {
                Err(invalid_proof("the token is not bound to a client certificate"))
            }
            (Self::ClientCertificate(hash) | Self::OwnCertificate(hash), None, Some(expected)) => {
                if equal(encode(*hash).as_bytes(), expected.as_bytes()) {
                    Ok(())
                } else {
                    Err(invalid_proof("the client certificate is not the one that the token is bound to"))
                }
            }
            (_, Some(_), _) => Err(VerifyError::ProofRequired { bound_to: "a DPoP key" }),
            (_, _, Some(_)) => Err(VerifyError::ProofRequired { bound_to: "a client certificate" }),
        }
    }
}
