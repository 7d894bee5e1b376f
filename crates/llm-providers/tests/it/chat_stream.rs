//! A streamed answer from a local server and from a body that watches how it is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use serde_json::json;
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response, SendOptions};
use toolgate_llm_providers::{
    ApiKey, ChatEvent, ChatModel, ChatRequest, Dialect, ErrorKind, FinishReason, Message, Provider,
};
use wiremock::matchers::{body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::sample::tool;

const HELLO: &str = "data: {\"id\":\"r\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"he\"}}]}\n\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"llo\"},\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("hello")])
}

/// Gives its pieces one by one, counts them, and notices when it is dropped.
#[derive(Clone)]
struct Pieces {
    pieces: Arc<[&'static str]>,
    kind: &'static str,
    read: Arc<AtomicUsize>,
    dropped: Arc<AtomicBool>,
}

struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Pieces {
    fn new(pieces: &[&'static str]) -> Self {
        Self {
            pieces: pieces.into(),
            kind: "text/event-stream",
            read: Arc::default(),
            dropped: Arc::default(),
        }
    }

    fn model(&self) -> ChatModel {
        let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
        let key = ApiKey::new("sk-canary").unwrap();
        ChatModel::new(provider, "m", Some(key), Arc::new(self.clone())).unwrap()
    }
}

#[async_trait]
impl HttpClient for Pieces {
    async fn send(&self, _: Request) -> Result<Response, HttpError> {
        let (pieces, read) = (Arc::clone(&self.pieces), Arc::clone(&self.read));
        let guard = Dropped(Arc::clone(&self.dropped));
        let body = stream::unfold((0, guard), move |(place, guard)| {
            let piece = pieces.get(place).copied();
            read.fetch_add(usize::from(piece.is_some()), Ordering::SeqCst);
            async move { Some((Ok(Bytes::from_static(piece?.as_bytes())), (place + 1, guard))) }
        });
        let mut reply = Response::new(Body::from_stream(body));
        reply.headers_mut().insert(CONTENT_TYPE, self.kind.parse().unwrap());
        Ok(reply)
    }
}

#[tokio::test]
async fn a_stream_tells_and_collects_the_same_answer() {
    let server = MockServer::start().await;
    let expected = r#"{"model":"m","messages":[{"role":"user","content":"hello"}],"stream":true,"stream_options":{"include_usage":true}}"#;
    let reply = ResponseTemplate::new(200).set_body_raw(HELLO, "text/event-stream");
    Mock::given(body_string(expected))
        .and(header("accept", "text/event-stream"))
        .respond_with(reply)
        .mount(&server)
        .await;
    let provider = Provider::new("local", server.uri(), Dialect::OpenAiChat).unwrap();
    let model = ChatModel::new(provider, "m", None, crate::chat_model::http()).unwrap();
    let mut stream = model.stream(&ask()).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await.unwrap() {
        events.push(event);
    }
    assert_eq!(stream.next().await.unwrap(), None);
    let answer = stream.collect().await.unwrap();
    let text = |delta: &str| ChatEvent::Text { delta: delta.to_owned() };
    let usage = ChatEvent::Usage(answer.usage);
    assert_eq!(events, [text("he"), text("llo"), usage, ChatEvent::Finish(FinishReason::Stop)]);
    assert_eq!((answer.text().as_str(), &*answer.id, answer.usage.total()), ("hello", "r", Some(3)));
    assert_eq!(model.stream(&ask()).await.unwrap().collect().await.unwrap().message, answer.message);
}

#[tokio::test]
async fn gemini_streams_from_a_place_of_its_own() {
    let server = MockServer::start().await;
    let body = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n";
    let reply = ResponseTemplate::new(200).set_body_raw(body, "text/event-stream");
    Mock::given(method("POST"))
        .and(path("/models/m:streamGenerateContent"))
        .and(query_param("alt", "sse"))
        .respond_with(reply)
        .mount(&server)
        .await;
    let provider = Provider::new("g", server.uri(), Dialect::GeminiGenerate).unwrap();
    let key = ApiKey::new("sk-canary").unwrap();
    let model = ChatModel::new(provider, "m", Some(key), crate::chat_model::http()).unwrap();
    assert_eq!(model.stream(&ask()).await.unwrap().collect().await.unwrap().text(), "hi");
}

#[tokio::test]
async fn nothing_is_read_before_it_is_asked_for_and_dropping_closes() {
    let first = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let pieces = Pieces::new(&[first, first, first, "data: [DONE]\n\n"]);
    let mut stream = pieces.model().stream(&ask()).await.unwrap();
    assert_eq!(pieces.read.load(Ordering::SeqCst), 0);
    stream.next().await.unwrap().unwrap();
    assert_eq!(pieces.read.load(Ordering::SeqCst), 1);
    assert!(!pieces.dropped.load(Ordering::SeqCst));
    drop(stream);
    assert!(pieces.dropped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn what_follows_the_answer_is_read_for_its_connection() {
    let (said, ended) = ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "data: [DONE]\n\n");
    let pieces = Pieces::new(&[said, ended, ": the end of the body"]);
    let answer = pieces.model().stream(&ask()).await.unwrap().collect().await.unwrap();
    assert_eq!((answer.text().as_str(), pieces.read.load(Ordering::SeqCst)), ("a", 2));
    tokio::task::yield_now().await;
    assert_eq!(pieces.read.load(Ordering::SeqCst), 3);
    assert!(pieces.dropped.load(Ordering::SeqCst));

    // Whoever sent an error gets no further attention.
    let failed = "data: {\"error\":{\"message\":\"no\",\"code\":503}}\n\n";
    let pieces = Pieces::new(&[said, failed, ": the end of the body"]);
    pieces.model().stream(&ask()).await.unwrap().collect().await.unwrap_err();
    tokio::task::yield_now().await;
    assert_eq!(pieces.read.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_answer_however_often_one_asks() {
    let begun = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let cut = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"st";
    let mut stream = Pieces::new(&[begun, cut]).model().stream(&ask()).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    for _ in 0..2 {
        let error = stream.next().await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::TruncatedStream, true));
    }
    assert_eq!(stream.collect().await.unwrap_err().kind(), ErrorKind::TruncatedStream);
}

#[tokio::test]
async fn an_error_in_mid_stream_keeps_its_kind_and_not_the_key() {
    let begun = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let failed = "event: error\ndata: {\"error\":{\"message\":\"slow down, sk-canary\",\"code\":429}}\n\n";
    let mut stream = Pieces::new(&[begun, failed, "data: [DONE]\n\n"]).model().stream(&ask()).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    let error = stream.next().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimited, "slow down, [redacted]"));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let whole = r#"{"choices":[{"message":{"content":"hi","tool_calls":[{"id":"c","function":{"name":"t","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    let failed = r#"{"error":{"message":"no","code":503}}"#;
    let stream_of = |body| async move {
        let pieces = Pieces { kind: "application/json; charset=utf-8", ..Pieces::new(&[body]) };
        pieces.model().stream(&ask()).await.unwrap()
    };
    let mut stream = stream_of(whole).await;
    let mut events = Vec::new();
    while let Some(event) = stream.next().await.unwrap() {
        events.push(event);
    }
    assert_eq!(events.len(), 5, "{events:?}");
    assert_eq!(stream.collect().await.unwrap().tool_calls().count(), 1);
    assert_eq!(stream_of(failed).await.next().await.unwrap_err().kind(), ErrorKind::Unavailable);
}

/// "This model doesn't support tool use in streaming mode."
#[tokio::test]
async fn what_bedrock_does_not_stream_is_asked_for_whole() {
    let server = MockServer::start().await;
    let reply = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "hi"}, {"toolUse": {"toolUseId": "c", "name": "t", "input": {}}}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
    });
    let (llama, claude) = ("us.meta.llama4-scout-17b-instruct-v1:0", "us.anthropic.claude-opus-4-8");
    for (model, place) in [(llama, "converse"), (claude, "converse-stream")] {
        let model = model.replace(':', "%3A");
        Mock::given(path(format!("/model/{model}/{place}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(&reply))
            .expect(1)
            .mount(&server)
            .await;
    }
    for model in [llama, claude] {
        let provider = Provider::new("b", server.uri(), Dialect::BedrockConverse).unwrap();
        let key = ApiKey::new("sk-canary").unwrap();
        let model = ChatModel::new(provider, model, Some(key), crate::chat_model::http()).unwrap();
        let request = ask().with_tools(vec![tool("t", "{}")]);
        let mut stream = model.stream(&request).await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.next().await.unwrap() {
            events.push(event);
        }
        assert_eq!(events.first(), Some(&ChatEvent::Text { delta: "hi".to_owned() }));
        let answer = stream.collect().await.unwrap();
        assert_eq!((answer.tool_calls().count(), answer.usage.total()), (1, Some(3)));
    }
    // Without tools it streams.
    let provider = Provider::new("b", server.uri(), Dialect::BedrockConverse).unwrap();
    let model =
        ChatModel::new(provider, llama, ApiKey::new("sk-canary").ok(), crate::chat_model::http()).unwrap();
    assert_eq!(model.stream(&ask()).await.unwrap_err().kind(), ErrorKind::NotFound);
}

/// What a reply's head says of its body is not always so.
#[tokio::test]
async fn a_body_is_read_as_what_it_is() {
    let whole = r#"{"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}],"usage":{"completion_tokens":2}}"#;
    for (kind, pieces) in [
        ("application/json", &[HELLO] as &[_]),
        ("application/json", &[": hi\n\n", HELLO]),
        ("text/event-stream", &[whole]),
        ("text/event-stream", &[": hi\n\n", " \n", whole, "\n"]),
        ("text/plain", &[whole]),
    ] {
        let pieces = Pieces { kind, ..Pieces::new(pieces) };
        let mut stream = pieces.model().stream(&ask()).await.unwrap();
        while stream.next().await.unwrap().is_some() {}
        let answer = stream.collect().await.unwrap();
        assert_eq!((answer.text().as_str(), answer.usage.output), ("hello", Some(2)), "{kind}");
        assert_eq!(answer.finish, FinishReason::Stop);
    }
    let (begun, _) = whole.split_once("stop").unwrap();
    let pieces = Pieces::new(&[begun]);
    let error = pieces.model().stream(&ask()).await.unwrap().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TruncatedStream);
}

#[tokio::test]
async fn a_refusal_before_the_stream_is_the_providers_error() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(429).insert_header("retry-after", "3");
    Mock::given(method("POST")).respond_with(reply).mount(&server).await;
    let provider = Provider::new("local", server.uri(), Dialect::OpenAiChat).unwrap();
    let model = ChatModel::new(provider, "m", None, crate::chat_model::http())
        .unwrap()
        .with_stream_options(SendOptions::default());
    let error = model.stream(&ask()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(3))));
}

#[tokio::test]
async fn arguments_without_end_are_stopped() {
    let begin = r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"t","arguments":"{"}}]}}]}"#;
    let more = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"arguments\":\"{}\"}}}}]}}}}]}}\n\n",
        "a".repeat(1 << 19)
    );
    let more: &'static str = more.leak();
    let pieces: Vec<&'static str> = [begin, "\n\n"].into_iter().chain([more; 9]).collect();
    let error = Pieces::new(&pieces).model().stream(&ask()).await.unwrap().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedOutput);
}
