//! Anthropic's messages on Vertex AI, below `/google`: the model stands in the path, the version in the body, and an access
//! token takes the place of a key.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::anthropic::{answer, failure};
use super::canonical::Refusal;
use super::state::{Dialect, ModelControls};
use super::strict_anthropic::invalid;

/// The version that these messages are as of, which is not that of Vertex AI.
const MESSAGES: &str = "2023-06-01";
const VERSION: &str = "vertex-2023-10-16";

pub(crate) fn routes(controls: ModelControls) -> Router {
    let models = "/google/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{call}";
    Router::new().route("/google/token", post(token)).route(models, post(call)).with_state(controls)
}

async fn token(State(controls): State<ModelControls>, body: Bytes) -> Response {
    let Some(account) = controls.google.get() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    account.token(&body, &controls.ids).map_or_else(refused, |token| Json(token).into_response())
}

async fn call(
    State(controls): State<ModelControls>,
    Path((_, _, call)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let streamed = match call.rsplit_once(':') {
        Some((model, "rawPredict")) => Some((model, false)),
        Some((model, "streamRawPredict")) => Some((model, true)),
        _ => None,
    };
    let Some((model, streamed)) = streamed else {
        return StatusCode::NOT_FOUND.into_response();
    };
    predict(&controls, model, streamed, &headers, &body).await.unwrap_or_else(refused)
}

async fn predict(
    controls: &ModelControls,
    model: &str,
    streamed: bool,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Vertex, body).await {
        return Err(failure(status));
    }
    check_token(controls, headers)?;
    let mut body: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(&format!("The request body is not valid JSON: {error}")))?;
    let members = body.as_object_mut().ok_or_else(|| invalid("The request body is no JSON object"))?;
    if members.remove("anthropic_version").is_none_or(|version| version != VERSION) {
        return Err(invalid(&format!("anthropic_version: Input should be '{VERSION}'")));
    }
    if members.insert("model".to_owned(), json!(model)).is_some() {
        return Err(invalid("model: Extra inputs are not permitted"));
    }
    if members.get("stream").is_some_and(|stream| *stream != streamed) {
        return Err(invalid("stream: it is not as the path says"));
    }
    members.insert("stream".to_owned(), json!(streamed));
    answer(controls, &body, MESSAGES).await
}

fn check_token(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let known = controls.google.get().zip(sent).is_some_and(|(account, token)| account.knows(token));
    if known {
        return Ok(());
    }
    let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
                   other valid authentication credential.";
    let error = json!({"code": 401, "message": message, "status": "UNAUTHENTICATED"});
    Err(Refusal { status: 401, body: json!({ "error": error }) })
}

fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
    (status, Json(refusal.body)).into_response()
}
