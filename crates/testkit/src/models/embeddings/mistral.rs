//! Mistral's `POST /v1/embeddings`, below `/mistral`: a length is called `output_dimension`, and what is not known is
//! refused.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{data, texts, tokens};
use crate::models::canonical::Refusal;
use crate::models::mistral::{check_key, failure, refusal, unprocessable};
use crate::models::shape::{Shape, Wire, check, optional, required};
use crate::models::state::{Dialect, ModelControls};
use crate::models::words::plainly;

/// `EmbeddingRequest` of the official description.
static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("input", &Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)])),
    optional("metadata", &Shape::Map),
    optional("output_dimension", &Shape::Integer),
    optional("output_dtype", &Shape::OneOf(&["float"])),
    optional("encoding_format", &Shape::OneOf(&["float", "base64"])),
]);

/// The most tokens of one request.
const TOKENS: usize = 16_384;

pub(super) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/mistral/v1/embeddings", post(embeddings)).with_state(controls)
}

async fn embeddings(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    embed(&controls, &headers, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn embed(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Mistral, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body).map_err(|error| unprocessable(&error.to_string()))?;
    if let Some(fault) = check(&body, &REQUEST, Wire::Nullish).first() {
        return Err(unprocessable(&plainly(fault)));
    }
    let texts = texts(&body["input"]);
    let tokens = tokens(&texts);
    if tokens > TOKENS {
        let message = "Too many tokens overall, split into more batches.";
        return Err(refusal(400, "invalid_request_prompt", message, "3210"));
    }
    let data = data(&texts, &body["output_dimension"], &body["encoding_format"]);
    let usage = json!({"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens});
    let id = controls.ids.next("", 32);
    Ok(Json(json!({"id": id, "object": "list", "data": data, "model": body["model"], "usage": usage}))
        .into_response())
}
