//! SageMaker: a container's streamed answer, in messages with checksums, which a fuzzer does not find: the input is put into
//! messages, and read as it stands as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;
use toolgate_llm_providers::Dialect;

fuzz_target!(|input: &[u8]| {
    models::stream(Dialect::SageMakerChat, input);
    models::stream(Dialect::SageMakerChat, &models::aws_parts(input));
});
