//! Integration tests: recorded traffic, golden requests, and a model behind a local server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::missing_errors_doc,
    missing_docs
)]

mod anthropic;
mod authorizer;
mod bedrock;
mod binding;
mod chat_model;
mod chat_stream;
mod clouds;
mod cohere;
pub(crate) mod corpus;
mod embeddings;
mod errors;
mod every;
mod fallback;
mod framing;
mod gemini;
mod gigachat;
mod headers;
mod ollama;
mod openai;
mod options;
mod properties;
mod refused;
mod replicate;
mod responses;
mod sample;
mod schemas;
mod shapes;
mod tool_schemas;
