//! A model behind a local server: what is sent where, and what never is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Request, Response, SendOptions};
use toolgate_llm_providers::{
    ApiKey, AssistantPart, Authentication, ChatModel, ChatRequest, Dialect, ErrorKind, FinishReason, Message,
    Provider, ProviderError,
};
use toolgate_tls_config::ClientTls;
use wiremock::matchers::{body_partial_json, body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::sample::provider;

const CANARY: &str = "sk-canary-4f1d";

pub(crate) fn http() -> Arc<HyperClient> {
    let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
    Arc::new(HyperClient::builder(tls).with_insecure_loopback(true).build())
}

fn model_at(
    url: &str,
    dialect: Dialect,
    authentication: Authentication,
    http: Arc<dyn HttpClient>,
) -> ChatModel {
    let provider = Provider::new("ours", url, dialect).unwrap().with_authentication(authentication);
    ChatModel::new(provider, "m", Some(ApiKey::new(CANARY).unwrap()), http).unwrap()
}

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("hello")])
}

fn openai_answer() -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_string(r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#)
}

fn assert_silent(model: &ChatModel, error: &ProviderError) {
    let mut said = format!("{model:?} {error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        said += &format!(" {found} {found:?}");
        cause = found.source();
    }
    assert!(!said.contains("canary"), "{said}");
}

#[tokio::test]
async fn each_dialect_asks_at_its_own_place_with_its_own_header() {
    let cases = [
        (
            Dialect::OpenAiChat,
            Authentication::Bearer,
            "/v1/chat/completions",
            "authorization",
            "Bearer sk-canary-4f1d",
            r#"{"choices":[{"message":{"content":"hi"}}]}"#,
        ),
        (
            Dialect::AnthropicMessages,
            Authentication::XApiKey,
            "/v1/v1/messages",
            "x-api-key",
            CANARY,
            r#"{"content":[{"type":"text","text":"hi"}]}"#,
        ),
        (
            Dialect::GeminiGenerate,
            Authentication::XGoogApiKey,
            "/v1/models/m:generateContent",
            "x-goog-api-key",
            CANARY,
            r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]}}]}"#,
        ),
    ];
    for (dialect, authentication, place, name, value, answer) in cases {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(200).set_body_string(answer);
        Mock::given(method("POST"))
            .and(path(place))
            .and(header(name, value))
            .respond_with(reply)
            .mount(&server)
            .await;
        let model = model_at(&format!("{}/v1", server.uri()), dialect, authentication, http());
        assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
        let sent = &server.received_requests().await.unwrap()[0];
        assert_eq!(sent.headers["content-type"], "application/json");
        assert_eq!(sent.headers.contains_key("anthropic-version"), dialect == Dialect::AnthropicMessages);
        assert!(!sent.url.as_str().contains("canary"));
    }
}

#[tokio::test]
async fn an_error_tells_everything_but_the_key() {
    let server = MockServer::start().await;
    let echo = format!(
        r#"{{"error":{{"message":"Incorrect API key provided: {CANARY}","code":"invalid_api_key"}}}}"#
    );
    let reply = ResponseTemplate::new(401).insert_header("x-request-id", "req_1").set_body_string(echo);
    Mock::given(method("POST")).respond_with(reply).mount(&server).await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, http());
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.code()),
        (ErrorKind::Authentication, Some(401), Some("invalid_api_key"))
    );
    assert_eq!(
        (error.request_id(), error.message()),
        (Some("req_1"), "Incorrect API key provided: [redacted]")
    );
    assert_silent(&model, &error);
}

#[tokio::test]
async fn an_error_inside_a_200_does_not_repeat_the_key_either() {
    let server = MockServer::start().await;
    let echo = format!(r#"{{"error":{{"message":"upstream refused {CANARY}","code":502}}}}"#);
    let reply = ResponseTemplate::new(200).set_body_string(echo);
    Mock::given(method("POST")).respond_with(reply).mount(&server).await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, http());
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "upstream refused [redacted]"));
    assert_silent(&model, &error);
}

#[tokio::test]
async fn a_redirect_carries_the_key_nowhere() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let reply = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    Mock::given(method("POST")).respond_with(reply).mount(&server).await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, http());
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    assert_silent(&model, &error);
}

/// A decorator gone wrong: it sends everything to another place.
struct Elsewhere(String, Arc<HyperClient>);

#[async_trait]
impl HttpClient for Elsewhere {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        *request.uri_mut() = self.0.parse().unwrap();
        self.1.send(request).await
    }
}

#[tokio::test]
async fn a_moved_request_is_refused_before_it_leaves() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let http = Arc::new(Elsewhere(format!("{}/chat/completions", elsewhere.uri()), http()));
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, http);
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    assert_silent(&model, &error);
}

#[tokio::test]
async fn a_local_server_needs_no_key_and_gets_exact_bytes() {
    let server = MockServer::start().await;
    let expected = r#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#;
    Mock::given(body_string(expected)).respond_with(openai_answer()).mount(&server).await;
    let provider = Provider::new("local", server.uri(), Dialect::OpenAiChat).unwrap();
    let model = ChatModel::new(provider, "m", None, http()).unwrap();
    assert_eq!(model.chat(&ask()).await.unwrap().text(), "hi");
    assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("authorization"));
}

