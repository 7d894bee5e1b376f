//! Certificates, keys and handshakes as a user of the crate meets them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod authority;
mod chains;
mod files;
mod handshake;
mod paths;
mod reload;
mod vectors;
