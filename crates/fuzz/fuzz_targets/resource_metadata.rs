//! The metadata of a protected resource (RFC 9728), between a challenge and a good authorization server.
#![no_main]

use http::StatusCode;
use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::{Answer, Canned, block_on, check_message};
use toolgate_oauth_cc::discovery::{Discovery, Trust};

const RESOURCE: &str = "https://mcp.example/mcp";
const ISSUER: &str = "https://as.example";
const SERVER: &str = r#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token"}"#;

fuzz_target!(|input: &[u8]| {
    let Some(answer) = Answer::from_input(input) else { return };
    let http = Canned::new(move |path| match path {
        "/mcp" => Answer::empty(StatusCode::UNAUTHORIZED),
        path if path.starts_with("/.well-known/oauth-protected-resource") => answer.clone(),
        _ => Answer::json(SERVER),
    });
    let discovery = Discovery::new(http);
    match block_on(discovery.from_resource(RESOURCE, &Trust::Issuer(ISSUER.to_owned()))) {
        Ok(found) => {
            assert_eq!(found.server.issuer, ISSUER);
            assert!(found.resource.authorization_servers.iter().any(|server| server == ISSUER));
            assert!(RESOURCE.starts_with(found.resource.resource.trim_end_matches('/')));
        }
        Err(error) => check_message(&error),
    }
});
