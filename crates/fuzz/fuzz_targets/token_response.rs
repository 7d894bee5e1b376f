//! The answer of a token endpoint (RFC 6749 section 5), good or bad.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::{Answer, Canned, block_on, check_message};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};

fuzz_target!(|input: &[u8]| {
    let Some(answer) = Answer::from_input(input) else { return };
    let secret = ClientAuthentication::SecretBasic(Secret::new("canary-f1c2"));
    let credentials = ClientCredentials::new("https://as.example/token", "client", secret)
        .and_then(|credentials| credentials.with_scopes(["customer:read"]))
        .unwrap();
    let cache = TokenCache::new(credentials, Canned::new(move |_| answer.clone())).with_attempts(1);
    match block_on(cache.token()) {
        Ok(token) => {
            let header = token.header();
            assert!(header.is_sensitive());
            let value = header.to_str().expect("a token that is no text");
            assert_eq!(value.strip_prefix("Bearer "), Some(token.expose_secret()));
            assert!(!token.expose_secret().contains(|c: char| c.is_whitespace() || c.is_control()));
        }
        Err(error) => {
            check_message(&error);
            assert!(!error.to_string().contains("canary-f1c2"));
        }
    }
});
