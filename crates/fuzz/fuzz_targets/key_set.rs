//! A JWKS document (RFC 7517 section 5).
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::check_message;
use toolgate_jwt_verify::{KeyRules, KeySet};

fuzz_target!(|input: &[u8]| {
    match KeySet::parse(input) {
        Ok(keys) => {
            assert!(keys.key_ids().next().is_some(), "a key set without a key");
            for skipped in keys.skipped() {
                check_message(&skipped.reason);
            }
            let lax = KeyRules::default().with_rsa_exponent_three(true);
            let lax = KeySet::parse_with(input, &lax).expect("a laxer rule refused what the default takes");
            assert!(lax.key_ids().count() >= keys.key_ids().count());
        }
        Err(error) => check_message(&error),
    }
});
