//! Models that clouds host: their URLs, their bodies, and tokens of their token endpoints.

mod gigachat;
mod sagemaker;
#[cfg(feature = "snowflake")]
mod snowflake;
mod watsonx;

use std::sync::Arc;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    Authentication, ChatModel, ChatRequest, Dialect, ErrorKind, Message, Provider, TokenAuthorizer,
};
use wiremock::matchers::{body_json, body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;
use crate::sample::{conversation, encode, provider};

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

#[test]
fn vertex_has_the_model_in_the_path_and_the_version_in_the_body() {
    let body: Value =
        serde_json::from_slice(&encode("vertex_ai_anthropic", "claude@1", &conversation()).unwrap().body)
            .unwrap();
    assert_eq!((&body["anthropic_version"], &body["model"]), (&json!("vertex-2023-10-16"), &Value::Null));
    let own: Value =
        serde_json::from_slice(&encode("anthropic", "claude@1", &conversation()).unwrap().body).unwrap();
    assert_eq!(body["messages"], own["messages"]);
    let mut vertex = provider("vertex_ai_anthropic");
    for (name, value) in [("location", "europe-west1"), ("project", "p-1")] {
        vertex = vertex.with_parameter(name, value).unwrap();
    }
    assert_eq!(
        vertex.base_url(),
        "https://europe-west1-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west1/publishers/anthropic"
    );
}

#[tokio::test]
async fn a_partners_chat_completions_have_the_model_in_the_path_too() {
    let server = MockServer::start().await;
    let answer = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    Mock::given(method("POST"))
        .and(path("/publishers/mistralai/models/mistral-medium-3:rawPredict"))
        .and(body_json(json!({"model": "mistral-medium-3", "messages": [{"role": "user", "content": "u"}]})))
        .respond_with(ResponseTemplate::new(200).set_body_string(answer))
        .expect(1)
        .mount(&server)
        .await;
    let chunks = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    Mock::given(path("/publishers/mistralai/models/mistral-medium-3:streamRawPredict"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(chunks, "text/event-stream"))
        .expect(1)
        .mount(&server)
        .await;
    let vertex =
        provider("vertex_ai_mistral").with_base_url(format!("{}/publishers/mistralai", server.uri()));
    let vertex = vertex.unwrap().with_authentication(Authentication::None);
    let model = ChatModel::new(vertex, "mistral-medium-3", None, http()).unwrap();
    assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
    assert_eq!(model.stream(&ask()).await.unwrap().collect().await.unwrap().text(), "hi");
}

#[tokio::test]
async fn vertex_is_asked_at_its_paths() {
    let server = MockServer::start().await;
    let answer =
        r#"{"id":"m","model":"claude","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    Mock::given(method("POST"))
        .and(path("/models/claude@1:rawPredict"))
        .respond_with(ResponseTemplate::new(200).set_body_string(answer))
        .expect(1)
        .mount(&server)
        .await;
    let vertex = Provider::new("v", server.uri(), Dialect::AnthropicVertex).unwrap();
    let vertex = vertex.with_authentication(Authentication::None);
    let model = ChatModel::new(vertex, "claude@1", None, http()).unwrap();
    assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
}

fn hosted(server: &MockServer) -> Provider {
    let provider = Provider::new("cloud", server.uri(), Dialect::OpenAiChat).unwrap();
    provider.with_authentication(Authentication::Authorizer)
}

#[tokio::test]
async fn a_key_is_exchanged_for_a_token_and_a_refused_token_is_not_sent_again() {
    let server = MockServer::start().await;
    for (token, times) in [("one", 1), ("two", 1)] {
        let body = json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"});
        Mock::given(path("/identity/token"))
            .and(body_string_contains("apikey=k%20ey"))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .up_to_n_times(times)
            .expect(times)
            .mount(&server)
            .await;
    }
    let answer = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    for (token, reply) in
        [("one", ResponseTemplate::new(401)), ("two", ResponseTemplate::new(200).set_body_string(answer))]
    {
        let proof = header("authorization", format!("Bearer {token}"));
        Mock::given(path("/chat/completions")).and(proof).respond_with(reply).mount(&server).await;
    }
    let endpoint = format!("{}/identity/token", server.uri());
    let tokens = Arc::new(TokenAuthorizer::ibm("cloud", "k ey", Some(&endpoint), http()));
    let model = ChatModel::new(hosted(&server), "m", None, http()).unwrap().with_authorizer(tokens);
    assert_eq!(model.chat(&ask()).await.unwrap_err().kind(), ErrorKind::Authentication);
    assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
    assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_is_told_and_repeats_no_secret() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(400)
        .set_body_json(json!({"errorMessage": "Provided API key can ary+1 could not be found"}));
    Mock::given(path("/identity/token")).respond_with(reply).mount(&server).await;
    let endpoint = format!("{}/identity/token", server.uri());
    let tokens = Arc::new(TokenAuthorizer::ibm("cloud", "can ary+1", Some(&endpoint), http()));
    let model = ChatModel::new(hosted(&server), "m", None, http()).unwrap().with_authorizer(tokens.clone());
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.message(), "no access token: 400 Provided API key [redacted] could not be found");
    assert!(!format!("{error} {error:?} {tokens:?}").contains("ary"));
}

#[cfg(feature = "vertex")]
#[test]
fn files_that_are_no_google_credentials_are_refused_unseen() {
    for file in [
        "canary",
        r#"{"type":"external_account","client_secret":"canary"}"#,
        r#"{"type":"service_account","private_key":"canary"}"#,
    ] {
        let refused = TokenAuthorizer::google_file("vertex_ai", file, http()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Configuration);
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    }
}
