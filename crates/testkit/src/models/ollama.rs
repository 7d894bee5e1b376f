//! Ollama's `POST /api/chat`: no key, and a JSON text per line unless the request says that it wants no stream.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::canonical::{Arguments, Ask, Call, Conversation, Item, Refusal, Reply, ToolResult};
use super::ids::Ids;
use super::ollama_shape::REQUEST;
use super::shape::{Wire, check};
use super::sse::{pieces, response};
use super::state::{Dialect, ModelControls};
use super::words::plainly;

/// When every answer was made: nobody reads it.
const CREATED: &str = "2026-01-01T00:00:00Z";

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/api/chat", post(chat)).with_state(controls)
}

async fn chat(State(controls): State<ModelControls>, body: Bytes) -> Response {
    complete(&controls, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn complete(controls: &ModelControls, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Ollama, body).await {
        return Err(failure(status));
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| refusal(400, &error.to_string()))?;
    if let Some(fault) = check(&body, &REQUEST, Wire::Nullish).first() {
        return Err(refusal(400, &plainly(fault)));
    }
    let ask = read(&body);
    let reply = controls.play(&ask.conversation, failure).await?;
    let calls = calls(&controls.ids, &reply)?;
    Ok(if body["stream"] == false {
        Json(whole(&ask, &reply, calls)).into_response()
    } else {
        stream(&ask, &reply, calls)
    })
}

fn read(body: &Value) -> Ask {
    let mut conversation = Conversation::default();
    for message in body["messages"].as_array().into_iter().flatten() {
        let text = message["content"].as_str().unwrap_or_default();
        conversation.items.extend(match message["role"].as_str() {
            Some("user") => Some(Item::User(text.to_owned())),
            Some("assistant") => Some(Item::Model),
            Some("tool") => {
                let tool = message["tool_name"].as_str().unwrap_or_default();
                Some(Item::Result(ToolResult::new(tool, false, text)))
            }
            _ => None,
        });
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    Ask { model, conversation, tokens: 1 + body["messages"].to_string().len() / 4 }
}

/// Arguments are an object here: the server parses what the model wrote, and fails where it is none.
fn calls(ids: &Ids, reply: &Reply) -> Result<Vec<Value>, Refusal> {
    let call = |(index, call): (usize, &Call)| match &call.arguments {
        Arguments::Object(arguments) => {
            let function = json!({"index": index, "name": call.tool, "arguments": arguments});
            Ok(json!({"id": ids.next("call_", 8).to_lowercase(), "function": function}))
        }
        Arguments::Raw(_) => Err(refusal(500, "error parsing tool call: its arguments are no JSON object")),
    };
    reply.calls.iter().enumerate().map(call).collect()
}

fn whole(ask: &Ask, reply: &Reply, calls: Vec<Value>) -> Value {
    let mut message = json!({"role": "assistant", "content": reply.text.as_deref().unwrap_or_default()});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    done(ask, reply, message)
}

/// Pieces of the text, each call whole, and a last line that counts.
fn stream(ask: &Ask, reply: &Reply, calls: Vec<Value>) -> Response {
    let texts = reply.text.iter().flat_map(|text| pieces(text));
    let texts = texts.map(|text| json!({"role": "assistant", "content": text}));
    let calls =
        calls.into_iter().map(|call| json!({"role": "assistant", "content": "", "tool_calls": [call]}));
    let pieces = texts.chain(calls);
    let pieces = pieces
        .map(|message| json!({"model": ask.model, "created_at": CREATED, "message": message, "done": false}));
    let last = done(ask, reply, json!({"role": "assistant", "content": ""}));
    let lines = pieces.chain([last]).map(|line| format!("{line}\n"));
    response("application/x-ndjson", lines.collect())
}

fn done(ask: &Ask, reply: &Reply, message: Value) -> Value {
    json!({
        "model": ask.model, "created_at": CREATED, "message": message, "done": true, "done_reason": "stop",
        "total_duration": 1_000_000, "load_duration": 1_000, "prompt_eval_count": ask.tokens,
        "prompt_eval_duration": 1_000, "eval_count": reply.tokens(), "eval_duration": 1_000,
    })
}

pub(super) fn refusal(status: u16, message: &str) -> Refusal {
    Refusal { status, body: json!({ "error": message }) }
}

pub(super) fn failure(status: u16) -> Refusal {
    refusal(status, if status == 503 { "server busy, please try again." } else { "the request was refused" })
}
