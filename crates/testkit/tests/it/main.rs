//! The kit against a plain hyper client: what the servers answer, seen from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    missing_docs
)]

mod client;
mod embeddings;
mod fault;
mod mcp;
mod mcp_client;
mod models;
mod models_client;
mod models_corpus;
mod models_refusals;
mod oauth;
mod rig;
mod tls;
mod tokens;
mod vertex;
