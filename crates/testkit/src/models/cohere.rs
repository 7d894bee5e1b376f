//! Cohere's `POST /v2/chat`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::canonical::{Ask, Refusal, Reply};
use super::cohere_stream::stream;
use super::ids::Ids;
use super::openai::{read, tool_call};
use super::state::{Dialect, ModelControls};
use super::strict_cohere::{check, refusal};

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v2/chat", post(chat)).with_state(controls)
}

async fn chat(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    complete(&controls, &headers, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn complete(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Cohere, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body).map_err(|_| refusal(400, "invalid json syntax"))?;
    check(&body)?;
    let ask = read(&body, text);
    let reply = controls.play(&ask.conversation, failure).await?;
    let whole = whole(&ask, &reply, &controls.ids);
    Ok(if body["stream"] == true { stream(&whole) } else { Json(whole).into_response() })
}

/// Some clients write the scheme in capitals; it has no case (RFC 9110 section 11.1).
pub(super) fn check_key(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    match sent.and_then(|value| value.split_once(' ')) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && key == controls.keys.cohere => Ok(()),
        Some(_) => Err(refusal(401, "invalid api token")),
        None => Err(refusal(401, "no api key supplied")),
    }
}

/// Content is text or parts; a result's parts may be documents.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => {
            let parts = parts.as_array().into_iter().flatten();
            parts.filter_map(|part| part["text"].as_str().or(part["document"]["data"].as_str())).collect()
        }
    }
}

/// What is said beside calls is the plan, and not content.
fn whole(ask: &Ask, reply: &Reply, ids: &Ids) -> Value {
    let mut message = json!({"role": "assistant"});
    if reply.calls.is_empty() {
        let text = reply.text.as_deref().unwrap_or_default();
        message["content"] = json!([{"type": "text", "text": text}]);
    } else {
        message["tool_plan"] = json!(reply.text.as_deref().unwrap_or_default());
        let id = |tool: &str| format!("{tool}_{}", ids.next("", 12).to_lowercase());
        message["tool_calls"] = reply.calls.iter().map(|call| tool_call(id(&call.tool), call)).collect();
    }
    let tokens = json!({"input_tokens": ask.tokens, "output_tokens": reply.tokens()});
    json!({
        "id": ids.next("", 36),
        "finish_reason": if reply.calls.is_empty() { "COMPLETE" } else { "TOOL_CALL" },
        "message": message,
        "usage": {"billed_units": tokens, "tokens": tokens, "cached_tokens": 0},
    })
}

pub(super) fn failure(status: u16) -> Refusal {
    refusal(status, if status == 429 { "too many requests" } else { "the request was refused" })
}
