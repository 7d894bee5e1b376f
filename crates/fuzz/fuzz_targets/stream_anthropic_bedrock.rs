//! Anthropic messages on Bedrock: a streamed answer, as base64 in messages with checksums, which a fuzzer does not find: the input
//! is put into messages, and read as it stands as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;
use toolgate_llm_providers::Dialect;

fuzz_target!(|input: &[u8]| {
    models::stream(Dialect::AnthropicBedrock, input);
    models::stream(Dialect::AnthropicBedrock, &models::aws_chunks(input));
});
