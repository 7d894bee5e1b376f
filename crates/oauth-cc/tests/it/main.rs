//! Integration tests: a scripted client under paused time for the cache, a real HTTP server for everything on the wire.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::print_stdout,
    missing_docs
)]

#[cfg(feature = "private-key-jwt")]
mod assertion;
mod bearer;
mod bounds;
mod cache;
mod canary;
mod discovery;
mod documents;
#[cfg(feature = "dpop")]
mod dpop;
mod endpoints;
mod model;
#[cfg(feature = "redis")]
mod redis;
mod script;
mod store;
mod vectors;
mod wire;
