//! OpenAI's embeddings: numbers, or base64 of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;

const MODELS: &[(&str, &str)] = &[("openai", "m"), ("groq", "m")];

fuzz_target!(|input: &[u8]| models::embeddings(MODELS, input));
