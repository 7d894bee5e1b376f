//! What stands in front of the MCP service: counting, bearer tokens, scopes per tool.
//!
//! Challenges follow RFC 6750 section 3 with `resource_metadata` of RFC 9728 section 5.1: no error code when no token
//! came, `invalid_token` for a bad one, `insufficient_scope` with the scope for a tool beyond the token.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;

use super::access::verify;
use super::controls::McpControls;
use super::tools;

/// As much as rmcp itself reads.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The tool of a `tools/call`, as it is asked for.
#[derive(Clone)]
struct CalledTool(String);

/// Counts a request, and lets the trouble happen that a test ordered.
pub(super) async fn count(State(server): State<McpControls>, request: Request<Body>, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let tool = called_tool(&body);
    server.count_request(tool.as_deref());
    if let Some(failure) = server.trouble().befalls().await {
        return failure;
    }
    if let Some(tool) = tool {
        parts.extensions.insert(CalledTool(tool));
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Checks the token and what it is good for, behind [`count`].
pub(super) async fn guard(State(server): State<McpControls>, request: Request<Body>, next: Next) -> Response {
    let tool = request.extensions().get::<CalledTool>().map(|CalledTool(tool)| tool.as_str());
    if let Err(refusal) = admit(&server, request.headers(), request.uri().query(), tool) {
        server.count_refusal(refusal.status());
        return refusal.respond(&server, request.uri().path());
    }
    next.run(request).await
}

/// The name in a `tools/call`, read before any check so that refused calls are counted too.
fn called_tool(body: &[u8]) -> Option<String> {
    let message: Value = serde_json::from_slice(body).ok()?;
    if message["method"] != "tools/call" {
        return None;
    }
    message["params"]["name"].as_str().map(str::to_owned)
}

/// Why a request goes no further.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NoToken,
    InvalidRequest,
    InvalidToken,
    InsufficientScope(&'static str),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::InsufficientScope(_) => StatusCode::FORBIDDEN,
        }
    }

    fn respond(&self, server: &McpControls, path: &str) -> Response {
        let (error, scope) = match self {
            Self::NoToken => (None, server.challenged_scope()),
            Self::InvalidRequest => (Some("invalid_request"), None),
            Self::InvalidToken => (Some("invalid_token"), server.challenged_scope()),
            Self::InsufficientScope(scope) => (Some("insufficient_scope"), Some(*scope)),
        };
        let metadata = server.metadata_url(path);
        let parameters = [("error", error), ("scope", scope), ("resource_metadata", Some(&*metadata))];
        let parameters: Vec<String> = parameters
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| format!("{name}=\"{value}\"")))
            .collect();
        let challenge = format!("Bearer {}", parameters.join(", "));
        (self.status(), [(WWW_AUTHENTICATE, challenge)]).into_response()
    }
}

fn admit(
    server: &McpControls,
    headers: &HeaderMap,
    query: Option<&str>,
    tool: Option<&str>,
) -> Result<(), Refusal> {
    let token = bearer(headers, query)?;
    let access = verify(server.authorization_server(), server.audiences(), token)
        .filter(|access| server.accepts(&access.jti))
        .ok_or(Refusal::InvalidToken)?;
    match tool.and_then(tools::find).and_then(|definition| definition.scope) {
        Some(scope) if !access.allows(scope) => Err(Refusal::InsufficientScope(scope)),
        _ => Ok(()),
    }
}

/// One `Authorization` header with one bearer token; never in the query (OAuth 2.1 section 5.1).
fn bearer<'a>(headers: &'a HeaderMap, query: Option<&str>) -> Result<&'a str, Refusal> {
    let in_query = url::form_urlencoded::parse(query.unwrap_or("").as_bytes())
        .any(|(name, _)| name.eq_ignore_ascii_case("access_token"));
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next();
    if in_query || values.next().is_some() {
        return Err(Refusal::InvalidRequest);
    }
    let value = first.ok_or(Refusal::NoToken)?.to_str().map_err(|_| Refusal::InvalidRequest)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            let token = token.trim_start_matches(' ');
            let one = !token.is_empty() && !token.contains([' ', ',']);
            if one { Ok(token) } else { Err(Refusal::InvalidRequest) }
        }
        _ => Err(Refusal::NoToken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str], query: Option<&str>) -> Result<String, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers, query).map(str::to_owned)
    }

    #[test]
    fn one_header_one_token_any_case() {
        assert_eq!(read(&["bEARER a.b.c"], None), Ok("a.b.c".to_owned()));
        assert_eq!(read(&[], None), Err(Refusal::NoToken));
        assert_eq!(read(&["Basic abc"], None), Err(Refusal::NoToken));
        for values in [&["Bearer a", "Bearer b"][..], &["Bearer a b"], &["Bearer a, Bearer b"], &["Bearer "]]
        {
            assert_eq!(read(values, None), Err(Refusal::InvalidRequest), "{values:?}");
        }
        assert_eq!(read(&["Bearer a"], Some("access_token=a")), Err(Refusal::InvalidRequest));
    }
}
