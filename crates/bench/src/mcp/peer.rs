//! The MCP server of these measurements, as a function of one request: no socket, no state. A path
//! `/GENERATION/TOOLS/listen` says which protocol generation it speaks, how many tools it has, and that it keeps a stream
//! open to tell of changes; any other last word says that it does not.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What comes back.
pub(super) enum Reply {
    /// One JSON-RPC message.
    Json(String),
    /// A new session (2025-11-25), with the same.
    Session(String),
    /// A stream that begins so and stays open.
    Stream(String),
    /// A status without a body.
    Status(u16),
}

#[derive(Deserialize)]
struct Ask<'a> {
    method: &'a str,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    params: Params<'a>,
}

#[derive(Deserialize, Default)]
struct Params<'a> {
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// The answer to a request of this method, path and body.
pub(super) fn reply(verb: &http::Method, path: &str, body: &[u8]) -> Reply {
    let (place, listens) = path.trim_start_matches('/').rsplit_once('/').unwrap_or_default();
    let (generation, tools) = place.split_once('/').unwrap_or_default();
    let (modern, listens) = (generation == "modern", listens == "listen");
    match *verb {
        http::Method::GET if listens && !modern => return Reply::Stream(": open\n\n".to_owned()),
        http::Method::GET => return Reply::Status(405),
        http::Method::DELETE => return Reply::Status(200),
        _ => {}
    }
    let ask: Ask<'_> = serde_json::from_slice(body).expect("a JSON-RPC message");
    let Some(id) = ask.id else { return Reply::Status(202) };
    let answer = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#);
    let capabilities = json!({"tools": {"listChanged": listens}});
    match ask.method {
        "server/discover" if modern => {
            let found = json!({"supportedVersions": ["2026-07-28"], "capabilities": capabilities,
                "resultType": "complete", "ttlMs": 3_600_000, "cacheScope": "private"});
            Reply::Json(answer(&found.to_string()))
        }
        "initialize" if !modern => Reply::Session(answer(
            &json!({"protocolVersion": "2025-11-25", "capabilities": capabilities,
                "serverInfo": {"name": "bench", "version": "1"}})
            .to_string(),
        )),
        "subscriptions/listen" if modern => {
            let told = json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {
                "_meta": {"io.modelcontextprotocol/subscriptionId": id}, "notifications": {"toolsListChanged": true}}});
            Reply::Stream(format!("data: {told}\n\n"))
        }
        "tools/list" => {
            let tools: Vec<Value> = (0..tools.parse().unwrap()).map(tool).collect();
            Reply::Json(answer(&json!({"tools": tools, "ttlMs": 3_600_000}).to_string()))
        }
        "tools/call" => {
            let said = ask.params.arguments.map_or("{}", RawValue::get);
            let content = json!([{"type": "text", "text": said}]);
            Reply::Json(answer(&json!({"content": content, "resultType": "complete"}).to_string()))
        }
        _ => Reply::Status(400),
    }
}

/// A tool as business software has them: some 1.1 KB of JSON.
fn tool(number: usize) -> Value {
    json!({
        "name": format!("search_orders_{number:02}"),
        "title": "Search orders",
        "description": "Searches the orders of one customer, newest first. Dates are inclusive and in UTC. Returns at most \
            `limit` orders with their number, state, total and currency; use `cursor` to get the next ones.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "customer_id": {"type": "string", "minLength": 1, "maxLength": 64,
                    "description": "The customer's number, such as C-10042"},
                "state": {"type": "string", "enum": ["open", "paid", "shipped", "returned"]},
                "from": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "The first day"},
                "to": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "The last day"},
                "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
                "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
                "address": {"type": "object", "properties": {"country": {"type": "string"}, "city": {"type": "string"}}},
            },
            "required": ["customer_id"],
            "additionalProperties": false,
        },
        "annotations": {"readOnlyHint": true},
    })
}
