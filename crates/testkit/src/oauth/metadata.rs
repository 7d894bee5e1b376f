//! Published documents: the JWK set (RFC 7517), authorization server metadata (RFC 8414) and its OpenID twin.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::controls::OAuthControls;

pub(super) async fn jwks(State(server): State<OAuthControls>) -> Response {
    server.count_jwks_request();
    if let Some(failure) = server.jwks_trouble().befalls().await {
        return failure;
    }
    let keys: Vec<_> = server.published_keys().into_iter().map(|key| key.jwk.clone()).collect();
    Json(json!({ "keys": keys })).into_response()
}

pub(super) async fn authorization_server(State(server): State<OAuthControls>) -> Response {
    metadata(&server, Map::new()).await
}

/// The same document with the members that OpenID Connect Discovery 1.0 section 3 requires on top.
pub(super) async fn openid_configuration(State(server): State<OAuthControls>) -> Response {
    let mut extra = Map::new();
    extra.insert("subject_types_supported".into(), json!(["public"]));
    extra.insert("id_token_signing_alg_values_supported".into(), json!([server.algorithm().name()]));
    metadata(&server, extra).await
}

async fn metadata(server: &OAuthControls, extra: Map<String, Value>) -> Response {
    server.count_metadata_request();
    if let Some(failure) = server.metadata_trouble().befalls().await {
        return failure;
    }
    let origin = server.origin();
    let mut document = extra;
    document.insert("issuer".into(), json!(server.issuer()));
    document.insert("token_endpoint".into(), json!(format!("{origin}/token")));
    document.insert("jwks_uri".into(), json!(format!("{origin}/jwks")));
    document.insert("grant_types_supported".into(), json!(["client_credentials"]));
    // Required, and must not be empty (RFC 8414 sections 2 and 3.2), even without an authorization endpoint.
    document.insert("response_types_supported".into(), json!(["none"]));
    document.insert(
        "token_endpoint_auth_methods_supported".into(),
        json!(["client_secret_basic", "client_secret_post"]),
    );
    document.insert("scopes_supported".into(), json!(server.scopes()));
    Json(Value::Object(document)).into_response()
}
