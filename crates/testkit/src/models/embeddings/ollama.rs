//! Ollama's `POST /api/embed`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::{dimensions, embedding, texts, tokens};
use crate::models::canonical::Refusal;
use crate::models::ollama::{failure, refusal};
use crate::models::shape::{Shape, Wire, check, optional, required};
use crate::models::state::{Dialect, ModelControls};
use crate::models::words::plainly;

/// `EmbedRequest` of the official description.
static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("input", &Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)])),
    optional("truncate", &Shape::Flag),
    optional("dimensions", &Shape::Integer),
    optional("keep_alive", &Shape::Any),
    optional("options", &Shape::Map),
]);

/// The longest text in bytes, as a model with a small context reads it.
const LONGEST: usize = 8_192;

pub(super) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/api/embed", post(embeddings)).with_state(controls)
}

async fn embeddings(State(controls): State<ModelControls>, body: Bytes) -> Response {
    embed(&controls, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn embed(controls: &ModelControls, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Ollama, body).await {
        return Err(failure(status));
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| refusal(400, &error.to_string()))?;
    if let Some(fault) = check(&body, &REQUEST, Wire::Nullish).first() {
        return Err(refusal(400, &plainly(fault)));
    }
    let texts = texts(&body["input"]);
    if body["truncate"] == false && texts.iter().any(|text| text.len() > LONGEST) {
        return Err(refusal(400, "the input length exceeds the context length"));
    }
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let vectors: Vec<Vec<f32>> =
        texts.iter().map(|text| embedding(&cut(text), dimensions(&body["dimensions"]))).collect();
    Ok(Json(json!({
        "model": body["model"], "embeddings": vectors, "total_duration": 1_000_000, "load_duration": 1_000,
        "prompt_eval_count": tokens(&texts),
    }))
    .into_response())
}
