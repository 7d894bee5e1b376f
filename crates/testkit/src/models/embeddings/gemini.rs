//! Gemini's `models.batchEmbedContents`.

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{dimensions, embedding, tokens};
use crate::models::canonical::Refusal;
use crate::models::gemini::{check_key, failure, json_response};
use crate::models::gemini_shape::CONTENT;
use crate::models::shape::{Shape, Wire, check, normal, optional, required};
use crate::models::state::{Dialect, ModelControls};
use crate::models::strict_gemini::{in_words, invalid};

/// `BatchEmbedContentsRequest` of Google's own description.
static REQUEST: Shape =
    Shape::Object(&[optional("model", &Shape::Text), required("requests", &Shape::List(&ONE))]);

static ONE: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("content", &CONTENT),
    optional("taskType", &Shape::OneOf(&TASK_TYPES)),
    optional("title", &Shape::Text),
    optional("outputDimensionality", &Shape::Integer),
]);

static TASK_TYPES: [&str; 9] = [
    "TASK_TYPE_UNSPECIFIED",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
    "CODE_RETRIEVAL_QUERY",
];

/// The most texts of one request.
const TEXTS: usize = 100;

pub(crate) async fn embed(
    controls: &ModelControls,
    model: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Gemini, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(&format!("Invalid JSON payload received. {error}")))?;
    let faults = check(&body, &REQUEST, Wire::Proto3);
    if !faults.is_empty() {
        return Err(in_words(&faults));
    }
    let body = normal(&body, &REQUEST);
    let requests = body["requests"].as_array().map_or(&[][..], Vec::as_slice);
    if requests.len() > TEXTS {
        let message = "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n";
        return Err(invalid(message));
    }
    if requests.iter().any(|one| one["model"] != format!("models/{model}")) {
        let message = "* BatchEmbedContentsRequest.requests: the model must be that of the batch\n";
        return Err(invalid(message));
    }
    let texts: Vec<String> = requests.iter().map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    if texts.contains(&"") {
        return Err(invalid("* EmbedContentRequest.content: contents is not specified\n"));
    }
    let vector = |(text, one): (&&str, &Value)| json!({"values": embedding(text, dimensions(&one["outputDimensionality"]))});
    let embeddings: Vec<Value> = texts.iter().zip(requests).map(vector).collect();
    let usage = json!({"promptTokenCount": tokens(&texts)});
    Ok(json_response(StatusCode::OK, &json!({"embeddings": embeddings, "usageMetadata": usage})))
}

fn text(one: &Value) -> String {
    let parts = one["content"]["parts"].as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"].as_str()).collect()
}
