//! The verifier as its users see it: against vectors, against issuers that misbehave, against proofs and services.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]
#![allow(clippy::missing_errors_doc, missing_docs)]

mod cache;
mod cookbook;
mod dpop;
mod issuer;
mod jwks_vectors;
mod jwt_vectors;
mod key_set;
#[cfg(feature = "tower")]
mod layer;
mod remote;
mod robustness;
mod signer;
mod vectors;
mod verifier;
mod wycheproof;
