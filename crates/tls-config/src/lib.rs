#![doc = include_str!("../README.md")]

mod chain;
mod client;
mod crypto;
mod error;
mod file;
mod identity;
mod key_log;
mod mkcert;
mod pem;
mod reload;
mod revocation;
mod server;
mod system;
mod trust;

pub use chain::ChainSummary;
pub use client::ClientTls;
pub use crypto::Crypto;
pub use error::TlsError;
pub use reload::ReloadingClientTls;
pub use server::ServerTls;
pub use system::is_system_bundle;
pub use trust::{TrustAnchor, TrustSource, TrustSummary};
