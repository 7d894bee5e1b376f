//! Google's embeddings: Gemini's, Vertex AI's `:predict` and `:embedContent`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;

const MODELS: &[(&str, &str)] =
    &[("gemini", "m"), ("vertex_ai", "text-embedding-005"), ("vertex_ai", "gemini-embedding-2")];

fuzz_target!(|input: &[u8]| models::embeddings(MODELS, input));
