//! A provider's reply with an error status, in any of the shapes that providers have for it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;

fuzz_target!(|input: &[u8]| models::error(input));
