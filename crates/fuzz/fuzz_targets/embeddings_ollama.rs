//! Ollama's embeddings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;

const MODELS: &[(&str, &str)] = &[("ollama", "m")];

fuzz_target!(|input: &[u8]| models::embeddings(MODELS, input));
