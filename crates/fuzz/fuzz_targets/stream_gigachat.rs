//! GigaChat: a streamed answer, in pieces of any size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;
use toolgate_llm_providers::Dialect;

fuzz_target!(|input: &[u8]| models::stream(Dialect::GigaChat, input));
