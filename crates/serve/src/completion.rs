//! `POST /v1/chat/completions`: a request read, answered by a conversation, and written as OpenAI's clients read it.
//!
//! Without `tools`, the model is offered the MCP servers' tools and every call is made here, behind the gate: the client
//! sees only the answer. With `tools`, the client runs its own: the model is offered those alone, and its calls are
//! handed to the client. The two are never mixed: a client that runs tools itself sends the conversation again and
//! again, and would have ours run each time.

mod answer;
mod events;
mod format;
mod messages;
mod request;
mod talk;
mod text_or;
mod thinking;
mod told;
mod tools;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::TryStreamExt;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::body::Body as _;
use toolgate::audit::Caller;
use toolgate_jwt_verify::VerifiedToken;

use crate::models::Offer;
use crate::refusal::Refusal;
use crate::router::{Shared, unknown_model};
use request::Asked;

/// How long a client may take to send a request's body.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every part of an answer says about itself.
#[derive(Debug, Clone)]
struct Head {
    id: Arc<str>,
    created: u64,
    model: Arc<str>,
}

pub(crate) async fn create(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let caller = request.extensions().get::<Arc<VerifiedToken>>().map(|token| Caller {
        subject: token.subject().map(str::to_owned),
        client: token.client_id().map(str::to_owned),
    });
    match answered(&shared, request, caller).await {
        Ok(response) => response,
        Err(refusal) => {
            refusal.log(&shared.house.quiet);
            refusal.into_response()
        }
    }
}

async fn answered(
    shared: &Arc<Shared>,
    request: Request,
    caller: Option<Caller>,
) -> Result<Response, Refusal> {
    let place = Arc::clone(&shared.house.places).try_acquire_owned().map_err(|_| busy())?;
    let mut asked = Asked::parse(&body(shared, request).await?, |model| Ok(&offer(shared, model)?.author))?;
    let head = Head {
        id: format!("chatcmpl-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)).into(),
        created: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
        model: asked.model.as_str().into(),
    };
    tracing::info!(
        id = &*head.id,
        model = &*head.model,
        caller = caller.as_ref().map(Caller::to_string),
        stream = asked.stream,
        own_tools = !asked.tools.is_empty(),
        "a completion was asked for"
    );
    asked.caller = caller;
    if asked.stream {
        let with_usage = asked.include_usage;
        let house = Arc::clone(&shared.house);
        let pieces = talk::pieces(shared, asked).await?.inspect_err(move |refusal| refusal.log(&house.quiet));
        let pieces = Box::pin(pieces);
        return Ok(events::response(head, pieces, with_usage, place));
    }
    let completion = talk::completion(shared, asked).await?;
    drop(place);
    let body = answer::json(&head, &completion);
    Ok(([(CONTENT_TYPE, "application/json")], Body::from(body)).into_response())
}

fn offer<'a>(shared: &'a Shared, model: &str) -> Result<&'a Offer, Refusal> {
    shared.models.named(model).ok_or_else(|| unknown_model(&shared.models, model))
}

/// The body, which must be declared as JSON: a web page can send other types to this machine without asking.
async fn body(shared: &Shared, request: Request) -> Result<Bytes, Refusal> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let message = "expected content-type: application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    }
    if let Some(coding) = request.headers().get(CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        let coding = coding.as_bytes().escape_ascii();
        let message = format!("expected a body as it is, found one with content-encoding: {coding}");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    }
    let most = shared.config.serve.max_body_bytes;
    // Of what is declared too large, nothing is read: nobody waits until it has come.
    if request.body().size_hint().lower() > most as u64 {
        return Err(too_large(most));
    }
    let read = tokio::time::timeout(PATIENCE, to_bytes(request.into_body(), most)).await;
    match read {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(too_large(most)),
        Ok(Err(_)) => Err(Refusal::new(StatusCode::BAD_REQUEST, "bad_request", "the body broke off")),
        Err(_) => {
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body took more than 60 s to come"))
        }
    }
}

fn too_large(most: usize) -> Refusal {
    let message = format!("the request has more than {most} bytes; see max_body_bytes under [serve]");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn busy() -> Refusal {
    let message = "as many conversations are open as concurrency under [serve] allows";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "server_busy", message)
        .with_retry_after(Duration::from_secs(1))
}
