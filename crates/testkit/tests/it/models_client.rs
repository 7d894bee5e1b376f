//! A conversation with scripted models in any dialect, plain or streamed: just enough of each API to tell what came.

mod anthropic;
mod bedrock;
mod cohere;
mod gemini;
mod mistral;
mod ollama;
mod openai;
mod responses;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::Value;
use toolgate_testkit::models::Dialect;
use tower_service::Service;

/// What a model answered.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) calls: Vec<Called>,
    pub(crate) finish: String,
}

/// A call that a model asked for, its arguments as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Called {
    pub(crate) id: String,
    pub(crate) tool: String,
    pub(crate) arguments: String,
}

/// How a dialect writes a conversation and reads an answer.
trait Speech {
    fn user(&self, text: &str) -> Value;

    /// What answers calls, in their order.
    fn results(&self, results: &[(&Called, &str)]) -> Vec<Value>;

    /// The reply as the next request repeats it.
    fn echo(&self, said: &Said) -> Vec<Value>;

    /// The path and the body of a request.
    fn request(&self, messages: &[Value], streamed: bool) -> (&'static str, Value);

    /// Reads the elements of a stream, or the only one of a whole answer.
    fn said(&self, elements: &[Value]) -> Said;

    /// Cuts a streamed body: server-sent events or lines.
    fn elements(&self, body: &[u8]) -> Vec<Value> {
        let lines = std::str::from_utf8(body).unwrap().lines();
        let json = lines.map(|line| line.strip_prefix("data: ").unwrap_or(line));
        json.filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn speech(dialect: Dialect) -> &'static dyn Speech {
    match dialect {
        Dialect::OpenAi => &openai::OpenAi,
        Dialect::Responses => &responses::Responses,
        Dialect::Anthropic => &anthropic::Anthropic,
        Dialect::Gemini => &gemini::Gemini,
        Dialect::Cohere => &cohere::Cohere,
        Dialect::Ollama => &ollama::Ollama,
        Dialect::Bedrock => &bedrock::Bedrock,
        Dialect::Mistral => &mistral::Mistral,
        Dialect::Vertex | Dialect::SageMaker | Dialect::Snowflake | Dialect::Watsonx => {
            panic!("it wants a token or a signature: see `vertex` and the command's own tests")
        }
    }
}

/// A conversation so far, and how to go on with it.
pub(crate) struct Talk {
    router: Router,
    speech: &'static dyn Speech,
    streamed: bool,
    messages: Vec<Value>,
}

/// Sends a body, with the key that the path's API wants.
pub(crate) async fn post(router: &mut Router, path: &str, body: &Value) -> Response<Body> {
    let bearer = match path {
        "/v2/chat" | "/v2/embed" => "Bearer cohere-rig",
        path if path.starts_with("/mistral/") => "Bearer mistral-rig",
        path if path.starts_with("/model/") => "Bearer bedrock-rig",
        _ => "Bearer sk-openai-rig",
    };
    let request = Request::post(path)
        .header("authorization", bearer)
        .header("x-api-key", "sk-ant-rig")
        .header("anthropic-version", "2023-06-01")
        .header("x-goog-api-key", "gemini-key")
        .body(Body::from(body.to_string()))
        .unwrap();
    router.call(request).await.unwrap()
}

pub(crate) async fn text(response: Response<Body>) -> String {
    String::from_utf8(bytes(response).await.to_vec()).unwrap()
}

pub(crate) async fn bytes(response: Response<Body>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

impl Talk {
    pub(crate) fn new(router: &Router, dialect: Dialect, streamed: bool) -> Self {
        Self { router: router.clone(), speech: speech(dialect), streamed, messages: Vec::new() }
    }

    pub(crate) async fn ask(&mut self, text: &str) -> Said {
        self.messages.push(self.speech.user(text));
        self.go_on().await
    }

    /// Answers the calls of the last reply, in order.
    pub(crate) async fn results(&mut self, calls: &[Called], results: &[&str]) -> Said {
        let pairs: Vec<_> = calls.iter().zip(results.iter().copied()).collect();
        self.messages.extend(self.speech.results(&pairs));
        self.go_on().await
    }

    async fn go_on(&mut self) -> Said {
        let (path, body) = self.speech.request(&self.messages, self.streamed);
        let response = post(&mut self.router, path, &body).await;
        let status = response.status();
        let answer = bytes(response).await;
        assert_eq!(status, 200, "{body}: {}", String::from_utf8_lossy(&answer));
        let elements = match self.streamed {
            true => self.speech.elements(&answer),
            false => vec![serde_json::from_slice(&answer).unwrap()],
        };
        let said = self.speech.said(&elements);
        self.messages.extend(self.speech.echo(&said));
        said
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Arguments as an object, for APIs that have no other; what cannot be read is empty.
fn object(arguments: &str) -> Value {
    serde_json::from_str(arguments).unwrap_or_else(|_| serde_json::json!({}))
}
