//! OpenAI's `POST /v1/responses`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::canonical::{Ask, Conversation, Item, Refusal, Reply, ToolResult};
use super::ids::{Ids, now};
use super::openai::{check_key, failure, refused, stamped, text};
use super::responses_stream::stream;
use super::state::{Dialect, ModelControls};
use super::strict_openai::invalid;
use super::strict_responses::check;

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v1/responses", post(create)).with_state(controls)
}

async fn create(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    let response = respond(&controls, &headers, &body).await.unwrap_or_else(refused);
    stamped(response, &controls)
}

async fn respond(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Responses, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| invalid("We could not parse the JSON body of your request.", None, None))?;
    check(&body)?;
    let ask = read(&body);
    let reply = controls.play(&ask.conversation, failure).await?;
    let whole = whole(&ask, &reply, &controls.ids);
    Ok(if body["stream"] == true { stream(&whole) } else { Json(whole).into_response() })
}

fn read(body: &Value) -> Ask {
    let mut conversation = Conversation::default();
    let mut called: Vec<(&str, &str)> = Vec::new();
    if let Value::String(text) = &body["input"] {
        conversation.items.push(Item::User(text.clone()));
    }
    for item in body["input"].as_array().into_iter().flatten() {
        match (item["type"].as_str().unwrap_or("message"), item["role"].as_str()) {
            ("message", Some("user")) => conversation.items.push(Item::User(text(&item["content"]))),
            ("message", Some("assistant")) => conversation.items.push(Item::Model),
            ("function_call", _) => {
                called.extend(item["call_id"].as_str().zip(item["name"].as_str()));
                conversation.items.push(Item::Model);
            }
            ("function_call_output", _) => {
                let call = called.iter().rfind(|(id, _)| item["call_id"] == *id);
                let tool = call.map_or("", |(_, tool)| tool);
                conversation.items.push(Item::Result(ToolResult::new(tool, false, &text(&item["output"]))));
            }
            _ => {}
        }
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    Ask { model, conversation, tokens: 1 + body["input"].to_string().len() / 4 }
}

/// The answer as it is when it is complete.
fn whole(ask: &Ask, reply: &Reply, ids: &Ids) -> Value {
    let message = reply.text.iter().map(|text| {
        json!({
            "id": ids.next("msg_", 48),
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}],
        })
    });
    let calls = reply.calls.iter().map(|call| {
        json!({
            "id": ids.next("fc_", 48),
            "type": "function_call",
            "status": "completed",
            "arguments": call.arguments.text(),
            "call_id": ids.next("call_", 24),
            "name": call.tool,
        })
    });
    json!({
        "id": ids.next("resp_", 48),
        "object": "response",
        "created_at": now(),
        "status": "completed",
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "model": ask.model,
        "output": message.chain(calls).collect::<Vec<_>>(),
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": ask.tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.tokens(),
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": ask.tokens + reply.tokens(),
        },
    })
}
