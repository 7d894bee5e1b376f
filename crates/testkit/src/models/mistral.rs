//! Mistral's `POST /v1/chat/completions`, below `/mistral`: chat completions with differences that clients of OpenAI's stumble
//! over. Ids of calls have nine letters, a call is streamed whole, and what is not known is refused.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::canonical::{Ask, Refusal, Reply};
use super::ids::{Ids, now};
use super::mistral_shape::REQUEST;
use super::openai::{finish_reason, read, text, tool_call};
use super::shape::{Wire, check as check_shape};
use super::sse::{pieces, response};
use super::state::{Dialect, ModelControls};
use super::words::plainly;

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/mistral/v1/chat/completions", post(chat)).with_state(controls)
}

async fn chat(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    complete(&controls, &headers, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn complete(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Mistral, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body).map_err(|error| unprocessable(&error.to_string()))?;
    check(&body)?;
    let ask = read(&body, text);
    let reply = controls.play(&ask.conversation, failure).await?;
    let calls = calls(&controls.ids, &reply);
    let id = controls.ids.next("", 32);
    Ok(match body["stream"] == true {
        true => stream(&ask, &reply, &id, calls),
        false => Json(whole(&ask, &reply, &id, calls)).into_response(),
    })
}

pub(super) fn check_key(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    match sent.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) if key == controls.keys.mistral => Ok(()),
        _ => Err(Refusal { status: 401, body: json!({"detail": "Unauthorized"}) }),
    }
}

fn check(body: &Value) -> Result<(), Refusal> {
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Nullish).first() {
        return Err(unprocessable(&plainly(fault)));
    }
    let model = body["model"].as_str().unwrap_or_default();
    if model.contains(char::is_whitespace) {
        return Err(refusal(400, "invalid_model", &format!("Invalid model: {model}"), "1500"));
    }
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        let answered = message["tool_call_id"].as_str().unwrap_or_default();
        match message["role"].as_str() {
            Some("tool") => match open.iter().position(|id| *id == answered) {
                Some(place) => drop(open.swap_remove(place)),
                None => return Err(invalid(&format!("Unexpected tool call id {answered} in tool results"))),
            },
            _ if open.is_empty() => {}
            _ => break,
        }
        for id in
            message["tool_calls"].as_array().into_iter().flatten().filter_map(|call| call["id"].as_str())
        {
            check_id(id)?;
            open.push(id);
        }
    }
    match (open.is_empty(), messages.last().map(|message| &message["role"])) {
        (false, _) => Err(invalid("Not the same number of function calls and responses")),
        (true, Some(role)) if role == "assistant" && messages[messages.len() - 1]["prefix"] != true => {
            let what = "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant";
            Err(invalid(what))
        }
        (true, Some(_)) => Ok(()),
        (true, None) => Err(invalid("Conversation must have at least one message")),
    }
}

fn check_id(id: &str) -> Result<(), Refusal> {
    if id.len() == 9 && id.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(invalid(&format!("Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9.")))
}

fn calls(ids: &Ids, reply: &Reply) -> Vec<Value> {
    let call = |(index, call)| {
        let mut call = tool_call(ids.next("", 9), call);
        call["index"] = json!(index);
        call
    };
    reply.calls.iter().enumerate().map(call).collect()
}

fn whole(ask: &Ask, reply: &Reply, id: &str, calls: Vec<Value>) -> Value {
    let mut message = json!({"role": "assistant", "content": reply.text.as_deref().unwrap_or_default()});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let choice = json!({"index": 0, "message": message, "finish_reason": finish_reason(reply)});
    json!({
        "id": id, "object": "chat.completion", "created": now(), "model": ask.model, "choices": [choice],
        "usage": usage(ask, reply),
    })
}

/// The role, pieces of the text, and a last event with every call, the reason and the usage.
fn stream(ask: &Ask, reply: &Reply, id: &str, calls: Vec<Value>) -> Response {
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        json!({
            "id": id, "object": "chat.completion.chunk", "created": now(), "model": ask.model, "choices": [choice],
        })
    };
    let mut chunks = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    let texts = reply.text.iter().flat_map(|text| pieces(text));
    chunks.extend(texts.map(|text| chunk(json!({ "content": text }), Value::Null)));
    let mut end = json!({"content": ""});
    if !calls.is_empty() {
        end["tool_calls"] = calls.into();
    }
    let mut last = chunk(end, json!(finish_reason(reply)));
    last["usage"] = usage(ask, reply);
    chunks.push(last);
    let mut events: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    events.push("data: [DONE]\n\n".to_owned());
    response("text/event-stream", events)
}

fn usage(ask: &Ask, reply: &Reply) -> Value {
    let (prompt, completion) = (ask.tokens, reply.tokens());
    json!({"prompt_tokens": prompt, "total_tokens": prompt + completion, "completion_tokens": completion})
}

fn invalid(message: &str) -> Refusal {
    refusal(400, "invalid_request_message_order", message, "3230")
}

pub(super) fn unprocessable(what: &str) -> Refusal {
    Refusal { status: 422, body: json!({"detail": [{"type": "value_error", "loc": ["body"], "msg": what}]}) }
}

pub(super) fn refusal(status: u16, kind: &str, message: &str, code: &str) -> Refusal {
    let body = json!({"object": "error", "message": message, "type": kind, "param": null, "code": code});
    Refusal { status, body }
}

pub(super) fn failure(status: u16) -> Refusal {
    match status {
        429 => refusal(429, "rate_limited", "Rate limit exceeded", "1300"),
        500.. => refusal(status, "internal_server_error", "Service unavailable.", "1000"),
        _ => refusal(status, "invalid_request_error", "The request was refused.", "3000"),
    }
}
