//! JSON-RPC by hand in both protocol generations, so that nothing of rmcp's client is taken for granted.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use toolgate_testkit::{Rig, RigSettings};

use crate::client::{Answer, Client};
use crate::oauth::{BASIC, GRANT};

pub(crate) struct Peer {
    pub(crate) rig: Rig,
    pub(crate) client: Client,
}

impl Peer {
    pub(crate) async fn start(settings: RigSettings) -> Self {
        let rig = Rig::start(settings).await;
        let client = Client::trusting(rig.ca().ca_pem());
        Self { rig, client }
    }

    /// A token of the demo's client; `form` is appended to the grant.
    pub(crate) async fn token(&self, form: &str) -> String {
        let form = format!("{GRANT}{form}");
        let body = self.client.post_form(self.rig.token_url(), BASIC, &form).await.json();
        body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], message: &Value) -> Answer {
        self.post_to(&self.rig.mcp_url(), headers, message).await
    }

    pub(crate) async fn post_to(&self, url: &str, headers: &[(&str, &str)], message: &Value) -> Answer {
        let mut request = Request::post(url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::from(Bytes::from(message.to_string()));
        self.client.send(request.body(body).unwrap()).await.unwrap()
    }

    /// A request of 2026-07-28: complete in itself.
    pub(crate) async fn stateless(&self, bearer: &str, method: &str, params: Value) -> Answer {
        self.stateless_to(&self.rig.mcp_url(), bearer, method, params).await
    }

    pub(crate) async fn stateless_to(
        &self,
        url: &str,
        bearer: &str,
        method: &str,
        mut params: Value,
    ) -> Answer {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params["name"].as_str().unwrap_or("").to_owned();
        let authorization = format!("Bearer {bearer}");
        let mut headers = vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)];
        if !bearer.is_empty() {
            headers.push(("authorization", &authorization));
        }
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.post_to(url, &headers, &message).await
    }

    /// `tools/call` in the stateless generation.
    pub(crate) async fn call(&self, bearer: &str, tool: &str, arguments: Value) -> Answer {
        self.stateless(bearer, "tools/call", json!({ "name": tool, "arguments": arguments })).await
    }
}

/// The result's only text item, and whether it is an error.
pub(crate) fn text(answer: &Answer) -> (String, bool) {
    let message = reply(answer);
    let result = &message["result"];
    let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {message}"));
    (text.to_owned(), result["isError"] == true)
}

/// The JSON-RPC reply, be it plain JSON or the last event of a stream.
pub(crate) fn reply(answer: &Answer) -> Value {
    if !answer.header("content-type").starts_with("text/event-stream") {
        return answer.json();
    }
    let stream = std::str::from_utf8(&answer.body).unwrap();
    let last =
        stream.lines().filter_map(|line| line.strip_prefix("data:")).rfind(|text| text.contains("jsonrpc"));
    serde_json::from_str(last.unwrap_or_else(|| panic!("no reply: {stream}"))).unwrap()
}
