//! Replicate: a prediction, and the same where a stream was asked for, which it comes in place of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::models;
use toolgate_llm_providers::Dialect;

fuzz_target!(|input: &[u8]| {
    models::answer(Dialect::ReplicatePrediction, input);
    models::stream(Dialect::ReplicatePrediction, input);
});
