//! Bedrock Converse: a streamed answer, in pieces of any size. Its messages have checksums, which a fuzzer does not find:
//! each line of the input is put into a message, and the input as it stands is read as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;
use toolgate_llm_providers::Dialect;

fuzz_target!(|input: &[u8]| {
    models::stream(Dialect::BedrockConverse, input);
    models::stream(Dialect::BedrockConverse, &models::aws_messages(input));
});
