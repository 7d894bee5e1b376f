//! The words of a body that says no and is no JSON-RPC, as gateways, frameworks and proxies send it. A page for people is none.

use http::HeaderMap;
use serde_json::Value;

use super::JSON;
use super::post::media_type;

/// Where JSON bodies have their words, in the order of how much they tell (RFC 6749 section 5.2, RFC 9457 section 3.1).
const MEMBERS: [&str; 6] = ["error_description", "message", "detail", "error", "title", "reason"];

/// What `body` says, as it stands.
pub(super) fn words(headers: &HeaderMap, body: &str) -> Option<String> {
    let said = match media_type(headers).as_str() {
        "text/plain" => body.to_owned(),
        JSON | "application/problem+json" => in_members(&serde_json::from_str(body).ok()?)?.to_owned(),
        _ => return None,
    };
    Some(said).filter(|said| !said.trim().is_empty())
}

fn in_members(body: &Value) -> Option<&str> {
    MEMBERS.iter().find_map(|member| match body.get(member)? {
        Value::String(words) => Some(words.as_str()),
        within @ Value::Object(_) => within.get("message").and_then(Value::as_str),
        _ => None,
    })
}
