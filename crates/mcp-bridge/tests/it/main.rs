//! Integration tests: a real rmcp server, and servers that lie.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::print_stdout,
    missing_docs
)]

mod calls;
mod discovery;
mod floods;
mod generations;
mod honest;
mod input;
mod liar;
mod load;
mod refusals;
mod sessions;
#[cfg(feature = "stdio")]
mod stdio;
mod streamed_calls;
mod streams;
mod support;
mod vectors;
mod vigilance;
