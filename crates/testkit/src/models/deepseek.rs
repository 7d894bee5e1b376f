//! DeepSeek's `POST /chat/completions`, below `/deepseek`: chat completions with a thought before each call, which the next
//! requests must bring back ("Thinking Mode", "Tool Calls"). What it does not take is refused as OpenAI does.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::canonical::Refusal;
use super::openai::{check_key, failure, read, refused, text, whole};
use super::openai_stream::events;
use super::sse::response;
use super::state::{Dialect, ModelControls};
use super::strict_openai::{check, invalid};

const THOUGHT: &str = "A tool knows that, and I do not.";

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/deepseek/chat/completions", post(chat)).with_state(controls)
}

async fn chat(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    complete(&controls, &headers, &body).await.unwrap_or_else(refused)
}

async fn complete(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::OpenAi, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let mut body: Value =
        serde_json::from_slice(body).map_err(|error| invalid(&error.to_string(), None, None))?;
    let thinks = take_switch(&mut body)?;
    take_thoughts(&mut body, thinks)?;
    check(&body)?;
    let ask = read(&body, text);
    let reply = controls.play(&ask.conversation, failure).await?;
    let thinks = thinks && !reply.calls.is_empty();
    if body["stream"] == true {
        let usage = body["stream_options"]["include_usage"] == true;
        let mut events = events(&ask, &reply, &controls.ids, usage);
        if thinks {
            events.insert(1, thought_like(&events[0]));
        }
        return Ok(response("text/event-stream; charset=utf-8", events));
    }
    let mut answer = whole(controls, &ask, &reply);
    if thinks {
        answer["choices"][0]["message"]["reasoning_content"] = json!(THOUGHT);
    }
    Ok(Json(answer).into_response())
}

/// Whether the model is to think, which it does unless it is told not to.
fn take_switch(body: &mut Value) -> Result<bool, Refusal> {
    let switch = body.as_object_mut().and_then(|body| body.remove("thinking"));
    match switch.as_ref().map(|switch| switch["type"].as_str()) {
        None | Some(Some("enabled")) => Ok(true),
        Some(Some("disabled")) => Ok(false),
        Some(_) => {
            Err(invalid("thinking.type: expected enabled or disabled", None, Some("invalid_request_error")))
        }
    }
}

/// Takes the thoughts out, and wants the one before each call where the model is to think.
fn take_thoughts(body: &mut Value, thinks: bool) -> Result<(), Refusal> {
    for (index, message) in body["messages"].as_array_mut().into_iter().flatten().enumerate() {
        if message["role"] != "assistant" {
            continue;
        }
        let thought = message.as_object_mut().and_then(|message| message.remove("reasoning_content"));
        let is_missing = thought.as_ref().and_then(Value::as_str).is_none_or(str::is_empty);
        if thinks && is_missing && message["tool_calls"].is_array() {
            let words = format!(
                "Missing `reasoning_content` field in the assistant message at message index {index}. For more \
                 information, please refer to https://api-docs.deepseek.com/guides/thinking_mode#tool-calls"
            );
            return Err(invalid(&words, None, Some("invalid_request_error")));
        }
    }
    Ok(())
}

/// A chunk with the thought, in the words of the one that opens the stream.
fn thought_like(opening: &str) -> String {
    let chunk = opening.trim_end().strip_prefix("data: ").unwrap_or_default();
    let mut chunk: Value = serde_json::from_str(chunk).expect("a chunk of this crate's own");
    chunk["choices"][0]["delta"] = json!({"content": null, "reasoning_content": THOUGHT});
    format!("data: {chunk}\n\n")
}
