//! Embeddings at Bedrock: Titan's, Nova's, and Cohere's, which are those of its own API.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;

const MODELS: &[(&str, &str)] = &[
    ("bedrock", "amazon.titan-embed-text-v2:0"),
    ("bedrock", "amazon.nova-2-multimodal-embeddings-v1:0"),
    ("bedrock", "cohere.embed-v4:0"),
    ("cohere", "m"),
];

fuzz_target!(|input: &[u8]| models::embeddings(MODELS, input));
