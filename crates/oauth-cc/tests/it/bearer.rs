//! The bearer decorator: one retry, one origin.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::Notify;
use toolgate_http_client::{Body, HttpClient, HttpError, Origin, Request, Response};
use toolgate_oauth_cc::{BearerAuth, StepUp, TokenSource};

use crate::script::{Script, Step, cache};

fn request(url: &str) -> Request {
    http::Request::post(url).body(Bytes::from_static(b"{}")).unwrap()
}

fn authorized(resource: &Arc<Script>, tokens: &Arc<Script>) -> BearerAuth<Arc<Script>> {
    let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
    BearerAuth::new(Arc::clone(resource), Arc::new(cache(tokens)), origin)
}

fn sent_tokens(resource: &Script) -> Vec<String> {
    let requests = resource.requests.lock().unwrap();
    requests.iter().map(|request| request.headers()["authorization"].to_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_request_carries_a_token() {
    let (resource, tokens) = (Script::new([Step::json(200, "{}")]), Script::new([Step::token(600)]));
    let client = authorized(&resource, &tokens);
    for _ in 0..2 {
        assert_eq!(client.send(request("https://mcp.example/mcp")).await.unwrap().status(), 200);
    }
    assert_eq!(sent_tokens(&resource), ["Bearer tok-1", "Bearer tok-1"]);
    assert!(resource.requests.lock().unwrap()[0].headers()["authorization"].is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn another_origin_is_refused_before_a_token_is_asked_for() {
    let (resource, tokens) = (Script::new([Step::json(200, "{}")]), Script::new([Step::token(600)]));
    let client = authorized(&resource, &tokens);
    for url in ["https://evil.example/", "http://mcp.example/", "https://mcp.example:8443/"] {
        let error = client.send(request(url)).await.unwrap_err();
        assert!(matches!(error, HttpError::CredentialOrigin { .. }), "{url}");
    }
    assert_eq!((resource.count(), tokens.count()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    let refused = Step::json(401, "").with_header("www-authenticate", "Bearer error=\"invalid_token\"");
    let (resource, tokens) =
        (Script::new([refused.clone(), Step::json(200, "{}")]), Script::new([Step::token(600)]));
    let client = authorized(&resource, &tokens);
    assert_eq!(client.send(request("https://mcp.example/")).await.unwrap().status(), 200);
    assert_eq!(sent_tokens(&resource), ["Bearer tok-1", "Bearer tok-2"]);

    let (resource, tokens) = (Script::new([refused]), Script::new([Step::token(600)]));
    let client = authorized(&resource, &tokens);
    assert_eq!(client.send(request("https://mcp.example/")).await.unwrap().status(), 401);
    assert_eq!(resource.count(), 2);
}

/// A resource whose refusals have bodies that come when somebody reads them.
struct Slow {
    resource: Arc<Script>,
    read: Arc<Notify>,
}

#[async_trait]
impl HttpClient for Slow {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let response = self.resource.send(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let read = Arc::clone(&self.read);
        let body = async move {
            read.notify_one();
            Ok(Bytes::from_static(b"refused"))
        };
        Ok(response.map(|_| Body::from_stream(stream::once(body))))
    }
}

/// What asks for the resource decides by it whether to come back.
#[tokio::test(start_paused = true)]
async fn without_a_token_it_is_said_whether_one_may_be_had_later() {
    for (answer, transient) in [
        (Step::json(503, "{}"), true),
        (Step::json(400, r#"{"error": "temporarily_unavailable"}"#), true),
        (Step::json(401, r#"{"error": "invalid_client"}"#), false),
    ] {
        let (resource, tokens) = (Script::new([]), Script::new([answer]));
        let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
        let client = BearerAuth::new(resource, Arc::new(cache(&tokens)), origin);
        let error = client.send(request("https://mcp.example/")).await.unwrap_err();
        assert!(matches!(error, HttpError::Credential { .. }) && error.surely_did_nothing(), "{error}");
        assert_eq!(error.is_transient(), transient, "{error}");
    }
}

/// A body that is dropped unread takes its connection with it.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_read_before_its_connection_is_used_again() {
    let refused = Step::json(401, "").with_header("www-authenticate", "Bearer error=\"invalid_token\"");
    let (resource, tokens) = (Script::new([refused, Step::json(200, "{}")]), Script::new([Step::token(600)]));
    let read = Arc::new(Notify::new());
    let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
    let slow = Slow { resource, read: Arc::clone(&read) };
    let client = BearerAuth::new(slow, Arc::new(cache(&tokens)), origin);
    assert_eq!(client.send(request("https://mcp.example/")).await.unwrap().status(), 200);
    tokio::time::timeout(Duration::from_secs(1), read.notified()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn insufficient_scope_is_returned_as_it_is() {
    let header = "Bearer error=\"insufficient_scope\", scope=\"more\"";
    let resource = Script::new([Step::json(403, "").with_header("www-authenticate", header)]);
    let client = authorized(&resource, &Script::new([Step::token(600)]));
    assert_eq!(client.send(request("https://mcp.example/")).await.unwrap().status(), 403);
    assert_eq!(resource.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_token_is_an_error_that_says_why() {
    let tokens = Script::new([Step::error(401, "invalid_client")]);
    let error = authorized(&Script::new([Step::json(200, "")]), &tokens)
        .send(request("https://mcp.example/"))
        .await
        .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("invalid_client"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

fn demanding(scope: &str) -> Step {
    let header = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    Step::json(403, "").with_header("www-authenticate", &header)
}

#[tokio::test(start_paused = true)]
async fn step_up_asks_for_the_union_once_per_request() {
    let resource = Script::new([demanding("b"), Step::json(200, "{}"), demanding("c")]);
    let tokens = Script::new([Step::token(600)]);
    let source = Arc::new(StepUp::new(cache(&tokens), ["b"]).unwrap());
    let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
    let client = BearerAuth::new(Arc::clone(&resource), Arc::<StepUp>::clone(&source), origin);
    assert_eq!(client.send(request("https://mcp.example/")).await.unwrap().status(), 200);
    assert_eq!(tokens.requests.lock().unwrap()[1].body(), "grant_type=client_credentials&scope=b");
    // A scope that the application did not allow is never asked for.
    assert_eq!(client.send(request("https://mcp.example/")).await.unwrap().status(), 403);
    assert_eq!((resource.count(), tokens.count()), (3, 2));
    assert_eq!(source.widen(&["c".to_owned()]).unwrap_err().kind(), "insufficient_scope");
    assert!(!source.step_up(&["b".to_owned()]), "what was asked for already is no step up");
    let source = StepUp::new(cache(&tokens), ["d", "e"]).unwrap();
    assert!(
        source.widen(&["d".to_owned(), "c".to_owned()]).is_err(),
        "one that is allowed brings no other in"
    );
    assert!(source.widen(&["d".to_owned()]).is_ok());
    assert!(
        source.widen(&["d".to_owned(), "e".to_owned()]).is_ok(),
        "what is asked for may be demanded again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_that_steps_up_tells_and_forgets_its_token() {
    let tokens = Script::new([Step::token(600)]);
    let source = StepUp::new(cache(&tokens), ["a"]).unwrap();
    assert_eq!(source.cached(), None);
    let first = source.token().await.unwrap();
    assert_eq!(source.cached().as_ref(), Some(&first));
    source.refused(&first);
    assert_ne!(source.token().await.unwrap(), first);
    assert_eq!(tokens.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn di_13_stepping_up_ends() {
    let source = StepUp::new(cache(&Script::new([Step::token(600)])), ["a", "b", "c"]).unwrap().with_limit(2);
    let demand = |scope: &str| source.widen(&[scope.to_owned()]);
    assert!(demand("a").is_ok() && demand("b").is_ok());
    let error = demand("c").unwrap_err();
    assert!(
        error.kind() == "insufficient_scope" && error.to_string().contains("have \"a b\", need \"c\""),
        "{error}"
    );
}
