//! Registered clients and how they prove who they are (RFC 6749 section 2.3.1).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use url::form_urlencoded;

use super::SCOPES;
use super::refusal::Refusal;
use super::token::Form;

/// A registered confidential client.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    id: String,
    secret: String,
    scopes: Vec<String>,
}

impl Client {
    /// A client that may be granted `scopes` and no more.
    ///
    /// ```
    /// let client = toolgate_testkit::Client::new("reporting", "its-secret", ["customer:read"]);
    /// assert_eq!(client.id(), "reporting");
    /// ```
    pub fn new<S: Into<String>>(
        id: impl Into<String>,
        secret: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        Self { id: id.into(), secret: secret.into(), scopes: scopes.into_iter().map(Into::into).collect() }
    }

    /// The demo's two: `openai-mcp-client`, which may do everything, and `read-only-client`, which may not create tickets.
    pub fn demo() -> [Self; 2] {
        [
            Self::new("openai-mcp-client", "openai-client-secret", SCOPES),
            Self::new("read-only-client", "read-only-secret", ["customer:read", "account:calculate"]),
        ]
    }

    /// The client identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Every scope the client may be granted.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// How a client authenticated at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `Authorization: Basic`, both parts form-urlencoded first.
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
}

/// Finds the client that a token request proves to be.
pub(super) fn authenticate<'a>(
    clients: &'a [Client],
    headers: &HeaderMap,
    form: &Form,
) -> Result<(&'a Client, ClientAuthentication), Refusal> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let (id, secret, method) = match (authorizations.next(), form.one("client_secret")) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid_request("two client authentication methods in one request"));
        }
        (Some(_), None) if authorizations.next().is_some() => {
            return Err(Refusal::invalid_request("more than one Authorization header"));
        }
        (Some(value), None) => {
            let (id, secret) = basic(value.as_bytes())
                .ok_or_else(|| Refusal::invalid_client("Authorization is not well-formed Basic"))?;
            if form.one("client_id").is_some_and(|other| other != id) {
                return Err(Refusal::invalid_request("client_id differs from the authenticated client"));
            }
            (id, secret, ClientAuthentication::ClientSecretBasic)
        }
        (None, Some(secret)) => {
            let id = form.one("client_id").ok_or_else(|| Refusal::invalid_request("client_id is missing"))?;
            (id.to_owned(), secret.to_owned(), ClientAuthentication::ClientSecretPost)
        }
        (None, None) => return Err(Refusal::invalid_client("no client authentication")),
    };
    clients
        .iter()
        .find(|client| client.id == id && client.secret == secret)
        .map(|client| (client, method))
        .ok_or_else(|| Refusal::invalid_client("unknown client or wrong secret"))
}

fn basic(value: &[u8]) -> Option<(String, String)> {
    let (scheme, credentials) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((decode(id)?, decode(secret)?))
}

/// Undoes form-urlencoding of one value; what was never encoded (a bare `&`) is refused.
fn decode(text: &str) -> Option<String> {
    if text.contains('&') {
        return None;
    }
    let form = format!("v={text}");
    form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_decoded() {
        let value = format!("bAsIc {}", STANDARD.encode("weird%20id:p%26ss%3Aw+rd"));
        assert_eq!(basic(value.as_bytes()), Some(("weird id".to_owned(), "p&ss:w rd".to_owned())));
        let bare = format!("Basic {}", STANDARD.encode("id:a&b"));
        assert_eq!(basic(bare.as_bytes()), None);
    }

    #[test]
    fn secrets_stay_out_of_debug() {
        let shown = format!("{:?}", Client::new("id", "canary-5up3r", ["a"]));
        assert!(shown.contains("id") && !shown.contains("canary"), "{shown}");
    }
}
