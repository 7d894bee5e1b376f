//! The metadata of an authorization server (RFC 8414, OpenID Connect Discovery).
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::{Answer, Canned, block_on, check_message};
use toolgate_http_client::{Origin, parse_url};
use toolgate_oauth_cc::discovery::Discovery;

const ISSUER: &str = "https://as.example/t1";

fuzz_target!(|input: &[u8]| {
    let Some(answer) = Answer::from_input(input) else { return };
    let http = Canned::new(move |_| answer.clone());
    match block_on(Discovery::new(http).from_issuer(ISSUER)) {
        Ok(server) => {
            assert_eq!(server.issuer, ISSUER);
            let optional = [&server.jwks_uri, &server.introspection_endpoint, &server.mtls_token_endpoint];
            for endpoint in optional.into_iter().flatten().chain([&server.token_endpoint]) {
                let url = parse_url(endpoint).expect("an endpoint that cannot be requested");
                assert!(Origin::of(&url).unwrap().is_secure(), "{endpoint:?}");
            }
            let _ = server.common_method(&["private_key_jwt", "client_secret_basic"]);
        }
        Err(error) => check_message(&error),
    }
});
