//! The paths, and what stands before each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use axum::extract::rejection::PathRejection;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;
use tokio::sync::{Mutex, Semaphore, watch};
use toolgate::metrics::Snapshot;
use toolgate::{Config, ServeConfig, Toolgate};

use crate::access::{Access, METADATA_PATH, metadata_url};
use crate::completion;
use crate::head;
use crate::models::Models;
use crate::quiet::Quiet;
use crate::refusal::{Refusal, shape};

/// What all requests under one configuration share.
pub(crate) struct Shared {
    pub(crate) toolgate: Toolgate,
    /// The settings that these requests are answered by.
    pub(crate) config: Arc<Config>,
    pub(crate) models: Models,
    pub(crate) house: Arc<House>,
}

/// What outlives a configuration.
pub(crate) struct House {
    /// When the server was started, in seconds since 1970.
    pub(crate) since: u64,
    /// Places for conversations.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) stopping: AtomicBool,
    /// Set when conversations are out of time: they end by themselves, so that each client is told what became of its own.
    pub(crate) out_of_time: watch::Sender<bool>,
    pub(crate) quiet: Quiet,
    /// Whose turn it is to put a configuration in place: half of one and half of another would be nobody's.
    pub(crate) reloading: Mutex<()>,
}

impl House {
    pub(crate) fn new(serve: &ServeConfig) -> Self {
        Self {
            since: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
            places: Arc::new(Semaphore::new(serve.concurrency as usize)),
            stopping: AtomicBool::new(false),
            out_of_time: watch::Sender::new(false),
            quiet: Quiet::default(),
            reloading: Mutex::default(),
        }
    }

    /// Ready when conversations are out of time.
    pub(crate) fn until_out_of_time(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut out_of_time = self.out_of_time.subscribe();
        async move {
            // The house is there for as long as anybody converses in it.
            let _ = out_of_time.wait_for(|is_over| *is_over).await;
        }
    }
}

/// The whole service.
pub(crate) fn router(shared: &Arc<Shared>, access: &Access) -> Router {
    let serve = &shared.config.serve;
    let mut guarded = Router::new()
        .route("/v1/chat/completions", post(completion::create))
        .route("/v1/responses", any(responses))
        .route("/v1/models", get(models))
        .route("/v1/models/{*name}", get(model));
    let mut open = Router::new()
        .route("/healthz", get(health))
        .route(METADATA_PATH, get(metadata))
        .route(&format!("{METADATA_PATH}/{{*path}}"), get(metadata));
    if serve.open_metrics {
        open = open.route("/metrics", get(metrics)).route("/health", get(known));
    } else {
        guarded = guarded.route("/metrics", get(metrics)).route("/health", get(known));
    }
    let all = access
        .guard(guarded.with_state(Arc::clone(shared)))
        .merge(open.with_state(Arc::clone(shared)))
        .fallback(|| async { StatusCode::NOT_FOUND });
    // Outside the guard, as a browser asks before it shows a token.
    access.tell_browsers(all).layer(from_fn_with_state(Arc::clone(shared), answered))
}

/// Around every path: a head that fits, a refusal that clients can read, and a count.
async fn answered(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = match head::check(&request) {
        Ok(()) => shape(next.run(request).await),
        Err(refusal) => refusal.into_response(),
    };
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    shared.toolgate.count_request(route, response.status().as_u16(), begun.elapsed());
    response
}

/// The other API of OpenAI's, which some clients speak unless they are told otherwise.
async fn responses() -> Refusal {
    let message = "this server speaks OpenAI's chat completions, and not its responses: have the client post to \
                   /v1/chat/completions (n8n: turn \"Use Responses API\" off; Vercel AI SDK: openai.chat(model); where it goes by the \
                   model's name, as goose and LobeChat do: give it another under [serve.models])";
    Refusal::new(StatusCode::NOT_FOUND, "not_found", message)
}

/// Whether to send conversations here: not any more once the server is told to stop.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    if shared.house.stopping.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "stopping"}))).into_response();
    }
    Json(json!({"status": "ok"})).into_response()
}

/// What is known about everything that a conversation needs. Always 200: a replica is not mended by taking it away where
/// an MCP server is down for all of them.
async fn known(State(shared): State<Arc<Shared>>) -> Response {
    let health = shared.toolgate.health();
    let status = match (shared.house.stopping.load(Ordering::Relaxed), health.is_well()) {
        (true, _) => "stopping",
        (false, true) => "ok",
        (false, false) => "degraded",
    };
    Json(json!({ "status": status, "known": health })).into_response()
}

async fn models(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.models.list()).into_response()
}

async fn model(State(shared): State<Arc<Shared>>, name: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(name)) = name else {
        let message = "expected the name of a model in UTF-8 after /v1/models/, percent-encoded where a URL wants it so";
        return Refusal::invalid("model", message).into_response();
    };
    match shared.models.entry(&name) {
        Some(entry) => Json(entry).into_response(),
        None => unknown_model(&shared.models, &name).into_response(),
    }
}

pub(crate) fn unknown_model(models: &Models, name: &str) -> Refusal {
    let shown: String = name.chars().take(100).flat_map(char::escape_debug).collect();
    let message = format!("there is no model \"{shown}\" here. The models are: {}", models.names());
    Refusal::new(StatusCode::NOT_FOUND, "model_not_found", message)
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let text = shared.toolgate.metrics().to_prometheus();
    ([(CONTENT_TYPE, Snapshot::PROMETHEUS_MEDIA_TYPE)], text).into_response()
}

/// What a client must bring (RFC 9728 section 2). `path` is that of the resource, as clients see it; a proxy may have taken it
/// off.
async fn metadata(State(shared): State<Arc<Shared>>, path: Option<Path<String>>) -> Response {
    let auth = shared.config.serve.auth.as_ref();
    let Some((auth, url)) = auth.and_then(|auth| Some((auth, auth.public_url.as_ref()?))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Some(Path(path)) = path
        && !metadata_url(url).ends_with(&format!("{METADATA_PATH}/{path}"))
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(json!({
        "resource": url,
        "authorization_servers": [auth.issuer],
        "scopes_supported": auth.scopes,
        "bearer_methods_supported": ["header"],
    }))
    .into_response()
}
