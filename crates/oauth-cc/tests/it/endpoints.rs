//! Introspection (RFC 7662), revocation (RFC 7009), and many caches.

use std::sync::Arc;

use toolgate_oauth_cc::{TokenCaches, TokenSource};

use crate::script::{Script, Step, cache, credentials};

#[tokio::test(start_paused = true)]
async fn introspection_says_what_the_server_knows() {
    let answer = r#"{"active":true,"scope":"b a","client_id":"client","aud":["x"],"exp":99}"#;
    let script = Script::new([
        Step::token(600),
        Step::json(200, answer),
        Step::json(200, r#"{"active":false,"aud":"y"}"#),
    ]);
    let cache = cache(&script).with_introspection_endpoint("https://as.example/introspect").unwrap();
    let token = cache.token().await.unwrap();
    let found = cache.introspect(&token).await.unwrap();
    assert!(found.active && found.scopes.unwrap().contains("a"));
    assert_eq!((found.audience, found.expires_at), (vec!["x".to_owned()], Some(99)));
    let found = cache.introspect(&token).await.unwrap();
    assert!(!found.active && found.audience == ["y"], "one audience may stand alone");
    let request = &script.requests.lock().unwrap()[1];
    assert_eq!(request.uri(), "https://as.example/introspect");
    assert_eq!(request.body(), "token=tok-1&token_type_hint=access_token");
    assert!(request.headers()["authorization"].is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn an_introspection_that_is_no_json_says_nothing() {
    let mut page = Step::json(200, r#"{"active":true}"#);
    page.headers = vec![("content-type", "text/html".to_owned())];
    let cache = cache(&Script::new([Step::token(600), page]));
    let cache = cache.with_introspection_endpoint("https://as.example/introspect").unwrap();
    let token = cache.token().await.unwrap();
    assert!(cache.introspect(&token).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn closing_revokes_only_by_setting() {
    let script = Script::new([Step::token(600), Step::json(200, ""), Step::token(600)]);
    let revoking = cache(&script).with_revocation_endpoint("https://as.example/revoke").unwrap();
    revoking.token().await.unwrap();
    revoking.close().await.unwrap();
    assert!(revoking.cached().is_none());
    {
        let requests = script.requests.lock().unwrap();
        assert_eq!(requests[1].uri(), "https://as.example/revoke");
        assert_eq!(requests[1].body(), "token=tok-1&token_type_hint=access_token");
    }
    revoking.close().await.unwrap();
    assert_eq!(script.count(), 2, "there is nothing to revoke");

    let script = Script::new([Step::token(600)]);
    let plain = cache(&script);
    plain.token().await.unwrap();
    plain.close().await.unwrap();
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_cache_of_a_set_has_its_settings() {
    let script = Script::new([Step::error(503, "temporarily_unavailable")]);
    let caches =
        TokenCaches::new(Arc::<Script>::clone(&script)).with_settings(|cache| cache.with_attempts(1));
    assert!(caches.cache(credentials("https://as.example/token")).token().await.is_err());
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_credentials_share_and_the_oldest_gives_way() {
    let script = Script::new([Step::token(600)]);
    let caches = TokenCaches::new(Arc::<Script>::clone(&script)).with_capacity(2);
    let one = || credentials("https://as.example/token");
    let with_scope = |scope: &str| one().with_scopes([scope]).unwrap();
    let first = caches.cache(one()).token().await.unwrap();
    assert_eq!(caches.cache(one()).token().await.unwrap(), first);
    assert_ne!(caches.cache(with_scope("a")).token().await.unwrap(), first);
    assert_eq!(caches.cache(one()).token().await.unwrap(), first);
    caches.cache(with_scope("b")).token().await.unwrap();
    assert_eq!(caches.cache(one()).token().await.unwrap(), first, "used more recently than a");
    caches.cache(with_scope("a")).token().await.unwrap();
    assert_eq!(script.count(), 4);
    assert_eq!(caches.all().len(), 2);
}
