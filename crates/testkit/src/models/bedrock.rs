//! Bedrock's `POST /model/{modelId}/converse` and `/converse-stream`, for a signature or an API key.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use serde_json::{Value, json};

use super::aws_signature::check_proof;
use super::bedrock_stream::stream;
use super::canonical::{Arguments, Ask, Conversation, Item, Refusal, Reply, ToolResult};
use super::ids::Ids;
use super::state::{Dialect, ModelControls};
use super::strict_bedrock::{check, refusal};

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new()
        .route("/model/{id}/converse", post(converse))
        .route("/model/{id}/converse-stream", post(converse_stream))
        .with_state(controls)
}

async fn converse(
    State(controls): State<ModelControls>,
    Path(model): Path<String>,
    request: Request<axum::body::Body>,
) -> Response {
    answer(&controls, &model, request, false).await
}

async fn converse_stream(
    State(controls): State<ModelControls>,
    Path(model): Path<String>,
    request: Request<axum::body::Body>,
) -> Response {
    answer(&controls, &model, request, true).await
}

async fn answer(
    controls: &ModelControls,
    model: &str,
    request: Request<axum::body::Body>,
    streamed: bool,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, super::BODY_LIMIT).await else {
        return refused(&refusal(413, "The request is too large."));
    };
    let request = Request::from_parts(head, body);
    complete(controls, model, &request, streamed).await.unwrap_or_else(|refusal| refused(&refusal))
}

async fn complete(
    controls: &ModelControls,
    model: &str,
    request: &Request<Bytes>,
    streamed: bool,
) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Bedrock, request.body()).await {
        return Err(failure(status));
    }
    check_proof(&controls.keys, request)?;
    let body: Value =
        serde_json::from_slice(request.body()).map_err(|error| refusal(400, &error.to_string()))?;
    check(model, &body)?;
    let ask = read(model, &body);
    let reply = controls.play(&ask.conversation, failure).await?;
    if streamed {
        return Ok(stream(&ask, &reply, &controls.ids));
    }
    Ok(Json(whole(&ask, &reply, &controls.ids)?).into_response())
}

fn read(model: &str, body: &Value) -> Ask {
    let mut conversation = Conversation::default();
    let mut called: Vec<(&str, &str)> = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
        if message["role"] == "assistant" {
            let calls = blocks.iter().map(|block| &block["toolUse"]);
            called.extend(calls.filter_map(|call| call["toolUseId"].as_str().zip(call["name"].as_str())));
            conversation.items.push(Item::Model);
            continue;
        }
        let results = blocks.iter().map(|block| &block["toolResult"]).filter(|result| result.is_object());
        conversation.items.extend(results.map(|result| self::result(result, &called)));
        let text: String = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
        if !text.is_empty() {
            conversation.items.push(Item::User(text));
        }
    }
    Ask { model: model.to_owned(), conversation, tokens: 1 + body["messages"].to_string().len() / 4 }
}

fn result(result: &Value, called: &[(&str, &str)]) -> Item {
    let call = called.iter().rfind(|(id, _)| result["toolUseId"] == *id);
    let tool = call.map_or("", |(_, tool)| tool);
    let blocks = result["content"].as_array().into_iter().flatten();
    let text: String = blocks
        .map(|block| match &block["json"] {
            Value::Null => block["text"].as_str().unwrap_or_default().to_owned(),
            json => json.to_string(),
        })
        .collect();
    Item::Result(ToolResult::new(tool, result["status"] == "error", &text))
}

/// Input is an object in a whole answer, so one that a model garbled cannot be shown.
fn whole(ask: &Ask, reply: &Reply, ids: &Ids) -> Result<Value, Refusal> {
    let mut content: Vec<Value> = reply.text.iter().map(|text| json!({ "text": text })).collect();
    for call in &reply.calls {
        let Arguments::Object(input) = &call.arguments else {
            return Err(refusal(424, "The model returned the following errors: invalid tool input"));
        };
        let id = tool_use_id(ids);
        content.push(json!({"toolUse": {"toolUseId": id, "name": call.tool, "input": input}}));
    }
    Ok(json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason(reply),
        "usage": usage(ask, reply),
        "metrics": {"latencyMs": 12},
    }))
}

pub(crate) fn tool_use_id(ids: &Ids) -> String {
    ids.next("tooluse_", 22)
}

pub(crate) fn stop_reason(reply: &Reply) -> &'static str {
    if reply.calls.is_empty() { "end_turn" } else { "tool_use" }
}

pub(crate) fn usage(ask: &Ask, reply: &Reply) -> Value {
    let (input, output) = (ask.tokens, reply.tokens());
    json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output})
}

fn failure(status: u16) -> Refusal {
    refusal(
        status,
        match status {
            429 => "Too many requests, please wait before trying again.",
            503 => "The service is unable to process the request. Try again.",
            500.. => "The system encountered an unexpected error during processing. Try your request again.",
            _ => "The request was refused.",
        },
    )
}

/// The exception's name is in a header, from a member that tells it or by its status.
fn refused(refusal: &Refusal) -> Response {
    let by_status = match refusal.status {
        403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        408 => "ModelTimeoutException",
        424 => "ModelErrorException",
        429 => "ThrottlingException",
        503 => "ServiceUnavailableException",
        500.. => "InternalServerException",
        _ => "ValidationException",
    };
    let name = refusal.body["__type"].as_str().unwrap_or(by_status);
    let name = format!("{name}:http://internal.amazon.com/coral/com.amazon.bedrock/");
    let name = HeaderValue::try_from(name).expect("letters and a URL");
    let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
    (status, [("x-amzn-errortype", name)], Json(&refusal.body)).into_response()
}
