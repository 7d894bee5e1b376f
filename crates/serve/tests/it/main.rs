//! The server as its clients meet it: over connections, with tokens of a real issuer, in front of a rig.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod access;
mod completions;
mod declined;
mod errors;
mod limits;
mod reload;
mod streams;
mod tls;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use toolgate::{Config, Environment, HttpClient, ServeAuthConfig, Toolgate};
use toolgate_serve::{Reloader, Server};
use toolgate_testkit::{Rig, RigSettings};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";
/// Whom the clients' tokens are for: this server, and no MCP server.
const AUDIENCE: &str = "https://llm.example.com";

/// A rig, and a place for files.
struct Bench {
    rig: Rig,
    folder: TempDir,
}

/// A server that runs, and a client of it.
struct Running {
    url: String,
    http: Arc<dyn HttpClient>,
    token: Option<String>,
    reloader: Reloader,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

/// What the server answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    text: String,
}

impl Bench {
    async fn start() -> Self {
        let rig = Rig::start(RigSettings::default()).await;
        rig.oauth().controls().allow_resource(AUDIENCE);
        Self { rig, folder: tempfile::tempdir().unwrap() }
    }

    fn config(&self) -> Config {
        let mut config = Config::from_environment(Environment::from_iter(self.rig.environment()));
        config.audit.file = self.folder.path().join("audit.jsonl");
        config.serve.listen = ([127, 0, 0, 1], 0).into();
        config.serve.auth = Some(ServeAuthConfig::new(self.rig.issuer(), AUDIENCE, self.rig.jwks_url()));
        config
    }

    /// A token that the rig's issuer gives to a client of the server.
    async fn token(&self, audience: &str) -> String {
        let mut config = self.config();
        config.oauth.resource = Some(audience.to_owned());
        let (token, _) = Toolgate::open(config).unwrap().token().await.unwrap();
        token.expose_secret().to_owned()
    }

    /// A server with these settings, and a client of it that has a token.
    async fn serve(&self, config: Config) -> Running {
        let mut client = self.config();
        client.tls.insecure_loopback = true;
        let http = client.http_client().unwrap();
        let server = Server::bind(Toolgate::open(config).unwrap()).await.unwrap();
        let url = server.url().trim_end_matches("/v1").replace("127.0.0.1", "localhost");
        let reloader = server.reloader();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(server.run(async { drop(stopped.await) }));
        Running { url, http, token: Some(self.token(AUDIENCE).await), reloader, stop: Some(stop), ended }
    }
}

impl Running {
    async fn post(&self, body: &Value) -> Answer {
        self.send("POST", "/v1/chat/completions", &body.to_string(), &[]).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", &[]).await
    }

    async fn send(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        let (head, body) = self.http.send(request).await.unwrap().into_parts();
        let text = String::from_utf8(body.bytes().await.unwrap().to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, text }
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the error.
    fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_else(|| panic!("no error: {self:?}")).to_owned()
    }
}

/// A question to the default model.
fn question(text: &str) -> Value {
    json!({"model": "openai/gpt-rig", "messages": [{"role": "user", "content": text}]})
}
