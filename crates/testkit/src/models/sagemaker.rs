//! SageMaker's `POST /endpoints/{name}/invocations` and `/invocations-response-stream`, for a signature, before a container
//! that speaks chat completions as vLLM does. What the container streams is cut anywhere and put into AWS's messages.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use serde_json::{Value, json};

use super::aws_signature::check_signature;
use super::bedrock_stream::framed;
use super::canonical::Refusal;
use super::openai::{failure, read, text, whole};
use super::openai_stream::events;
use super::sse::response;
use super::state::{Dialect, ModelControls};
use super::strict_openai::{check, invalid, refusal};

/// The model that the container serves, under the name that it has for it.
const SERVED: &str = "/opt/ml/model";
/// Bytes per message: events end where they will.
const PART: usize = 100;

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new()
        .route("/endpoints/{name}/invocations", post(invoke))
        .route("/endpoints/{name}/invocations-response-stream", post(invoke_stream))
        .with_state(controls)
}

async fn invoke(
    State(controls): State<ModelControls>,
    Path(_): Path<String>,
    request: Request<axum::body::Body>,
) -> Response {
    answer(&controls, request, false).await
}

async fn invoke_stream(
    State(controls): State<ModelControls>,
    Path(_): Path<String>,
    request: Request<axum::body::Body>,
) -> Response {
    answer(&controls, request, true).await
}

async fn answer(controls: &ModelControls, request: Request<axum::body::Body>, streamed: bool) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, super::BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = Request::from_parts(head, body);
    let failing = controls.arrive(Dialect::SageMaker, request.body()).await;
    if let Err(refusal) = check_signature(&controls.keys.aws, &request, "sagemaker") {
        return refused(&refusal, refusal.body["__type"].as_str().unwrap_or_default());
    }
    let asked = match failing {
        Some(status) => Err(failure(status)),
        None => contain(controls, request.body(), streamed).await,
    };
    asked.unwrap_or_else(|refusal| refused(&wrapped(&refusal), "ModelError"))
}

/// What the container does.
async fn contain(controls: &ModelControls, body: &Bytes, streamed: bool) -> Result<Response, Refusal> {
    let mut body: Value =
        serde_json::from_slice(body).map_err(|error| invalid(&error.to_string(), None, None))?;
    if let Some(model) = body["model"].as_str().filter(|model| *model != SERVED) {
        return Err(refusal(404, &format!("The model `{model}` does not exist."), None, None));
    }
    if (body["stream"] == true) != streamed {
        return Err(invalid("stream: it is not as the path says", None, None));
    }
    body["model"] = json!(SERVED);
    check(&body)?;
    let ask = read(&body, text);
    let reply = controls.play(&ask.conversation, failure).await?;
    if !streamed {
        return Ok(Json(whole(controls, &ask, &reply)).into_response());
    }
    let usage = body["stream_options"]["include_usage"] == true;
    let stream = events(&ask, &reply, &controls.ids, usage).concat().into_bytes();
    let part = |bytes: &[u8]| framed("PayloadPart", "application/octet-stream", bytes.to_vec());
    Ok(response("application/vnd.amazon.eventstream", stream.chunks(PART).map(part).collect()))
}

/// A container's refusal as SageMaker tells of it.
fn wrapped(refusal: &Refusal) -> Refusal {
    let (status, said) = (refusal.status, refusal.body.to_string());
    let (code, whose) = if status < 500 {
        ("CLIENT_ERROR_FROM_MODEL", "client")
    } else {
        ("SERVER_ERROR_FROM_MODEL", "server")
    };
    let body = json!({
        "ErrorCode": code,
        "LogStreamArn": "arn:aws:logs:rig",
        "Message": format!("Received {whose} error ({status}) from primary with message \"{said}\"."),
        "OriginalMessage": said,
        "OriginalStatusCode": status,
    });
    Refusal { status: 424, body }
}

fn refused(refusal: &Refusal, name: &str) -> Response {
    let name = HeaderValue::try_from(name).expect("letters");
    let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
    (status, [("x-amzn-errortype", name)], Json(&refusal.body)).into_response()
}
