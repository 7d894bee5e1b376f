//! Anthropic's `POST /v1/messages`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::anthropic_stream::stream;
use super::canonical::{Arguments, Ask, Call, Conversation, Item, Refusal, Reply, ToolResult};
use super::ids::Ids;
use super::state::{Dialect, ModelControls};
use super::strict_anthropic::{check, invalid, refusal};

const VERSIONS: [&str; 3] = ["2023-01-01", "2023-06-01", "2026-10-21"];

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v1/messages", post(messages)).with_state(controls)
}

async fn messages(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    let id = request_id(&controls.ids);
    let mut response = match create(&controls, &headers, &body).await {
        Ok(response) => response,
        Err(refusal) => refused(refusal, &id),
    };
    let id = HeaderValue::try_from(id).expect("letters and digits");
    response.headers_mut().insert("request-id", id);
    let organization = HeaderValue::from_static("00000000-0000-4000-8000-000000000000");
    response.headers_mut().insert("anthropic-organization-id", organization);
    response
}

pub(crate) fn request_id(ids: &Ids) -> String {
    ids.next("req_011C", 20)
}

async fn create(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Anthropic, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let version = version(headers)?;
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(&format!("The request body is not valid JSON: {error}")))?;
    answer(controls, &body, version).await
}

/// The answer to a request that may be made.
pub(super) async fn answer(
    controls: &ModelControls,
    body: &Value,
    version: &str,
) -> Result<Response, Refusal> {
    check(body, version)?;
    let ask = read(body);
    let reply = controls.play(&ask.conversation, failure).await?;
    if body["stream"] == true {
        return Ok(stream(&ask, &reply, &controls.ids));
    }
    let text = reply.text.iter().map(|text| json!({"type": "text", "text": text}));
    let calls = reply.calls.iter().map(|call| tool_use(&controls.ids, call, input(&call.arguments)));
    let mut message = message(&ask, &controls.ids);
    message["content"] = text.chain(calls).collect();
    message["stop_reason"] = json!(stop_reason(&reply));
    message["usage"]["output_tokens"] = json!(reply.tokens());
    Ok(Json(message).into_response())
}

/// The key goes into `x-api-key`; the official SDK sends it as a bearer token since its second major version.
pub(super) fn check_key(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match (headers.get("x-api-key"), bearer) {
        (Some(key), _) if key == controls.keys.anthropic.as_str() => Ok(()),
        (Some(_), _) => Err(refusal(401, "invalid x-api-key")),
        (None, Some(key)) if key == controls.keys.anthropic => Ok(()),
        (None, Some(_)) => Err(refusal(401, "Invalid bearer token")),
        (None, None) => Err(refusal(401, "x-api-key header is required")),
    }
}

fn version(headers: &HeaderMap) -> Result<&'static str, Refusal> {
    let sent =
        headers.get("anthropic-version").ok_or_else(|| invalid("anthropic-version: header is required"))?;
    VERSIONS.into_iter().find(|known| sent == known).ok_or_else(|| {
        let sent = sent.to_str().unwrap_or_default();
        invalid(&format!("anthropic-version: \"{sent}\" is not a valid version"))
    })
}

fn read(body: &Value) -> Ask {
    let mut conversation = Conversation::default();
    let mut called: Vec<(&str, &str)> = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
        match message["role"].as_str() {
            Some("assistant") => {
                let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
                called.extend(calls.filter_map(|call| Some((call["id"].as_str()?, call["name"].as_str()?))));
                conversation.items.push(Item::Model);
            }
            Some("user") => {
                let results = blocks.iter().filter(|block| block["type"] == "tool_result");
                conversation.items.extend(results.map(|block| result(block, &called)));
                let text = text(&message["content"]);
                if !text.is_empty() {
                    conversation.items.push(Item::User(text));
                }
            }
            _ => {}
        }
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    Ask { model, conversation, tokens: 1 + body["messages"].to_string().len() / 4 }
}

fn result(block: &Value, called: &[(&str, &str)]) -> Item {
    let call = called.iter().rfind(|(id, _)| block["tool_use_id"] == *id);
    let tool = call.map_or("", |(_, tool)| tool);
    Item::Result(ToolResult::new(tool, block["is_error"] == true, &text(&block["content"])))
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        blocks => {
            blocks.as_array().into_iter().flatten().filter_map(|block| block["text"].as_str()).collect()
        }
    }
}

/// A message without content and without an end, as a stream starts with.
pub(crate) fn message(ask: &Ask, ids: &Ids) -> Value {
    json!({
        "id": ids.next("msg_01", 22),
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": ask.tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 1,
            "service_tier": "standard",
        },
    })
}

pub(crate) fn tool_use(ids: &Ids, call: &Call, input: Map<String, Value>) -> Value {
    json!({"type": "tool_use", "id": ids.next("toolu_01", 22), "name": call.tool, "input": input})
}

/// Input is an object in this API, so text that is none can only be quoted in one.
fn input(arguments: &Arguments) -> Map<String, Value> {
    match arguments {
        Arguments::Object(map) => map.clone(),
        Arguments::Raw(text) => Map::from_iter([("INVALID_JSON".to_owned(), json!(text))]),
    }
}

pub(crate) fn stop_reason(reply: &Reply) -> &'static str {
    if reply.calls.is_empty() { "end_turn" } else { "tool_use" }
}

pub(super) fn failure(status: u16) -> Refusal {
    let message = match status {
        429 => "This request would exceed your account's rate limit.",
        529 => "Overloaded",
        500.. => "Internal server error",
        _ => "The request was refused.",
    };
    refusal(status, message)
}

pub(crate) fn refused(mut refusal: Refusal, id: &str) -> Response {
    let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
    if refusal.body["type"] == "error" {
        refusal.body["request_id"] = json!(id);
    }
    (status, Json(refusal.body)).into_response()
}
