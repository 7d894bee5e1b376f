//! OpenAI's `POST /v1/embeddings`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{data, texts, tokens};
use crate::models::canonical::Refusal;
use crate::models::openai::{check_key, failure, refused, stamped};
use crate::models::shape::{Shape, Wire, check as check_shape, optional, required};
use crate::models::state::{Dialect, ModelControls};
use crate::models::strict_openai::{in_words, invalid, not_empty};

/// `CreateEmbeddingRequest` of the official description; texts as tokens are not played.
static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("input", &Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)])),
    optional("dimensions", &Shape::Integer),
    optional("encoding_format", &Shape::OneOf(&["float", "base64"])),
    optional("user", &Shape::Text),
]);

/// The most texts of one request.
const TEXTS: usize = 2048;

pub(super) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v1/embeddings", post(embeddings)).with_state(controls)
}

async fn embeddings(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    let response = embed(&controls, &headers, &body).await.unwrap_or_else(refused);
    stamped(response, &controls)
}

async fn embed(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::OpenAi, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value =
        serde_json::from_slice(body).map_err(|_| invalid("We could not parse the JSON body.", None, None))?;
    check(&body)?;
    let texts = texts(&body["input"]);
    let data = data(&texts, &body["dimensions"], &body["encoding_format"]);
    let usage = json!({"prompt_tokens": tokens(&texts), "total_tokens": tokens(&texts)});
    Ok(Json(json!({"object": "list", "data": data, "model": body["model"], "usage": usage})).into_response())
}

fn check(body: &Value) -> Result<(), Refusal> {
    if !body["model"].is_string() {
        return Err(invalid("you must provide a model parameter", None, None));
    }
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Nullish).first() {
        return Err(in_words(fault));
    }
    not_empty(body, "input")?;
    let texts = texts(&body["input"]);
    if texts.len() > TEXTS || texts.contains(&"") {
        let message = "'$.input' is invalid. Please check the API reference: \
                       https://platform.openai.com/docs/api-reference.";
        return Err(invalid(message, None, None));
    }
    match body["dimensions"].as_i64() {
        Some(asked) if asked < 1 => {
            Err(invalid(&format!("{asked} is less than the minimum of 1 - 'dimensions'"), None, None))
        }
        _ => Ok(()),
    }
}
