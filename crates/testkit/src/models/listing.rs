//! `GET /v1/models`, where two APIs meet: Anthropic's is the one whose requests name a version.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use serde_json::{Value, json};

use super::state::ModelControls;
use super::{anthropic, openai};

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/v1/models", get(models)).with_state(controls)
}

async fn models(State(controls): State<ModelControls>, headers: HeaderMap) -> Response {
    if headers.contains_key("anthropic-version") {
        return match anthropic::check_key(&controls, &headers) {
            Ok(()) => Json(of_anthropic()).into_response(),
            Err(refusal) => anthropic::refused(refusal, &controls.ids.next("req_", 24)),
        };
    }
    let response = match openai::check_key(&controls, &headers) {
        Ok(()) => Json(of_openai()).into_response(),
        Err(refusal) => openai::refused(refusal),
    };
    openai::stamped(response, &controls)
}

fn of_openai() -> Value {
    let model =
        |id: &str| json!({"id": id, "object": "model", "created": 1_715_367_049, "owned_by": "system"});
    json!({"object": "list", "data": [model("gpt-4o-mini"), model("gpt-rig")]})
}

fn of_anthropic() -> Value {
    let id = "claude-rig";
    let model =
        json!({"type": "model", "id": id, "display_name": "Claude", "created_at": "2025-09-29T00:00:00Z"});
    json!({"data": [model], "has_more": false, "first_id": id, "last_id": id})
}
