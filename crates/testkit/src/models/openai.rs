//! OpenAI's `POST /v1/chat/completions`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::canonical::{Ask, Call, Conversation, Item, Refusal, Reply, ToolResult};
use super::ids::now;
use super::openai_stream::stream;
use super::state::{Dialect, ModelControls};
use super::strict_openai::{check, invalid, refusal};

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v1/chat/completions", post(chat)).with_state(controls)
}

async fn chat(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    let response = complete(&controls, &headers, &body).await.unwrap_or_else(refused);
    stamped(response, &controls)
}

async fn complete(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::OpenAi, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body).map_err(|_| {
        let message = "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload, \
                       but what was sent was not valid JSON.";
        invalid(message, None, None)
    })?;
    check(&body)?;
    play(controls, &body, failure).await
}

/// What the script answers to a body that was checked: in pieces if it asks for them.
pub(super) async fn play(
    controls: &ModelControls,
    body: &Value,
    failure: fn(u16) -> Refusal,
) -> Result<Response, Refusal> {
    let ask = read(body, text);
    let reply = controls.play(&ask.conversation, failure).await?;
    if body["stream"] == true {
        let usage = body["stream_options"]["include_usage"] == true;
        return Ok(stream(&ask, &reply, &controls.ids, usage));
    }
    Ok(Json(whole(controls, &ask, &reply)).into_response())
}

pub(super) fn whole(controls: &ModelControls, ask: &Ask, reply: &Reply) -> Value {
    let calls = reply.calls.iter().map(|call| tool_call(controls.ids.next("call_", 24), call));
    completion(ask, reply, controls.ids.next("chatcmpl-", 29), calls.collect())
}

pub(super) fn check_key(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    let Some(key) = sent.and_then(|value| value.strip_prefix("Bearer ")) else {
        let message = "You didn't provide an API key. You need to provide your API key in an Authorization header \
                       using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
        return Err(refusal(401, message, None, None));
    };
    if key == controls.keys.openai {
        return Ok(());
    }
    let message = format!(
        "Incorrect API key provided: {}. You can find your API key at https://platform.openai.com/account/api-keys.",
        masked(key)
    );
    Err(refusal(401, &message, None, Some("invalid_api_key")))
}

/// As the real one masks a key: its ends and stars between.
fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() < 12 {
        return "*".repeat(letters.len());
    }
    let (head, tail) = (&letters[..8], &letters[letters.len() - 4..]);
    let stars = "*".repeat(letters.len() - 12);
    format!("{}{stars}{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

/// Reads messages whose content `text` understands.
pub(super) fn read(body: &Value, text: fn(&Value) -> String) -> Ask {
    let mut conversation = Conversation::default();
    let mut called: Vec<(&str, &str)> = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        let text = text(&message["content"]);
        match message["role"].as_str() {
            Some("user") => conversation.items.push(Item::User(text)),
            Some("assistant") => {
                let calls = message["tool_calls"].as_array().into_iter().flatten();
                called.extend(
                    calls.filter_map(|call| Some((call["id"].as_str()?, call["function"]["name"].as_str()?))),
                );
                conversation.items.push(Item::Model);
            }
            Some("tool") => {
                let call = called.iter().rfind(|(id, _)| message["tool_call_id"] == *id);
                let tool = call.map_or("", |(_, tool)| tool);
                conversation.items.push(Item::Result(ToolResult::new(tool, false, &text)));
            }
            _ => {}
        }
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    Ask { model, conversation, tokens: 1 + body["messages"].to_string().len() / 4 }
}

pub(super) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect(),
    }
}

fn completion(ask: &Ask, reply: &Reply, id: String, calls: Vec<Value>) -> Value {
    let finish_reason = finish_reason(reply);
    let mut message = json!({
        "role": "assistant",
        "content": reply.text,
        "refusal": null,
        "annotations": [],
    });
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    json!({
        "id": id,
        "object": "chat.completion",
        "created": now(),
        "model": ask.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}],
        "usage": usage(ask, reply),
        "service_tier": "default",
        "system_fingerprint": "fp_34a54ae93c",
    })
}

pub(crate) fn tool_call(id: String, call: &Call) -> Value {
    json!({
        "id": id,
        "type": "function",
        "function": {"name": call.tool, "arguments": call.arguments.text()},
    })
}

pub(crate) fn finish_reason(reply: &Reply) -> &'static str {
    if reply.calls.is_empty() { "stop" } else { "tool_calls" }
}

pub(crate) fn usage(ask: &Ask, reply: &Reply) -> Value {
    json!({
        "prompt_tokens": ask.tokens,
        "completion_tokens": reply.tokens(),
        "total_tokens": ask.tokens + reply.tokens(),
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

pub(super) fn failure(status: u16) -> Refusal {
    let message = match status {
        429 => "Rate limit reached for requests.",
        503 => "The server is currently overloaded with other requests. Sorry about that!",
        500.. => "The server had an error while processing your request. Sorry about that!",
        _ => "The request was refused.",
    };
    let code = (status == 429).then_some("rate_limit_exceeded");
    refusal(status, message, None, code)
}

pub(crate) fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
    (status, Json(refusal.body)).into_response()
}

pub(super) fn stamped(mut response: Response, controls: &ModelControls) -> Response {
    let id = HeaderValue::try_from(controls.ids.next("req_", 32)).expect("letters and digits");
    let headers = response.headers_mut();
    headers.insert("x-request-id", id);
    headers.insert("openai-version", HeaderValue::from_static("2020-10-01"));
    headers.insert("openai-processing-ms", HeaderValue::from_static("12"));
    headers.insert("openai-organization", HeaderValue::from_static("rig"));
    response
}
