//! DPoP at the token endpoint and at a resource, with their nonces.

use std::sync::Arc;

use toolgate_http_client::{HttpClient, Origin, Request};
use toolgate_oauth_cc::{BearerAuth, DpopKey, StepUp, TokenCache, TokenSource, TokenType};

use crate::assertion::{claims, key};
use crate::script::{Script, Step, credentials};

fn cache(script: &Arc<Script>) -> TokenCache {
    let credentials = credentials("https://as.example/token?tenant=1").with_dpop(DpopKey::new(key()));
    TokenCache::new(credentials, Arc::<Script>::clone(script))
}

fn bound() -> Step {
    Step::json(200, r#"{"access_token":"tok-#","token_type":"DPoP","expires_in":600}"#)
}

fn proofs(script: &Script) -> Vec<serde_json::Value> {
    let requests = script.requests.lock().unwrap();
    requests.iter().map(|request| claims(request.headers()["dpop"].to_str().unwrap())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_nonce_is_answered_exactly_once() {
    let demand = Step::error(400, "use_dpop_nonce").with_header("dpop-nonce", "n1");
    let script = Script::new([demand.clone(), bound()]);
    cache(&script).token().await.unwrap();
    let sent = proofs(&script);
    assert_eq!((&sent[0]["nonce"], &sent[1]["nonce"]), (&serde_json::Value::Null, &"n1".into()));
    assert_eq!((&sent[1]["htu"], &sent[1]["htm"]), (&"https://as.example/token".into(), &"POST".into()));
    assert_ne!(sent[0]["jti"], sent[1]["jti"]);

    let script = Script::new([demand]);
    assert_eq!(cache(&script).token().await.unwrap_err().kind(), "oauth_error");
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unbound_token_is_refused() {
    let script = Script::new([Step::token(600)]);
    assert_eq!(cache(&script).token().await.unwrap_err().kind(), "not_sender_constrained");
    let lenient = cache(&script).credentials().clone().with_unbound_tokens(true);
    let token = TokenCache::new(lenient, script.clone()).token().await.unwrap();
    assert_eq!(token.token_type(), TokenType::Bearer, "by the switch, and as what it is");
}

#[tokio::test(start_paused = true)]
async fn a_resource_gets_a_proof_for_the_token_and_its_nonce() {
    let demand = Step::json(401, "")
        .with_header("www-authenticate", "DPoP error=\"use_dpop_nonce\"")
        .with_header("dpop-nonce", "rs1");
    let (resource, tokens) = (Script::new([demand, Step::json(200, "{}")]), Script::new([bound()]));
    let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
    let client = BearerAuth::new(Arc::clone(&resource), Arc::new(cache(&tokens)), origin);
    let request = || -> Request { http::Request::post("https://mcp.example/mcp").body("{}".into()).unwrap() };
    for _ in 0..2 {
        assert_eq!(client.send(request()).await.unwrap().status(), 200);
    }
    assert_eq!((resource.count(), tokens.count()), (3, 1));
    let sent = proofs(&resource);
    assert_eq!(sent[1]["nonce"], "rs1", "the second attempt has it");
    assert_ne!(sent[0]["jti"], sent[1]["jti"]);
    assert_eq!(sent[2]["nonce"], "rs1");
    assert!(sent.iter().all(|proof| proof["ath"] == sent[0]["ath"] && proof["ath"].is_string()));
    let last = &resource.requests.lock().unwrap()[2];
    assert_eq!(last.headers()["authorization"], "DPoP tok-1");
}

/// RFC 9449 section 7.1: a resource challenges in the scheme of the token.
#[tokio::test(start_paused = true)]
async fn di_13_a_bound_token_steps_up_too() {
    let demand = "DPoP error=\"insufficient_scope\", scope=\"b\", algs=\"ES256\"";
    let demand = Step::json(403, "").with_header("www-authenticate", demand);
    let (resource, tokens) = (Script::new([demand, Step::json(200, "{}")]), Script::new([bound()]));
    let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
    let source = StepUp::new(cache(&tokens), ["b"]).unwrap();
    let client = BearerAuth::new(Arc::clone(&resource), Arc::new(source), origin);
    let request: Request = http::Request::post("https://mcp.example/mcp").body("{}".into()).unwrap();
    assert_eq!(client.send(request).await.unwrap().status(), 200);
    assert_eq!(tokens.requests.lock().unwrap()[1].body(), "grant_type=client_credentials&scope=b");
}

/// A token that was refused is not tried again: only what lacks a nonce is.
#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_nonce_is_not_answered_with_the_same_token() {
    let refusal = Step::json(401, "").with_header("www-authenticate", "DPoP error=\"invalid_token\"");
    let (resource, tokens) = (Script::new([refusal]), Script::new([bound()]));
    let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
    let client = BearerAuth::new(Arc::clone(&resource), Arc::new(cache(&tokens)), origin);
    let request: Request = http::Request::post("https://mcp.example/mcp").body("{}".into()).unwrap();
    assert_eq!(client.send(request).await.unwrap().status(), 401);
    let requests = resource.requests.lock().unwrap();
    let sent: Vec<_> = requests.iter().map(|request| &request.headers()["authorization"]).collect();
    assert_eq!(sent, ["DPoP tok-1", "DPoP tok-2"]);
}
