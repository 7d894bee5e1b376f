//! The limits that every request carries: size, time, and where it may lead.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use toolgate_http_client::SendOptions;
use toolgate_oauth_cc::discovery::Discovery;
use toolgate_oauth_cc::{ClientAuthentication, Secret, TokenCache, TokenSource};

use crate::script::{Script, Step, cache};

fn last_options(script: &Script) -> SendOptions {
    SendOptions::of(script.requests.lock().unwrap().last().unwrap())
}

#[tokio::test(start_paused = true)]
async fn cc_17_a_token_request_is_bounded_in_size_and_time() {
    let script = Script::new([Step::json(200, " ".repeat((64 << 10) + 1))]);
    assert_eq!(cache(&script).token().await.unwrap_err().kind(), "too_large");
    assert_eq!(last_options(&script).total, Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn di_17_a_document_is_bounded_in_size_and_time() {
    let script = Script::new([Step::json(200, " ".repeat((256 << 10) + 1))]);
    let discovery = Discovery::new(Arc::<Script>::clone(&script));
    assert_eq!(discovery.from_issuer("https://as.example").await.unwrap_err().kind(), "too_large");
    assert_eq!(last_options(&script).total, Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn di_14_an_endpoint_that_a_server_named_must_be_public() {
    for (endpoint, public_only) in
        [("https://as.example/token", false), ("https://login.as.example/token", true)]
    {
        let document = json!({"issuer": "https://as.example", "token_endpoint": endpoint}).to_string();
        let script = Script::new([Step::json(200, document), Step::token(600)]);
        let server =
            Discovery::new(Arc::<Script>::clone(&script)).from_issuer("https://as.example").await.unwrap();
        let secret = ClientAuthentication::SecretBasic(Secret::new("s"));
        let credentials = server.credentials("client", secret).unwrap();
        TokenCache::new(credentials, Arc::<Script>::clone(&script)).token().await.unwrap();
        assert_eq!(last_options(&script).public_only, public_only, "{endpoint}");
    }
}

/// The client proves itself to these endpoints too, and shows them a token.
#[tokio::test(start_paused = true)]
async fn di_14_what_is_asked_about_tokens_goes_to_public_addresses_too() {
    for public_only in [false, true] {
        let answers = [Step::token(600), Step::json(200, r#"{"active":true}"#), Step::json(200, "")];
        let script = Script::new(answers);
        let cache = cache(&script)
            .with_introspection_endpoint("https://other.example/introspect")
            .and_then(|cache| cache.with_revocation_endpoint("https://other.example/revoke"))
            .unwrap()
            .with_public_introspection(public_only)
            .with_public_revocation(public_only);
        let token = cache.token().await.unwrap();
        assert!(!last_options(&script).public_only, "the token endpoint was configured");
        assert!(cache.introspect(&token).await.unwrap().active);
        assert_eq!(last_options(&script).public_only, public_only);
        cache.close().await.unwrap();
        assert_eq!(last_options(&script).public_only, public_only);
    }
}
