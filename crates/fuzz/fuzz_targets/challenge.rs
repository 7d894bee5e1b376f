//! `WWW-Authenticate` headers (RFC 9110 section 11.6.1, RFC 6750 section 3); each line is one header.
#![no_main]

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::check_message;
use toolgate_oauth_cc::Challenge;

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in input.split(|&byte| byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("www-authenticate", value);
        }
    }
    match Challenge::bearer(&headers) {
        Ok(Some(challenge)) => {
            for scope in challenge.scope.iter().flatten() {
                assert!(!scope.is_empty() && !scope.contains(' '), "{scope:?} is not one scope");
            }
        }
        Ok(None) => {}
        Err(error) => check_message(&error),
    }
});
