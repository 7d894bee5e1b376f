//! watsonx's `POST /ml/v1/text/chat` and `/ml/v1/text/chat_stream`, for an access token, and IBM's IAM, which gives one for
//! an API key. The bodies are chat completions with a project or a space beside the model.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use super::canonical::{Ask, Refusal, Reply};
use super::openai::{read, text, whole};
use super::openai_stream::events;
use super::sse::response;
use super::state::{Dialect, ModelControls};
use super::strict_openai;

const GRANT: &str = "urn:ibm:params:oauth:grant-type:apikey";
/// Members of OpenAI's that are none here.
const UNKNOWN: [&str; 6] =
    ["model", "stream", "stream_options", "parallel_tool_calls", "metadata", "max_tokens"];

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new()
        .route("/identity/token", post(token))
        .route("/ml/v1/text/chat", post(chat))
        .route("/ml/v1/text/chat_stream", post(chat_stream))
        .with_state(controls)
}

async fn token(State(controls): State<ModelControls>, form: Bytes) -> Response {
    let members: BTreeMap<_, _> = url::form_urlencoded::parse(&form).collect();
    let is = |name: &str, value: &str| members.get(name).is_some_and(|found| found == value);
    if !is("grant_type", GRANT) || !is("apikey", &controls.keys.watsonx) {
        let body = json!({"errorCode": "BXNIM0415E", "errorMessage": "Provided API key could not be found."});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let token = controls.ids.next("iam-", 40);
    controls.ibm_tokens.lock().expect("no panic while the tokens are held").push(token.clone());
    Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600})).into_response()
}

async fn chat(State(controls): State<ModelControls>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let asked = ask(&controls, &uri, &headers, &body).await;
    let answer = |(ask, reply): (Ask, Reply)| {
        let mut answer = whole(&controls, &ask, &reply);
        answer["model_id"] = json!(ask.model);
        Json(answer).into_response()
    };
    asked.map_or_else(refused, answer)
}

async fn chat_stream(
    State(controls): State<ModelControls>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = ask(&controls, &uri, &headers, &body).await;
    asked.map_or_else(refused, |(ask, reply)| stream(&controls, &ask, &reply))
}

/// Events with ids and names, the usage in one of its own, and no mark at the end.
fn stream(controls: &ModelControls, ask: &Ask, reply: &Reply) -> Response {
    let chunks = events(ask, reply, &controls.ids, true);
    let named = |(id, data): (usize, &String)| format!("id: {}\nevent: message\n{data}", id + 1);
    let chunks = chunks.iter().filter(|data| !data.contains("[DONE]")).enumerate().map(named);
    response("text/event-stream", chunks.collect())
}

async fn ask(
    controls: &ModelControls,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(Ask, Reply), Refusal> {
    if let Some(status) = controls.arrive(Dialect::Watsonx, body).await {
        return Err(failure(status));
    }
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !sent.is_some_and(|sent| controls.ibm_tokens().iter().any(|token| token == sent)) {
        return Err(refusal(401, "authentication_token_not_valid", "Failed to authenticate the request"));
    }
    let mut query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if !query.any(|(name, day)| name == "version" && day.len() == "2025-04-23".len()) {
        return Err(invalid("The version query parameter is required: YYYY-MM-DD"));
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| invalid(&error.to_string()))?;
    let plain = as_openai(&body)?;
    strict_openai::check(&plain)
        .map_err(|refusal| invalid(refusal.body["error"]["message"].as_str().unwrap_or_default()))?;
    let ask = read(&plain, text);
    let reply = controls.play(&ask.conversation, failure).await?;
    Ok((ask, reply))
}

/// The body as OpenAI would have it, if it is one of watsonx.
fn as_openai(body: &Value) -> Result<Value, Refusal> {
    let mut plain = body.clone();
    let members = plain.as_object_mut().ok_or_else(|| invalid("the body is no object"))?;
    if let Some(unknown) = UNKNOWN.iter().find(|name| members.contains_key(**name)) {
        return Err(invalid(&format!("{unknown} is not allowed")));
    }
    match (members.remove("project_id"), members.remove("space_id")) {
        (Some(Value::String(_)), None) | (None, Some(Value::String(_))) => {}
        _ => return Err(invalid("Either space_id or project_id has to be given")),
    }
    if members.get("tool_choice").is_some_and(|choice| !choice.is_object()) {
        return Err(invalid("tool_choice must be an object"));
    }
    if let Some(option) = members.remove("tool_choice_option") {
        members.insert("tool_choice".to_owned(), option);
    }
    let model = members.remove("model_id").ok_or_else(|| invalid("model_id is required"))?;
    members.insert("model".to_owned(), model);
    Ok(plain)
}

fn invalid(message: &str) -> Refusal {
    refusal(400, "json_validation_error", &format!("Json document validation error: {message}"))
}

fn refusal(status: u16, code: &str, message: &str) -> Refusal {
    let error =
        json!({"code": code, "message": message, "more_info": "https://cloud.ibm.com/apidocs/watsonx-ai"});
    Refusal { status, body: json!({"errors": [error], "trace": "rig-trace", "status_code": status}) }
}

fn failure(status: u16) -> Refusal {
    let code = if status == 429 { "consumption_limit_reached" } else { "downstream_issue" };
    refusal(status, code, "The request was refused.")
}

fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
    (status, Json(refusal.body)).into_response()
}
