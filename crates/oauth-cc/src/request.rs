//! The token request (RFC 6749 section 4.4.2), built by the `oauth2` crate. Sending it and reading the answer are ours:
//! the crate's own reading takes duplicate members and any content type.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, IntrospectionUrl, Scope, TokenUrl,
};
use toolgate_http_client::{Credential, Request, TokenEndpoint};
use url::Url;
use zeroize::Zeroizing;

use crate::{ClientAuthentication, ClientCredentials, TokenError};

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The request for `credentials`, `assertion` being the signed one for `private_key_jwt`.
pub(crate) fn token_request(
    credentials: &ClientCredentials,
    assertion: Option<&str>,
) -> Result<Request, TokenError> {
    let client = client(credentials).set_token_uri(TokenUrl::from_url(credentials.token_endpoint.clone()));
    let mut grant =
        client.exchange_client_credentials().add_scopes(credentials.scopes.iter().cloned().map(Scope::new));
    for (name, value) in asserted(assertion) {
        grant = grant.add_extra_param(name, value);
    }
    if let Some(resource) = &credentials.resource {
        grant = grant.add_extra_param("resource", resource);
    }
    for (name, value) in &credentials.extra {
        grant = grant.add_extra_param(name, value);
    }
    let built = built(|keep| grant.request(&keep).err().map(drop));
    authenticated(credentials, &credentials.token_endpoint, built)
}

/// A request about `token` at an introspection or revocation endpoint: both take the same parameters (RFC 7662 section
/// 2.1, RFC 7009 section 2.1).
pub(crate) fn request_about(
    credentials: &ClientCredentials,
    assertion: Option<&str>,
    endpoint: &Url,
    token: &str,
) -> Result<Request, TokenError> {
    let client = client(credentials).set_introspection_url(IntrospectionUrl::from_url(endpoint.clone()));
    let token = oauth2::AccessToken::new(token.to_owned());
    let mut question = client.introspect(&token).set_token_type_hint("access_token");
    for (name, value) in asserted(assertion) {
        question = question.add_extra_param(name, value);
    }
    let built = built(|keep| question.request(&keep).err().map(drop));
    authenticated(credentials, endpoint, built)
}

fn client(credentials: &ClientCredentials) -> BasicClient {
    let in_header = credentials.authentication.method() == "client_secret_basic";
    let client = BasicClient::new(ClientId::new(credentials.client_id.clone())).set_auth_type(if in_header {
        AuthType::BasicAuth
    } else {
        AuthType::RequestBody
    });
    match credentials.authentication.secret() {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
        None => client,
    }
}

fn asserted(assertion: Option<&str>) -> impl Iterator<Item = (&'static str, String)> {
    let parameters = assertion
        .map(|jws| [("client_assertion_type", JWT_BEARER.to_owned()), ("client_assertion", jws.to_owned())]);
    parameters.into_iter().flatten()
}

/// The crate hands a finished request only to its HTTP client: this one keeps it and sends nothing.
fn built<R>(
    build: impl FnOnce(&dyn Fn(HttpRequest) -> Result<HttpResponse, std::fmt::Error>) -> R,
) -> Option<HttpRequest> {
    let kept = Cell::new(None);
    let keep = |request: HttpRequest| {
        kept.set(Some(request));
        Err(std::fmt::Error)
    };
    build(&keep);
    kept.into_inner()
}

/// Takes the secret out of the headers and binds it to the endpoint's origin.
fn authenticated(
    credentials: &ClientCredentials,
    endpoint: &Url,
    built: Option<HttpRequest>,
) -> Result<Request, TokenError> {
    let origin = credentials.origin(endpoint)?;
    let built = built
        .ok_or_else(|| TokenError::configuration("token_url", "no request can be built for this URL"))?;
    let (mut parts, body) = built.into_parts();
    let mut authorization = parts.headers.remove(AUTHORIZATION);
    if let ClientAuthentication::SecretBasicRaw(secret) = &credentials.authentication {
        authorization = Some(raw_basic(&credentials.client_id, secret.expose_secret())?);
    }
    // Bytes keep this very buffer, so the secret in the body is wiped once it has been sent.
    let mut request = Request::from_parts(parts, Bytes::from_owner(Zeroizing::new(body)));
    if let Some(authorization) = authorization {
        Credential::<TokenEndpoint>::authorization(origin, authorization).attach(&mut request);
    }
    Ok(request)
}

fn raw_basic(id: &str, secret: &str) -> Result<HeaderValue, TokenError> {
    let pair = Zeroizing::new(format!("{id}:{secret}"));
    let value = Zeroizing::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
    HeaderValue::from_str(&value)
        .map_err(|error| TokenError::configuration("client_secret", &error.to_string()))
}

#[cfg(test)]
mod tests {
    use toolgate_http_client::{AttachedCredential, Origin};

    use super::*;
    use crate::Secret;

    /// The body's parameters and the `Authorization` header.
    fn sent(id: &str, authentication: ClientAuthentication) -> (Vec<(String, String)>, Option<String>) {
        let credentials = ClientCredentials::new("https://as.example/token", id, authentication)
            .and_then(|c| c.with_scopes(["b", "a"]))
            .and_then(|c| c.with_resource("https://mcp.example/mcp"))
            .unwrap();
        let mut request = token_request(&credentials, None).unwrap();
        assert_eq!(request.uri(), "https://as.example/token");
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        AttachedCredential::apply(&mut request, &Origin::of(&"https://as.example".parse().unwrap()).unwrap())
            .unwrap();
        let header = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        let pairs = url::form_urlencoded::parse(request.body()).into_owned().collect();
        (pairs, header)
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", BASE64.encode(pair))
    }

    #[test]
    fn basic_is_form_urlencoded_first() {
        let (pairs, header) = sent("weird id:ä", ClientAuthentication::SecretBasic(Secret::new("p&+%")));
        assert_eq!(header, Some(basic("weird+id%3A%C3%A4:p%26%2B%25")));
        let expected =
            [("grant_type", "client_credentials"), ("scope", "a b"), ("resource", "https://mcp.example/mcp")];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn raw_basic_is_not() {
        let (_, header) = sent("my id", ClientAuthentication::SecretBasicRaw(Secret::new("p&+%")));
        assert_eq!(header, Some(basic("my id:p&+%")));
    }

    #[test]
    fn post_and_tls_put_the_id_into_the_body() {
        let (pairs, header) = sent("id", ClientAuthentication::SecretPost(Secret::new("canary")));
        assert_eq!(header, None);
        assert!(pairs.contains(&("client_id".to_owned(), "id".to_owned())));
        assert!(pairs.contains(&("client_secret".to_owned(), "canary".to_owned())));
        let (pairs, header) = sent("id", ClientAuthentication::TlsClientAuth);
        assert_eq!(header, None);
        assert!(pairs.contains(&("client_id".to_owned(), "id".to_owned())));
        assert!(!pairs.iter().any(|(name, _)| name == "client_secret"));
    }
}
