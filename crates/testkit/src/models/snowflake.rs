//! Snowflake Cortex's chat completions, below `/snowflake`, for a token that the caller signs with a user's key pair.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Value, json};

use super::canonical::Refusal;
use super::ids::now;
use super::openai::{failure, play};
use super::state::{Dialect, ModelControls};
use super::strict_openai::{check, invalid};

/// Whose tokens are taken, as they name themselves.
const USER: &str = "RIGORG-RIG.RIG_USER";

pub(crate) fn routes(controls: ModelControls) -> Router {
    Router::new().route("/snowflake/api/v2/cortex/v1/chat/completions", post(chat)).with_state(controls)
}

async fn chat(State(controls): State<ModelControls>, headers: HeaderMap, body: Bytes) -> Response {
    complete(&controls, &headers, &body).await.unwrap_or_else(|refusal| {
        let status = StatusCode::from_u16(refusal.status).expect("a status of HTTP");
        (status, Json(refusal.body)).into_response()
    })
}

async fn complete(controls: &ModelControls, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    if let Some(status) = controls.arrive(Dialect::Snowflake, body).await {
        return Err(failure(status));
    }
    check_token(controls, headers)?;
    let body: Value =
        serde_json::from_slice(body).map_err(|error| invalid(&error.to_string(), None, None))?;
    if body.get("max_tokens").is_some() {
        return Err(invalid("max_tokens is deprecated: use max_completion_tokens", None, None));
    }
    check(&body)?;
    play(controls, &body, failure).await
}

/// Claims as the documentation has them, of an hour at most.
fn check_token(controls: &ModelControls, headers: &HeaderMap) -> Result<(), Refusal> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("x-snowflake-authorization-token-type") != "KEYPAIR_JWT" {
        return Err(refused("the token's type is not KEYPAIR_JWT"));
    }
    let Some(key) = controls.snowflake.get() else { return Err(refused("the user has no public key")) };
    let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[format!("{USER}.SHA256:{}", key.fingerprint)]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    validation.sub = Some(USER.to_owned());
    validation.validate_aud = false;
    let token = jsonwebtoken::decode::<Value>(token, &key.public, &validation)
        .map_err(|error| refused(&error.to_string()))?;
    let claim = |name: &str| token.claims[name].as_u64().unwrap_or_default();
    if claim("exp").saturating_sub(claim("iat")) > 3600 || claim("iat") > now() + 60 {
        return Err(refused("it lives for more than an hour"));
    }
    Ok(())
}

fn refused(why: &str) -> Refusal {
    let body = json!({"code": "390144", "message": format!("JWT token is invalid: {why}"), "success": false});
    Refusal { status: 401, body }
}
