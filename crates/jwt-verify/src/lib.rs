#![doc = include_str!("../README.md")]

mod algorithm;
mod cache;
#[cfg(feature = "tower")]
mod challenge;
mod claims;
mod compact;
mod confirmation;
mod dpop;
mod edwards;
mod equal;
mod error;
mod header;
mod json;
mod jwk;
mod key_material;
mod key_set;
mod key_source;
#[cfg(feature = "tower")]
mod layer;
mod policy;
mod proof;
mod remote;
mod rsa;
mod scopes;
mod signature;
mod token;
mod unverified;
mod validity;
mod verifier;

pub use algorithm::Algorithm;
pub use dpop::DpopProof;
pub use error::VerifyError;
pub use jwk::SkippedKey;
pub use key_set::{KeyRules, KeySet};
pub use key_source::{KeyHealth, KeySource};
#[cfg(feature = "tower")]
pub use layer::{Guarded, TokenGuard};
pub use proof::Proof;
pub use remote::RemoteKeys;
pub use scopes::Scopes;
pub use token::VerifiedToken;
pub use unverified::UnverifiedJws;
pub use verifier::Verifier;
