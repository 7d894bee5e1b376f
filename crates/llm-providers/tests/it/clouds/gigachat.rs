//! GigaChat's tokens: a key as Basic, the request's id, and an end that is a time.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use toolgate_llm_providers::{ChatModel, ErrorKind, Provider, TokenAuthorizer};
use wiremock::matchers::{body_string, header, header_regex, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::ask;
use crate::chat_model::http;
use crate::sample::provider;

const ANSWER: &str =
    r#"{"choices":[{"message":{"content":"hi","role":"assistant"},"finish_reason":"stop"}]}"#;

fn model(server: &MockServer) -> ChatModel {
    let endpoint = format!("{}/api/v2/oauth", server.uri());
    let tokens =
        TokenAuthorizer::gigachat("gigachat", "a2V5", "GIGACHAT_API_PERS", Some(&endpoint), http()).unwrap();
    let gigachat: Provider = provider("gigachat").with_base_url(format!("{}/api/v1", server.uri())).unwrap();
    ChatModel::new(gigachat, "GigaChat-2", None, http()).unwrap().with_authorizer(Arc::new(tokens))
}

/// As documented (<https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-token>), with an end in `left`
/// seconds; `unit` milliseconds are one of its units.
async fn tokens(server: &MockServer, left: u64, unit: u64, times: u64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let body = json!({"access_token": "t0ken", "expires_at": (now + left) * 1000 / unit});
    Mock::given(method("POST"))
        .and(path("/api/v2/oauth"))
        .and(header("authorization", "Basic a2V5"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header_regex("rquid", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))
        .and(body_string("scope=GIGACHAT_API_PERS"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .expect(times)
        .mount(server)
        .await;
    Mock::given(path("/api/v1/chat/completions"))
        .and(header("authorization", "Bearer t0ken"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(ANSWER, "application/json"))
        .mount(server)
        .await;
}

#[tokio::test]
async fn one_token_serves_until_its_end_in_either_unit() {
    for unit in [1, 1000] {
        let server = MockServer::start().await;
        tokens(&server, 1800, unit, 1).await;
        let model = model(&server);
        for _ in 0..2 {
            assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
        }
    }
    // One that is about to end serves no second request.
    let server = MockServer::start().await;
    tokens(&server, 30, 1, 2).await;
    let model = model(&server);
    for _ in 0..2 {
        assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
    }
}

#[tokio::test]
async fn a_refused_key_is_told_in_the_endpoints_words_and_not_repeated() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(400)
        .set_body_json(json!({"code": 7, "message": "scope from db not fully includes consumed scope"}));
    Mock::given(path("/api/v2/oauth")).respond_with(reply).mount(&server).await;
    let model = model(&server);
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.message().contains("scope from db"), "{error}");
    assert!(!format!("{error} {error:?} {model:?}").contains("a2V5"));
    let refused = TokenAuthorizer::gigachat("gigachat", "can ary", "s", None, http()).unwrap_err();
    assert!(
        refused.kind() == ErrorKind::Configuration && !format!("{refused:?}").contains("ary"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_token_of_endless_life_is_no_panic() {
    let server = MockServer::start().await;
    let body = json!({"access_token": "t0ken", "expires_in": u64::MAX});
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(path("/api/v2/oauth")).respond_with(reply).mount(&server).await;
    Mock::given(path("/api/v1/chat/completions"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(ANSWER, "application/json"))
        .mount(&server)
        .await;
    assert_eq!(model(&server).chat(&ask()).await.unwrap().text(), "hi");
}
