//! Scripted models: one server that speaks the APIs of OpenAI (chat completions and responses), Anthropic, Gemini,
//! Cohere, Mistral, Ollama, Bedrock (Converse), Vertex AI (Anthropic's messages), SageMaker, Snowflake and watsonx (chat
//! completions), and answers by a [`Script`]. Five of them embed texts too ([`embedding`]).
//!
//! It is an independent counterpart for clients of these APIs: it shares no code with ours and refuses what the real
//! ones refuse, with their status and in their words. All dialects play one script, so that the same
//! conversation can be had through each. A final text is made from the tool result that the client sent.
//!
//! # Templates
//!
//! Texts and arguments of a script may have placeholders: `{result:/calculation/total}` is a value inside the latest
//! tool result, by JSON Pointer (RFC 6901), `{result:}` all of it, `{result.TOOL:/name}` the same of the latest result
//! of that tool, `{result:/average|2}` a number with two decimals, and `{customer}` what the group of that name in the
//! rule's pattern captured.

mod anthropic;
mod anthropic_shape;
mod anthropic_stream;
mod aws_signature;
mod bedrock;
mod bedrock_shape;
mod bedrock_stream;
mod canonical;
mod cohere;
mod cohere_shape;
mod cohere_stream;
mod deepseek;
mod embeddings;
mod gemini;
mod gemini_shape;
mod gemini_stream;
mod google_account;
mod ids;
mod listing;
mod mistral;
mod mistral_shape;
mod ollama;
mod ollama_shape;
mod openai;
mod openai_shape;
mod openai_stream;
mod responses;
mod responses_shape;
mod responses_stream;
mod rsa_key;
mod sagemaker;
mod script;
mod shape;
mod snowflake;
mod sse;
mod state;
mod strict_anthropic;
mod strict_anthropic_turns;
mod strict_bedrock;
mod strict_cohere;
mod strict_gemini;
mod strict_gemini_contents;
mod strict_gemini_tools;
mod strict_openai;
mod strict_openai_tools;
mod strict_responses;
mod template;
mod vertex;
mod watsonx;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use http::{HeaderMap, Method, Uri};
use rustls::ServerConfig;

pub use embeddings::embedding;
pub use script::{
    Action, Condition, Fault, Pattern, Rule, Script, ScriptedArguments, ScriptedCall, Test, When,
};
pub use state::{AwsKeys, Dialect, Keys, ModelControls};

use crate::serve::{Serving, listen, serve};

/// The longest request body: more than any text conversation needs.
const BODY_LIMIT: usize = 32 << 20;

/// Models that run until this is dropped.
#[derive(Debug)]
pub struct ModelServer {
    serving: Serving,
    controls: ModelControls,
}

impl ModelServer {
    /// Serves models that play `script`, under the default [`Keys`], on the wanted port of 127.0.0.1 if it is free and
    /// on any other if not.
    pub async fn start(tls: Arc<ServerConfig>, port: Option<u16>, script: Script) -> Self {
        Self::start_with(tls, port, ModelControls::new(script, Keys::default())).await
    }

    /// The same with a state of your own, for other keys.
    pub async fn start_with(tls: Arc<ServerConfig>, port: Option<u16>, controls: ModelControls) -> Self {
        let serving = serve(router(controls.clone()), listen(port).await, tls);
        Self { serving, controls }
    }

    /// What tests see and steer.
    pub fn controls(&self) -> &ModelControls {
        &self.controls
    }

    /// `https://localhost:PORT/v1`, for responses too.
    pub fn openai_base_url(&self) -> String {
        format!("{}/v1", self.serving.url())
    }

    /// `https://localhost:PORT`, for Cohere, Ollama, Bedrock, SageMaker and watsonx too.
    pub fn anthropic_base_url(&self) -> String {
        self.serving.url()
    }

    /// `https://localhost:PORT/v1beta`
    pub fn gemini_base_url(&self) -> String {
        format!("{}/v1beta", self.serving.url())
    }

    /// `https://localhost:PORT/mistral/v1`: OpenAI's paths are taken.
    pub fn mistral_base_url(&self) -> String {
        format!("{}/mistral/v1", self.serving.url())
    }

    /// `https://localhost:PORT/deepseek`: chat completions whose calls are thought.
    pub fn deepseek_base_url(&self) -> String {
        format!("{}/deepseek", self.serving.url())
    }

    /// The place of Anthropic's models on Vertex AI.
    pub fn vertex_base_url(&self) -> String {
        format!("{}/google/v1/projects/rig/locations/rig/publishers/anthropic", self.serving.url())
    }

    /// Where Snowflake's chat completions are.
    pub fn snowflake_base_url(&self) -> String {
        format!("{}/snowflake/api/v2/cortex/v1", self.serving.url())
    }

    /// The key file of a service account that may ask them (`GOOGLE_APPLICATION_CREDENTIALS`).
    pub fn google_credentials(&self) -> String {
        self.controls.google_credentials(&format!("{}/google/token", self.serving.url()))
    }

    /// Stops the server and waits until its port is closed.
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}

/// The models as a router, to be served elsewhere.
pub fn router(controls: ModelControls) -> Router {
    let lost = Router::new().fallback(lost).with_state(controls.clone());
    openai::routes(controls.clone())
        .merge(anthropic::routes(controls.clone()))
        .merge(gemini::routes(controls.clone()))
        .merge(responses::routes(controls.clone()))
        .merge(cohere::routes(controls.clone()))
        .merge(mistral::routes(controls.clone()))
        .merge(deepseek::routes(controls.clone()))
        .merge(ollama::routes(controls.clone()))
        .merge(bedrock::routes(controls.clone()))
        .merge(vertex::routes(controls.clone()))
        .merge(sagemaker::routes(controls.clone()))
        .merge(snowflake::routes(controls.clone()))
        .merge(watsonx::routes(controls.clone()))
        .merge(embeddings::routes(controls.clone()))
        .merge(listing::routes(controls.clone()))
        .method_not_allowed_fallback(not_allowed)
        .fallback_service(lost)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// A wrong path, answered by the API that it was most likely meant for.
async fn lost(
    State(controls): State<ModelControls>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if uri.path().starts_with("/v1beta") || headers.contains_key("x-goog-api-key") {
        gemini::lost(&uri)
    } else if headers.contains_key("anthropic-version") || headers.contains_key("x-api-key") {
        let refusal = strict_anthropic::refusal(404, "Not found");
        anthropic::refused(refusal, &anthropic::request_id(&controls.ids))
    } else {
        let message = format!("Invalid URL ({method} {})", uri.path());
        openai::refused(strict_openai::refusal(404, &message, None, None))
    }
}

async fn not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!("Not allowed to {method} on {}.", uri.path());
    openai::refused(strict_openai::refusal(405, &message, None, Some("method_not_supported")))
}
