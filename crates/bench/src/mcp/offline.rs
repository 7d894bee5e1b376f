//! Everything that a call needs, without a network: authorization server, keys, MCP server and model answer in this
//! process, so that what is left is our own work.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use toolgate::{Config, Durable, Environment, HttpClient, HttpError, Policy, Rule, Toolgate};
use toolgate_bench::samples::{AUDIENCE, ISSUER, Sample};
use toolgate_http_client::{Body, Request, Response};

use super::peer::{self, Reply};

/// The tool that is called: the first of the server's, by the name that a single server's tools keep.
pub(super) const TOOL: &str = "search_orders_00";
/// What a model asks it.
pub(super) const ARGUMENTS: &str =
    r#"{"customer_id":"C-10042","state":"open","from":"2026-01-01","to":"2026-12-31","limit":50}"#;
/// How many tools the server has.
const TOOLS: usize = 50;

/// The URL of the MCP server.
pub(super) fn url() -> String {
    format!("{AUDIENCE}/modern/{TOOLS}/quiet")
}

/// Answers in place of a network.
pub(super) struct Offline {
    token: String,
    keys: String,
}

impl Offline {
    pub(super) fn new() -> Self {
        let sample = Sample::new("RS256");
        let token = json!({"access_token": sample.token, "token_type": "Bearer", "expires_in": 86_400});
        Self { token: token.to_string(), keys: json!({"keys": [sample.jwk]}).to_string() }
    }

    /// A client of it, whose policy asks for `scope` and a condition on the arguments.
    pub(super) fn toolgate(self, scope: &str, durable: Durable, audit: &std::path::Path) -> Toolgate {
        let mut config = Config::from_environment(Environment::from_iter([
            ("OAUTH_TOKEN_URL", format!("{ISSUER}/token")),
            ("OAUTH_ISSUER", ISSUER.to_owned()),
            ("OAUTH_AUDIENCE", AUDIENCE.to_owned()),
            ("OAUTH_CLIENT_ID", "client-1".to_owned()),
            ("OAUTH_CLIENT_SECRET", "a-client-secret-of-the-benchmark".to_owned()),
            ("MCP_SERVER_URL", url()),
            ("OPENAI_BASE_URL", "https://model.example/v1".to_owned()),
            ("OPENAI_API_KEY", "sk-a-key-of-the-benchmark".to_owned()),
            ("OPENAI_MODEL", "model".to_owned()),
        ]));
        let condition: Value =
            json!({"properties": {"limit": {"maximum": 50}, "state": {"enum": ["open", "paid"]}}});
        let mut rule = Rule::new([scope]);
        rule.arguments = Some(serde_json::from_value(condition).unwrap());
        config.policy = Policy::deny_all().with("search_*", rule);
        config.audit.file = audit.to_owned();
        config.audit.durable = durable;
        Toolgate::open_with(config, Arc::new(self)).unwrap()
    }
}

#[async_trait]
impl HttpClient for Offline {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let (host, path) = (request.uri().host().unwrap_or_default(), request.uri().path());
        let text = match (host, path) {
            ("as.example", "/token") => self.token.clone(),
            ("as.example", _) => self.keys.clone(),
            ("model.example", _) => said(request.body()),
            _ => match peer::reply(request.method(), path, request.body()) {
                Reply::Json(text) => text,
                Reply::Status(status) => return Ok(response(status, String::new())),
                Reply::Session(_) | Reply::Stream(_) => panic!("a server that keeps no state answered so"),
            },
        };
        Ok(response(200, text))
    }
}

/// What the model says: it asks for the tool, and is content with what it hears.
pub(super) fn said(asked: &[u8]) -> String {
    let heard = asked.windows(13).any(|bytes| bytes == br#""role":"tool""#);
    let message = match heard {
        true => json!({"role": "assistant", "content": "done"}),
        false => json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": TOOL, "arguments": ARGUMENTS}}]}),
    };
    let reason = if heard { "stop" } else { "tool_calls" };
    json!({"id": "1", "object": "chat.completion", "created": 1, "model": "model",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
    .to_string()
}

fn response(status: u16, text: String) -> Response {
    let builder = http::Response::builder().status(status).header("content-type", "application/json");
    builder.body(Body::from(Bytes::from(text))).unwrap()
}
