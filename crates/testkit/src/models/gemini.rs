//! Gemini's `models.generateContent` and `models.streamGenerateContent`.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::canonical::{Arguments, Ask, Conversation, Item, Refusal, Reply, ToolResult};
use super::embeddings;
use super::gemini_stream::stream;
use super::ids::Ids;
use super::state::{Dialect, ModelControls};
use super::strict_gemini::{check, invalid, refusal};

pub(crate) fn routes(controls: ModelControls) -> Router {
    // A colon does not end a segment of a path: the method stands behind the model's name.
    // The official SDK asks for v1 since its third major version.
    Router::new()
        .route("/v1beta/models/{call}", post(call))
        .route("/v1/models/{call}", post(call))
        .with_state(controls)
}

async fn call(
    State(controls): State<ModelControls>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let mut response = match call.rsplit_once(':') {
        Some((model, "generateContent")) => generate(&controls, model, &headers, &body, None).await,
        Some((model, "streamGenerateContent")) => {
            let framing =
                if query.split('&').any(|pair| pair == "alt=sse") { Framing::Sse } else { Framing::Array };
            generate(&controls, model, &headers, &body, Some(framing)).await
        }
        Some((model, "batchEmbedContents")) => embeddings::gemini(&controls, model, &headers, &body).await,
        _ => return lost(&uri),
    }
    .unwrap_or_else(refused);
    response.headers_mut().insert("server-timing", HeaderValue::from_static("gfet4t7; dur=12"));
    response
}

/// How a stream is framed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    /// `alt=sse`.
    Sse,
    /// One JSON array, sent element by element.
    Array,
}

async fn generate(
    controls: &ModelControls,
    model: &str,
    headers: &HeaderMap,
    body: &Bytes,
    framing: Option<Framing>,
) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Gemini, body).await {
        return Err(failure(status));
    }
    check_key(controls, headers)?;
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(&format!("Invalid JSON payload received. {error}")))?;
    let body = check(model, &body)?;
    let ask = read(model, &body);
    let reply = controls.play(&ask.conversation, failure).await?;
    let parts = parts(&ask, &reply, &controls.ids);
    let whole = Generated { ask: &ask, reply: &reply, id: controls.ids.next("", 22) };
    Ok(match framing {
        Some(framing) => stream(&whole, parts, framing),
        None => json_response(StatusCode::OK, &whole.response(parts, true)),
    })
}

pub(super) fn check_key(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("x-goog-api-key") {
        // A key in the query is left unread: it would end up in every log on the way.
        None => Err(refusal(
            403,
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key \
             or other form of API consumer identity to call this API.",
        )),
        Some(key) if key == controls.keys.gemini.as_str() => Ok(()),
        Some(_) => {
            let message = "API key not valid. Please pass a valid API key.";
            let mut refusal = invalid(message);
            refusal.body["error"]["details"] = json!([
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                    "metadata": {"service": "generativelanguage.googleapis.com"},
                },
                {
                    "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
                    "locale": "en-US",
                    "message": message,
                },
            ]);
            Err(refusal)
        }
    }
}

fn read(model: &str, body: &Value) -> Ask {
    let mut conversation = Conversation::default();
    for content in body["contents"].as_array().into_iter().flatten() {
        if content["role"] == "model" {
            conversation.items.push(Item::Model);
            continue;
        }
        let parts = content["parts"].as_array().map_or(&[][..], Vec::as_slice);
        let responses = parts.iter().map(|part| &part["functionResponse"]).filter(|part| part.is_object());
        conversation.items.extend(responses.map(result));
        let text: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        if !text.is_empty() {
            conversation.items.push(Item::User(text));
        }
    }
    Ask { model: model.to_owned(), conversation, tokens: 1 + body["contents"].to_string().len() / 4 }
}

/// By the API's convention, "error" holds an error and "output" a result; without either, the whole is the result.
fn result(response: &Value) -> Item {
    let tool = response["name"].as_str().unwrap_or_default();
    let whole = &response["response"];
    let only = whole.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
    let (is_error, content) = match only {
        Some((name, content)) if name == "error" => (true, content),
        Some((name, content)) if ["output", "result", "content"].contains(&name.as_str()) => (false, content),
        _ => (false, whole),
    };
    Item::Result(match content {
        Value::String(text) => ToolResult::new(tool, is_error, text),
        other => ToolResult { tool: tool.to_owned(), is_error, content: other.clone() },
    })
}

/// The parts of a reply. From Gemini 3 on calls have ids; the first of a reply is signed.
fn parts(ask: &Ask, reply: &Reply, ids: &Ids) -> Vec<Value> {
    let mut parts: Vec<Value> = reply.text.iter().map(|text| json!({"text": text})).collect();
    for (index, call) in reply.calls.iter().enumerate() {
        let Arguments::Object(args) = &call.arguments else { continue };
        let mut part = json!({"functionCall": {"name": call.tool, "args": args}});
        if ask.model.starts_with("gemini-3") {
            part["functionCall"]["id"] = json!(ids.next("", 8).to_lowercase());
        }
        if index == 0 {
            part["thoughtSignature"] = json!(ids.next("", 64));
        }
        parts.push(part);
    }
    parts
}

/// Everything a response says besides its parts.
pub(crate) struct Generated<'a> {
    ask: &'a Ask,
    reply: &'a Reply,
    id: String,
}

impl Generated<'_> {
    pub(crate) fn response(&self, parts: Vec<Value>, ends: bool) -> Value {
        let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
        if ends {
            self.end(&mut candidate);
        }
        json!({
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": self.ask.tokens,
                "candidatesTokenCount": self.reply.tokens(),
                "totalTokenCount": self.ask.tokens + self.reply.tokens(),
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": self.ask.tokens}],
            },
            "modelVersion": self.ask.model,
            "responseId": self.id,
        })
    }

    /// A call whose arguments are no object never reaches the client: the API says that there was one.
    fn end(&self, candidate: &mut Value) {
        let raw = self.reply.calls.iter().find_map(|call| match &call.arguments {
            Arguments::Raw(text) => Some(format!("Malformed function call: {}({text})", call.tool)),
            Arguments::Object(_) => None,
        });
        candidate["finishReason"] = json!("STOP");
        if let Some(message) = raw {
            candidate["content"] = Value::Object(Map::new());
            candidate["finishReason"] = json!("MALFORMED_FUNCTION_CALL");
            candidate["finishMessage"] = json!(message);
        } else if !self.reply.calls.is_empty() {
            candidate["finishMessage"] = json!("Model generated function call(s).");
        }
    }
}

pub(super) fn failure(status: u16) -> Refusal {
    let message = match status {
        429 => "Resource exhausted. Please try again later.",
        503 => "The model is overloaded. Please try again later.",
        500.. => "An internal error has occurred. Please retry.",
        _ => "The request was refused.",
    };
    refusal(status, message)
}

pub(crate) fn refused(refusal: Refusal) -> Response {
    json_response(StatusCode::from_u16(refusal.status).expect("a status of HTTP"), &refusal.body)
}

pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    let content_type = HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// A path that Google's front end does not know is answered by a page.
pub(crate) fn lost(uri: &Uri) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<title>Error 404 (Not Found)!!1</title>\n<p>The requested URL <code>{}</code> was not \
         found on this server.\n",
        uri.path().replace('<', "&lt;")
    );
    let content_type = HeaderValue::from_static("text/html; charset=UTF-8");
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, content_type)], page).into_response()
}
