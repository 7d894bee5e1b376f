//! Reading what a token endpoint answered (RFC 6749 sections 5.1 and 5.2): strict where a mistake would be dangerous,
//! lenient only where the standard says so.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use tokio::time::Instant;
use toolgate_http_client::redacted_url;
use zeroize::Zeroizing;

use crate::access_token::{AccessToken, Scheme, TokenType};
use crate::error::foreign;
use crate::retry_after::retry_after;
use crate::scope::{self, Scopes};
use crate::{ClientCredentials, TokenError, echo, json};

/// `expires_in` absent: an hour, as the servers that leave it out mean it.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);

/// No lifetime above a day is believed; no clock arithmetic can overflow.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A response with its whole body.
pub(crate) struct Answer<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// What the request was, as far as reading its answer needs it.
pub(crate) struct Asked<'a> {
    pub(crate) credentials: &'a ClientCredentials,
    /// The assertion that was sent.
    pub(crate) assertion: Option<&'a str>,
    /// When the request began: the token's lifetime counts from here.
    pub(crate) at: Instant,
}

impl Asked<'_> {
    /// The token in `answer`, or why there is none.
    pub(crate) fn read(&self, answer: &Answer<'_>) -> Result<AccessToken, TokenError> {
        // Frameworks answer a POST that made something with 201.
        if !matches!(answer.status, StatusCode::OK | StatusCode::CREATED) {
            return Err(self.failure(answer));
        }
        if !json::is_json(answer.headers) {
            return Err(self
                .invalid(&format!("expected application/json, got {}", json::content_type(answer.headers))));
        }
        let mut members = json::object(answer.body).map_err(|reason| self.invalid(&reason))?;
        if members.get("error").is_some_and(|error| !error.is_null()) {
            return Err(self.refusal(answer, &members));
        }
        let secret = match members.remove("access_token") {
            Some(Value::String(secret)) => Zeroizing::new(secret),
            _ => return Err(self.invalid("expected access_token to be a string")),
        };
        let scheme = self.scheme(&members)?;
        let lifetime = lifetime(members.get("expires_in")).map_err(|reason| self.invalid(reason))?;
        let scopes = self.granted(&members)?;
        if members.contains_key("refresh_token") {
            tracing::debug!("dropped a refresh token: the client credentials grant needs none");
        }
        AccessToken::new(&secret, scheme, self.at + lifetime, scopes).ok_or_else(|| {
            self.invalid("expected access_token to be token68 characters, found others or none")
        })
    }

    fn scheme(&self, members: &Map<String, Value>) -> Result<Scheme, TokenError> {
        let found = match members.get("token_type") {
            Some(Value::String(found)) if !found.is_empty() => found,
            _ => return Err(self.invalid("expected token_type to be a non-empty string")),
        };
        let wanted = self.credentials.scheme();
        let expected = wanted.token_type();
        if found.eq_ignore_ascii_case(expected.as_str()) {
            return Ok(wanted);
        }
        if found.eq_ignore_ascii_case(TokenType::Bearer.as_str()) {
            if self.credentials.takes_unbound() {
                tracing::warn!("the authorization server did not bind the token to this client's key");
                return Ok(Scheme::Bearer);
            }
            return Err(TokenError::NotSenderConstrained { found: foreign(&self.without_secrets(found)) });
        }
        Err(TokenError::UnsupportedTokenType {
            found: foreign(&self.without_secrets(found)),
            expected: expected.as_str(),
        })
    }

    fn granted(&self, members: &Map<String, Value>) -> Result<Option<Scopes>, TokenError> {
        let asked = &self.credentials.scopes;
        let granted = match members.get("scope") {
            // RFC 6749 section 5.1: absent means as asked.
            None | Some(Value::Null) => (!asked.is_empty()).then(|| asked.clone()),
            Some(Value::String(list)) => Some(scope::parsed(list).map_err(|reason| self.invalid(&reason))?),
            Some(_) => return Err(self.invalid("expected scope to be a string")),
        };
        let none = Scopes::new();
        let missing: Vec<_> =
            self.credentials.required.difference(granted.as_ref().unwrap_or(&none)).collect();
        if missing.is_empty() {
            return Ok(granted);
        }
        let missing = missing.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        Err(TokenError::InsufficientScopeGranted { missing })
    }

    fn failure(&self, answer: &Answer<'_>) -> TokenError {
        let status = answer.status;
        if status.is_success() {
            return self.invalid(&format!("expected status 200, got {status}"));
        }
        if json::is_json(answer.headers)
            && let Ok(members) = json::object(answer.body)
            && members.get("error").is_some_and(Value::is_string)
        {
            return self.refusal(answer, &members);
        }
        let denied = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        TokenError::HttpStatus {
            url: redacted_url(self.credentials.token_endpoint.as_str()),
            status,
            hint: (denied && answer.body.is_empty())
                .then_some("empty body; some servers answer so for a wrong client id or secret"),
            retry_after: retry_after(answer.headers, SystemTime::now()),
        }
    }

    fn refusal(&self, answer: &Answer<'_>, members: &Map<String, Value>) -> TokenError {
        let text =
            |name| members.get(name).and_then(Value::as_str).map(|text| foreign(&self.without_secrets(text)));
        TokenError::OAuth {
            status: answer.status,
            code: text("error").unwrap_or_else(|| "an error that is no string".to_owned()),
            description: text("error_description"),
            retry_after: retry_after(answer.headers, SystemTime::now()),
        }
    }

    fn without_secrets(&self, text: &str) -> String {
        echo::without(text, self.credentials, self.assertion)
    }

    fn invalid(&self, reason: &str) -> TokenError {
        TokenError::InvalidResponse {
            url: redacted_url(self.credentials.token_endpoint.as_str()),
            reason: self.without_secrets(reason),
        }
    }
}

