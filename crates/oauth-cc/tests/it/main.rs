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

mod bearer;
mod cache;
mod discovery;
mod script;
mod vectors;
mod wire;
