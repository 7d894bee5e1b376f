//! Cohere's `POST /v2/embed`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{dimensions, embedding, texts, tokens};
use crate::models::canonical::Refusal;
use crate::models::cohere::{check_key, failure};
use crate::models::shape::{Shape, Wire, check as check_shape, optional, required};
use crate::models::state::{Dialect, ModelControls};
use crate::models::strict_cohere::refusal;
use crate::models::words::plainly;

/// By the API reference of v2 and the official Python client; images are not played.
static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("texts", &Shape::List(&Shape::Text)),
    required(
        "input_type",
        &Shape::OneOf(&["search_document", "search_query", "classification", "clustering", "image"]),
    ),
    optional("embedding_types", &Shape::List(&Shape::OneOf(&["float"]))),
    optional("output_dimension", &Shape::Integer),
    optional("max_tokens", &Shape::Integer),
    optional("truncate", &Shape::OneOf(&["NONE", "START", "END"])),
]);

/// The most texts of one request.
const TEXTS: usize = 96;

pub(super) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v2/embed", post(embeddings)).with_state(controls)
}

async fn embeddings(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    embed(&controls, &headers, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn embed(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Cohere, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body).map_err(|_| refusal(400, "invalid json syntax"))?;
    if let Some(fault) = check_shape(&body, &REQUEST, Wire::Nullish).first() {
        return Err(refusal(400, &format!("invalid request: {}", plainly(fault))));
    }
    let texts = texts(&body["texts"]);
    if texts.is_empty() || texts.len() > TEXTS {
        let message = format!(
            "invalid request: total number of texts must be at most {TEXTS} - received {}",
            texts.len()
        );
        return Err(refusal(400, &message));
    }
    let vectors: Vec<Vec<f32>> =
        texts.iter().map(|text| embedding(text, dimensions(&body["output_dimension"]))).collect();
    let meta = json!({"api_version": {"version": "2"}, "billed_units": {"input_tokens": tokens(&texts)}});
    Ok(Json(json!({
        "id": controls.ids.next("", 36), "response_type": "embeddings_by_type", "texts": texts,
        "embeddings": {"float": vectors}, "meta": meta,
    }))
    .into_response())
}