/// "parameter.enable_thinking must be set to false for non-streaming calls": Qwen's open models think unasked there.
#[tokio::test]
async fn a_host_that_answers_in_streams_only_is_asked_for_one() {
    let server = MockServer::start().await;
    let refusal =
        r#"{"error":{"message":"parameter.enable_thinking must be set to false for non-streaming calls"}}"#;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_string(refusal))
        .with_priority(2)
        .mount(&server)
        .await;
    let events = [
        r#"{"id":"c","model":"qwen3-32b","choices":[{"delta":{"reasoning_content":"Hm."},"index":0}]}"#,
        r#"{"id":"c","model":"qwen3-32b","choices":[{"delta":{"content":"hi"},"index":0,"finish_reason":"stop"}]}"#,
        r#"{"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5}}"#,
        "[DONE]",
    ];
    let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let asked = serde_json::json!({"stream": true, "stream_options": {"include_usage": true}});
    Mock::given(body_partial_json(asked))
        .respond_with(ResponseTemplate::new(200).set_body_raw(events, "text/event-stream"))
        .with_priority(1)
        .mount(&server)
        .await;
    for id in ["dashscope", "qwencloud", "modelscope"] {
        let provider = provider(id).with_base_url(server.uri()).unwrap();
        let model =
            ChatModel::new(provider, "qwen3-32b", Some(ApiKey::new(CANARY).unwrap()), http()).unwrap();
        let answer = model.chat(&ask()).await.unwrap();
        assert_eq!(
            (answer.text(), answer.finish, answer.usage.total()),
            ("hi".to_owned(), FinishReason::Stop, Some(14)),
            "{id}"
        );
    }
}

#[tokio::test]
async fn slowness_and_silence_are_told_apart_from_answers() {
    let server = MockServer::start().await;
    let slow = openai_answer().set_delay(Duration::from_secs(30));
    Mock::given(method("POST")).respond_with(slow).mount(&server).await;
    let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, http())
        .with_send_options(SendOptions::default().with_total(Duration::from_millis(50)));
    let error = model.chat(&ask()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_transient());
    assert_silent(&model, &error);
}

#[test]
fn a_missing_key_is_told_before_anything_is_sent() {
    let provider = Provider::new("ours", "https://models.example", Dialect::OpenAiChat)
        .unwrap()
        .with_authentication(Authentication::Bearer);
    let error = ChatModel::new(provider, "m", None, http()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.message().contains("OURS_API_KEY"));
}

#[tokio::test]
async fn each_dialect_lists_its_models_at_its_own_place() {
    let named = r#"{"models":[{"name":"models/m"}]}"#;
    for (dialect, authentication, place, key_header, list) in [
        (
            Dialect::OpenAiChat,
            Authentication::Bearer,
            "/v1/models",
            "authorization",
            r#"{"data":[{"id":"m"}]}"#,
        ),
        (
            Dialect::OpenAiResponses,
            Authentication::Bearer,
            "/v1/models",
            "authorization",
            r#"{"data":[{"id":"m"}]}"#,
        ),
        (
            Dialect::AnthropicMessages,
            Authentication::XApiKey,
            "/v1/v1/models",
            "x-api-key",
            r#"{"data":[{"id":"m"}]}"#,
        ),
        (Dialect::GeminiGenerate, Authentication::XGoogApiKey, "/v1/models", "x-goog-api-key", named),
        (Dialect::CohereChat, Authentication::Bearer, "/v1/v1/models", "authorization", named),
        (Dialect::OllamaChat, Authentication::Bearer, "/v1/api/tags", "authorization", named),
    ] {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(200).set_body_string(list);
        Mock::given(method("GET")).and(path(place)).respond_with(reply).mount(&server).await;
        let model = model_at(&format!("{}/v1", server.uri()), dialect, authentication, http());
        assert_eq!(model.listed().await.unwrap(), Some(vec!["m".to_owned()]), "{dialect}");
        let sent = &server.received_requests().await.unwrap()[0];
        assert!(sent.headers[key_header].to_str().unwrap().ends_with(CANARY) && sent.body.is_empty());
    }
    let model = model_at("https://h", Dialect::BedrockConverse, Authentication::Bearer, http());
    assert_eq!(model.listed().await.unwrap(), None, "its list is at another host");
}

#[tokio::test]
async fn what_was_thought_says_which_model_was_asked() {
    let thought = r#"{"reasoning_content":"hm","content":"hi"}"#;
    let whole =
        format!(r#"{{"model":"m-2026-11","choices":[{{"message":{thought},"finish_reason":"stop"}}]}}"#);
    let pieces = format!(
        "data: {{\"model\":\"m-2026-11\",\"choices\":[{{\"delta\":{thought},\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n"
    );
    for (body, kind) in [(whole, "application/json"), (pieces, "text/event-stream")] {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(200).set_body_raw(body, kind);
        Mock::given(method("POST")).respond_with(reply).mount(&server).await;
        let model = model_at(&server.uri(), Dialect::OpenAiChat, Authentication::Bearer, http());
        let mut answers = vec![model.stream(&ask()).await.unwrap().collect().await.unwrap()];
        if kind == "application/json" {
            answers.push(model.chat(&ask()).await.unwrap());
        }
        for answer in answers {
            let AssistantPart::Reasoning(thought) = &answer.message.parts[0] else { panic!("{answer:?}") };
            assert_eq!((thought.model.as_deref(), &*answer.model), (Some("m"), "m-2026-11"));
        }
    }
}
