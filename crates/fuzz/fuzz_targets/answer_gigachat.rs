//! GigaChat: a whole answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;
use toolgate_llm_providers::Dialect;

fuzz_target!(|input: &[u8]| models::answer(Dialect::GigaChat, input));