fn lifetime(expires_in: Option<&Value>) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected expires_in to be a whole number of seconds, not negative";
    let seconds = match expires_in {
        None => return Ok(DEFAULT_LIFETIME),
        Some(Value::Number(number)) => number.as_u64().ok_or(EXPECTED)?,
        // A common server bug, unambiguous enough to be understood.
        Some(Value::String(digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            tracing::debug!("the token endpoint sends expires_in as a string");
            digits.parse().unwrap_or(u64::MAX)
        }
        Some(_) => return Err(EXPECTED),
    };
    Ok(Duration::from_secs(seconds).min(MAX_LIFETIME))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ClientAuthentication, Secret};

    fn read(status: u16, content_type: &str, body: &str) -> Result<AccessToken, TokenError> {
        let authentication = ClientAuthentication::SecretPost(Secret::new("s3cr3t"));
        let credentials = ClientCredentials::new("https://as.example/token", "id", authentication)
            .and_then(|c| c.with_scopes(["a", "b"]))
            .and_then(|c| c.with_required_scopes(["a"]))
            .unwrap();
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, content_type.parse().unwrap())]);
        let asked = Asked { credentials: &credentials, assertion: None, at: Instant::now() };
        let status = StatusCode::from_u16(status).unwrap();
        asked.read(&Answer { status, headers: &headers, body: body.as_bytes() })
    }

    fn good(change: &Value) -> Result<AccessToken, TokenError> {
        let mut body = json!({"access_token": "tok", "token_type": "bEARER", "expires_in": 60});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(200, "application/json", &body.to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn lifetimes() {
        assert_eq!(good(&json!({})).unwrap().expires_in(), Duration::from_secs(60));
        assert_eq!(good(&json!({"expires_in": "90"})).unwrap().expires_in(), Duration::from_secs(90));
        assert_eq!(good(&json!({"expires_in": u64::MAX})).unwrap().expires_in(), MAX_LIFETIME);
        for bad in [json!(-1), json!(1.5), json!(true), json!("soon"), json!(null)] {
            assert_eq!(good(&json!({"expires_in": bad})).unwrap_err().kind(), "invalid_response", "{bad}");
        }
        let absent = read(200, "application/json", r#"{"access_token":"tok","token_type":"Bearer"}"#);
        assert_eq!(absent.unwrap().expires_in(), DEFAULT_LIFETIME);
    }

    #[tokio::test]
    async fn granted_scopes_are_a_set_and_required_ones_must_be_there() {
        assert_eq!(good(&json!({})).unwrap().scopes().unwrap().len(), 2);
        assert_eq!(good(&json!({"scope": "a"})).unwrap().scopes().unwrap().len(), 1);
        let refused = good(&json!({"scope": "b"})).unwrap_err();
        assert_eq!(
            (refused.kind(), refused.to_string().contains("grant a")),
            ("insufficient_scope_granted", true)
        );
    }

    #[tokio::test]
    async fn errors_say_why_without_the_secret() {
        let body = r#"{"error":"invalid_client","error_description":"bad s3cr3t\u001b[31m"}"#;
        for status in [200, 400, 401] {
            let error = read(status, "application/json", body).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains("invalid_client") && text.contains("[redacted]"), "{text}");
            assert!(!text.contains("s3cr3t") && !text.contains('\x1b'), "{text}");
        }
        assert_eq!(read(401, "text/html", "<h1>").unwrap_err().kind(), "http_status");
        assert_eq!(read(204, "application/json", "").unwrap_err().kind(), "invalid_response");
        let token = r#"{"access_token":"tok","token_type":"Bearer","expires_in":60}"#;
        assert_eq!(read(202, "application/json", token).unwrap_err().kind(), "invalid_response");
        assert!(read(201, "application/json", token).is_ok(), "as what makes something answers");
        for unknown in ["N_A", "mac", "DPoP"] {
            assert_eq!(good(&json!({"token_type": unknown})).unwrap_err().kind(), "unsupported_token_type");
        }
    }

    #[tokio::test]
    async fn cc_30_to_cc_35_what_must_be_there_and_what_may() {
        for (name, bad) in [("access_token", json!(1)), ("access_token", json!("a b")), ("scope", json!([]))]
            .into_iter()
            .chain([("token_type", json!(null)), ("token_type", json!("")), ("access_token", json!(null))])
        {
            assert_eq!(good(&json!({name: bad})).unwrap_err().kind(), "invalid_response", "{name}: {bad}");
        }
        assert!(good(&json!({"future": {"a": [1]}, "refresh_token": "r"})).is_ok());
        let twice = r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#;
        assert_eq!(read(200, "application/json", twice).unwrap_err().kind(), "invalid_response");
        let page = read(200, "text/html", "<h1>").unwrap_err().to_string();
        assert!(page.contains("expected application/json, got text/html"), "{page}");
    }

    #[tokio::test]
    async fn cc_37_an_empty_refusal_says_what_it_may_mean() {
        let error = read(403, "application/json", "").unwrap_err();
        assert_eq!(error.kind(), "http_status");
        assert!(error.to_string().contains("403") && error.to_string().contains("empty body"), "{error}");
        let page = read(502, "text/html", &"<h1>".repeat(1000)).unwrap_err().to_string();
        assert!(page.len() < 200 && !page.contains("<h1>"), "{page}");
    }

    #[tokio::test]
    async fn cc_45_an_echoed_assertion_is_taken_out() {
        let credentials =
            ClientCredentials::new("https://as.example/token", "id", ClientAuthentication::TlsClientAuth)
                .unwrap();
        let headers =
            HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
        let asked =
            Asked { credentials: &credentials, assertion: Some("eyJh.eyJi.c2ln"), at: Instant::now() };
        let body = br#"{"error":"invalid_client","error_description":"bad eyJh.eyJi.c2ln"}"#;
        let answer = Answer { status: StatusCode::UNAUTHORIZED, headers: &headers, body };
        let error = asked.read(&answer).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c2ln"), "{error}");
    }
}
