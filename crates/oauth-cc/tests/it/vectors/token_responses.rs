//! token-responses.json over a real HTTP server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use toolgate_oauth_cc::{
    AccessToken, ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenError, TokenSource,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Verdict, cases, id, judge, report};

#[tokio::test]
async fn token_responses() {
    let Some(cases) = cases("token-responses.json") else { return };
    let mut results = Vec::new();
    for case in &cases {
        let outcome = ask(case).await;
        let verdict: Verdict = outcome.as_ref().map(|_| ()).map_err(|error| error.kind().to_owned());
        results.push((id(case), judge(case, &verdict).and_then(|()| details(case, &outcome))));
    }
    report("token-responses.json", results);
}

async fn ask(case: &Value) -> Result<AccessToken, TokenError> {
    let server = MockServer::start().await;
    let mut response = ResponseTemplate::new(u16::try_from(case["status"].as_u64().unwrap()).unwrap())
        .set_body_bytes(case["body"].as_str().unwrap());
    for (name, value) in case["headers"].as_object().unwrap() {
        response = response.insert_header(name.as_str(), value.as_str().unwrap());
    }
    Mock::given(wiremock::matchers::any()).respond_with(response).mount(&server).await;
    let secret = ClientAuthentication::SecretPost(Secret::new("s3cr3t-VALUE"));
    let scopes = case["requested_scope"].as_str().unwrap_or_default();
    let credentials = ClientCredentials::new(&format!("{}/token", server.uri()), "client", secret)
        .and_then(|c| c.with_scopes(scopes.split_whitespace()))
        .and_then(|c| c.with_resource("https://mcp.rig.test/a"))
        .unwrap()
        .with_insecure_loopback(true);
    let cache = TokenCache::new(credentials, Arc::new(crate::wire::client())).with_attempts(1);
    cache.token().await
}

fn details(case: &Value, outcome: &Result<AccessToken, TokenError>) -> Result<(), String> {
    let expected = &case["expect"];
    match outcome {
        Ok(token) => {
            let most = expected["cache_s"].as_u64().unwrap_or(24 * 3600);
            if token.expires_in() > Duration::from_secs(most) {
                return Err(format!("cached for {:?}", token.expires_in()));
            }
            let Some(granted) = expected["granted"].as_array() else { return Ok(()) };
            let found: Vec<Value> =
                token.scopes().into_iter().flatten().map(|s| Value::from(s.as_str())).collect();
            let mut granted = granted.clone();
            granted.sort_by_key(|scope| scope.as_str().map(str::to_owned));
            if found == granted { Ok(()) } else { Err(format!("granted {found:?}")) }
        }
        Err(error) => failure_details(expected, error),
    }
}

fn failure_details(expected: &Value, error: &TokenError) -> Result<(), String> {
    let text = format!("{error} {error:?}");
    if text.contains("s3cr3t-VALUE") || text.len() > 2000 || text.chars().any(char::is_control) {
        return Err(format!("the error shows too much: {}", text.escape_debug()));
    }
    if let TokenError::OAuth { code, description, .. } = error {
        for (name, found) in [("code", Some(code)), ("description", description.as_ref())] {
            if let (Some(wanted), Some(found)) = (expected[name].as_str(), found)
                && wanted != found
            {
                return Err(format!("{name} {found}"));
            }
        }
    }
    match expected["retry"].as_bool() {
        Some(retry) if retry != error.is_transient() => Err(format!("transient: {}", error.is_transient())),
        _ => Ok(()),
    }
}
