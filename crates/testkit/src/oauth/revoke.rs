//! Token revocation (RFC 7009): notes what is given back. The MCP server, which verifies signatures, does not hear of it.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::clients::authenticate;
use super::controls::OAuthControls;
use super::refusal::Refusal;
use super::token::Form;

pub(super) async fn revoke(State(server): State<OAuthControls>, headers: HeaderMap, body: Bytes) -> Response {
    match given_back(&server, &headers, &body) {
        Ok(token) => {
            server.record_revocation(token);
            StatusCode::OK.into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn given_back(server: &OAuthControls, headers: &HeaderMap, body: &[u8]) -> Result<String, Refusal> {
    let form = Form::parse(headers, body)?;
    authenticate(server.clients(), headers, &form)?;
    let token = form.one("token").ok_or_else(|| Refusal::invalid_request("token is missing"))?;
    Ok(token.to_owned())
}
