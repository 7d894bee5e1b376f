//! An embedding model behind a local server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use toolgate_http_client::{HttpClient, HttpError, Request, Response, Retry, SendOptions};
use toolgate_llm_providers::{
    ApiKey, Authentication, Dialect, EmbeddingModel, EmbeddingPurpose, EmbeddingRequest, ErrorKind, Provider,
};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request as Received, Respond, ResponseTemplate};

use crate::chat_model::http;

const CANARY: &str = "sk-canary-4f1d";

fn model_at(url: &str, dialect: Dialect, authentication: Authentication, name: &str) -> EmbeddingModel {
    let provider = Provider::new("ours", url, dialect).unwrap().with_authentication(authentication);
    EmbeddingModel::new(provider, name, Some(ApiKey::new(CANARY).unwrap()), http()).unwrap()
}

/// Answers in OpenAI's form, the last text first: a vector has the text's number and the number of digits given.
struct Numbers(fn(usize) -> usize);

impl Respond for Numbers {
    fn respond(&self, request: &Received) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let texts: Vec<usize> = body["input"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().parse().unwrap())
            .collect();
        let data: Vec<Value> = texts
            .iter()
            .enumerate()
            .rev()
            .map(|(index, number)| json!({"index": index, "embedding": vec![number; (self.0)(*number)]}))
            .collect();
        ResponseTemplate::new(200)
            .insert_header("x-ratelimit-remaining-requests", "7")
            .set_body_json(json!({"data": data, "model": "m-1", "usage": {"prompt_tokens": texts.len()}}))
    }
}

#[tokio::test]
async fn each_dialect_asks_at_its_own_place_with_its_own_header() {
    let openai = r#"{"data":[{"index":0,"embedding":[1]}]}"#;
    for (dialect, authentication, name, place, header_name, value, answer) in [
        (
            Dialect::OpenAiChat,
            Authentication::Bearer,
            "m",
            "/v1/embeddings",
            "authorization",
            "Bearer sk-canary-4f1d",
            openai,
        ),
        (Dialect::OpenAiResponses, Authentication::ApiKey, "m", "/v1/embeddings", "api-key", CANARY, openai),
        (
            Dialect::GeminiGenerate,
            Authentication::XGoogApiKey,
            "m",
            "/v1/models/m:batchEmbedContents",
            "x-goog-api-key",
            CANARY,
            r#"{"embeddings":[{"values":[1]}]}"#,
        ),
        (
            Dialect::CohereChat,
            Authentication::Bearer,
            "m",
            "/v1/v2/embed",
            "authorization",
            "Bearer sk-canary-4f1d",
            r#"{"embeddings":{"float":[[1]]}}"#,
        ),
        (
            Dialect::OllamaChat,
            Authentication::Bearer,
            "m",
            "/v1/api/embed",
            "authorization",
            "Bearer sk-canary-4f1d",
            r#"{"embeddings":[[1]]}"#,
        ),
        (
            Dialect::BedrockConverse,
            Authentication::Bearer,
            "amazon.titan-embed-text-v2:0",
            "/v1/model/amazon.titan-embed-text-v2%3A0/invoke",
            "authorization",
            "Bearer sk-canary-4f1d",
            r#"{"embedding":[1]}"#,
        ),
    ] {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(200).set_body_string(answer);
        let asked = Mock::given(method("POST")).and(path(place)).and(header(header_name, value));
        asked.respond_with(reply).mount(&server).await;
        let model = model_at(&format!("{}/v1", server.uri()), dialect, authentication, name);
        let request = EmbeddingRequest::new(["t"]).with_purpose(EmbeddingPurpose::Query);
        assert_eq!(model.embed(&request).await.unwrap().vectors, [[1.0]], "{dialect}");
        assert!(!format!("{model:?}").contains("canary"));
    }
}

#[tokio::test]
async fn texts_beyond_one_request_are_asked_side_by_side_and_keep_their_order() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(Numbers(|_| 2)).mount(&server).await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, "m").with_in_flight(0);
    for model in [model.clone(), model.with_in_flight(3)] {
        let texts = (0_u8..23).map(|number| number.to_string());
        let request = EmbeddingRequest::new(texts).with_batch_limit(4);
        // On another thread: it can be sent there.
        let answer = tokio::spawn(async move { model.embed(&request).await }).await.unwrap().unwrap();
        let expected: Vec<[f32; 2]> = (0_u8..23).map(|number| [f32::from(number); 2]).collect();
        assert_eq!(answer.vectors, expected);
        assert_eq!((answer.usage.input, &*answer.model), (Some(23), "m-1"));
        assert_eq!(answer.rate_limits.requests.remaining, Some(7));
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 2 * 6);
}

#[tokio::test]
async fn another_length_in_a_later_request_is_an_error() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(Numbers(|number| 1 + number / 2)).mount(&server).await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, "m");
    let request = EmbeddingRequest::new(["0", "1", "2"]).with_batch_limit(2);
    let error = model.embed(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedOutput);
    assert!(error.message().contains("vectors of one length, found 1 numbers and 2"), "{error}");
}

#[tokio::test]
async fn an_error_is_of_the_same_kinds_as_a_chats_and_does_not_tell_the_key() {
    let server = MockServer::start().await;
    let echo = json!({"error": {"message": format!("Incorrect API key provided: {CANARY}"), "code": "invalid_api_key"}});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401).set_body_json(echo))
        .mount(&server)
        .await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, "m");
    let error = model.embed(&EmbeddingRequest::new(["t"])).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    assert!(!format!("{error} {error:?} {model:?}").contains("canary"));
}

#[test]
fn a_provider_without_embeddings_is_told_of_before_anything_is_sent() {
    let provider = Provider::new("p", "https://h", Dialect::AnthropicMessages).unwrap();
    let error = EmbeddingModel::new(provider, "m", Some(ApiKey::new("k").unwrap()), http()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let groq = Provider::new("groq", "https://h", Dialect::OpenAiChat).unwrap();
    let groq = groq.with_authentication(Authentication::Bearer);
    let error = EmbeddingModel::new(groq, "m", None, http()).unwrap_err();
    assert!(error.message().contains("set GROQ_API_KEY"), "{error}");
}

/// Fails once, then asks the one inside.
struct Flaky(Arc<dyn HttpClient>, Arc<AtomicUsize>);

#[async_trait]
impl HttpClient for Flaky {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut response = self.0.send(request).await?;
        if self.1.fetch_add(1, Ordering::Relaxed) == 0 {
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        }
        Ok(response)
    }
}

#[tokio::test]
async fn a_client_that_repeats_may_repeat_it() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(Numbers(|_| 1)).mount(&server).await;
    let provider = Provider::new("p", server.uri(), Dialect::OpenAiChat).unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let flaky = Flaky(http(), Arc::clone(&sent));
    let flaky = Arc::new(Retry::new(flaky).with_delays(Duration::ZERO, Duration::ZERO));
    let model = EmbeddingModel::new(provider, "m", None, flaky).unwrap();
    assert_eq!(model.embed(&EmbeddingRequest::new(["7"])).await.unwrap().vectors, [[7.0]]);
    assert_eq!(sent.load(Ordering::Relaxed), 2);
    sent.store(0, Ordering::Relaxed);
    let once = model.with_send_options(SendOptions::default());
    let error = once.embed(&EmbeddingRequest::new(["7"])).await.unwrap_err();
    assert_eq!((error.kind(), sent.load(Ordering::Relaxed)), (ErrorKind::Unavailable, 1));
}
