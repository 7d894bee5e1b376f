//! Proof of who asks, where it is no key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use http::HeaderValue;
use toolgate_http_client::{Credential, ModelProvider, Origin, Request};
use toolgate_llm_providers::{
    Authentication, Authorizer, ChatModel, ChatRequest, Dialect, ErrorKind, Message, Provider, ProviderError,
    ToolChoice,
};
use toolgate_tool_types::ToolName;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;

/// Gives the tokens `token-1`, `token-2` and so on, a new one after each refusal.
#[derive(Debug, Default)]
struct Numbered(AtomicUsize);

#[async_trait]
impl Authorizer for Numbered {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        let token = format!("Bearer token-{}", self.0.load(Ordering::Relaxed));
        let origin = Origin::of(request.uri()).unwrap();
        let value = HeaderValue::from_str(&token).unwrap();
        Credential::<ModelProvider>::new(origin, http::header::AUTHORIZATION, value).attach(request);
        Ok(())
    }

    fn refused(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Fails as with a token endpoint that is away.
#[derive(Debug)]
struct Away;

#[async_trait]
impl Authorizer for Away {
    async fn authorize(&self, _: &mut Request) -> Result<(), ProviderError> {
        Err(ProviderError::new(ErrorKind::Timeout, "ours", "no token in time"))
    }
}

fn provider(url: &str) -> Provider {
    let provider = Provider::new("ours", url, Dialect::OpenAiChat).unwrap();
    provider.with_authentication(Authentication::Authorizer)
}

#[tokio::test]
async fn a_refused_token_is_not_used_again() {
    let server = MockServer::start().await;
    let answer = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    for (token, reply) in [
        ("Bearer token-0", ResponseTemplate::new(401)),
        ("Bearer token-1", ResponseTemplate::new(200).set_body_string(answer)),
    ] {
        Mock::given(header("authorization", token)).respond_with(reply).expect(1).mount(&server).await;
    }
    let model = ChatModel::new(provider(&server.uri()), "m", None, http()).unwrap();
    let model = model.with_authorizer(Arc::new(Numbered::default()));
    let ask = ChatRequest::new(vec![Message::user("hello")]);
    assert_eq!(model.chat(&ask).await.unwrap_err().kind(), ErrorKind::Authentication);
    assert_eq!(model.chat(&ask).await.unwrap().text(), "hi");
}

/// LP-04: a token is as secret as the key that it stands in for.
#[tokio::test]
async fn a_token_that_is_repeated_is_taken_out() {
    let echo = r#"{"error":{"message":"bad token-0"}}"#;
    for (status, stream) in [(401, false), (200, false), (401, true), (200, true)] {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(status).set_body_raw(echo, "application/json");
        Mock::given(header("authorization", "Bearer token-0")).respond_with(reply).mount(&server).await;
        let model = ChatModel::new(provider(&server.uri()), "m", None, http()).unwrap();
        let model = model.with_authorizer(Arc::new(Numbered::default()));
        let ask = ChatRequest::new(vec![Message::user("hello")]);
        let error = match stream {
            false => model.chat(&ask).await.unwrap_err(),
            true => match model.stream(&ask).await {
                Err(error) => error,
                Ok(mut answer) => answer.next().await.unwrap_err(),
            },
        };
        assert_eq!(error.message(), "bad [redacted]", "{status} {stream}");
    }
}

/// What a caller is charged for: what reached the model, or may have.
#[tokio::test]
async fn an_error_says_whether_the_model_was_asked() {
    let server = MockServer::start().await;
    Mock::given(path("/chat/completions")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let model = |url: &str| ChatModel::new(provider(url), "m", None, http()).unwrap();
    let ask = ChatRequest::new(vec![Message::user("hello")]);
    let named = Arc::new(Numbered::default());
    let refused = ask.clone().with_tool_choice(ToolChoice::Tool(ToolName::new("none").unwrap()));
    for (model, ask, is_early) in [
        (model(&server.uri()), &ask, true),
        (model(&server.uri()).with_authorizer(Arc::new(Away)), &ask, true),
        (model(&server.uri()).with_authorizer(named.clone()), &refused, true),
        (model("http://127.0.0.1:1").with_authorizer(named.clone()), &ask, true),
        (model(&server.uri()).with_authorizer(named), &ask, false),
    ] {
        let error = model.chat(ask).await.unwrap_err();
        assert_eq!(error.surely_did_nothing(), is_early, "{error}");
        let streamed = model.stream(ask).await.map(drop).unwrap_err();
        assert_eq!(streamed.surely_did_nothing(), is_early, "{streamed}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn without_an_authorizer_nothing_is_sent() {
    let server = MockServer::start().await;
    let model = ChatModel::new(provider(&server.uri()), "m", None, http()).unwrap();
    let error = model.chat(&ChatRequest::new(vec![Message::user("hello")])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("expected an authorizer"), "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
}
