//! Authorization as a machine does it: from the 401 to the metadata, to a token by client credentials, to the token on
//! every request (MCP authorization, extension `io.modelcontextprotocol/oauth-client-credentials`).

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method, header};
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Request, Response};
use toolgate_oauth_cc::discovery::{Discovery, Trust, UrlPolicy};
use toolgate_oauth_cc::{
    BearerAuth, ClientAuthentication, ClientCredentials, PrivateKeyJwt, Secret, SigningAlgorithm, SigningKey,
    StepUp, TokenCache, TokenError,
};

use crate::context::Context;

/// What the suite's step-up scenarios demand. A real client names the scopes that its operator granted.
const SCOPES: [&str; 3] = ["mcp:basic", "mcp:read", "mcp:write"];

/// A client whose every request to `url` carries a token.
///
/// # Errors
/// When the metadata or the credentials cannot be used.
pub(crate) async fn authorized(
    http: HyperClient,
    url: &str,
    context: &Context,
) -> Result<Arc<dyn HttpClient>, Box<dyn Error>> {
    let discovery = Discovery::new(Arc::new(Knock { http: http.clone(), url: url.to_owned() }))
        .with_url_policy(UrlPolicy::new().with_insecure_loopback(true))
        .with_insecure_loopback(true);
    let found = discovery.from_resource(url, &Trust::OnlyOneNamed).await?;
    // Without a challenge that names scopes, the standard has a client ask for all that the resource knows.
    let scopes = found.resource.scopes_supported.clone();
    let secret = || Secret::new(context.client_secret.as_str());
    let authentication = match &context.private_key_pem {
        Some(pem) => {
            let key = SigningKey::from_pem(&Secret::new(pem.as_str()), SigningAlgorithm::ES256)?;
            Ok(ClientAuthentication::PrivateKeyJwt(PrivateKeyJwt::new(key)))
        }
        None => found.server.secret_authentication(secret()),
    };
    let credentials = match authentication {
        Ok(authentication) => found.credentials(&context.client_id, authentication, scopes)?,
        // Servers of scenarios for people take no secret. What they watch besides is worth seeing all the same.
        Err(TokenError::NoCommonAuthMethod { .. }) => {
            let authentication = ClientAuthentication::SecretPost(secret());
            ClientCredentials::new(&found.server.token_endpoint, &context.client_id, authentication)?
                .with_issuer(&found.server.issuer)?
                .with_resource(&found.resource.resource)?
                .with_scopes(found.challenged_scopes.clone().unwrap_or(scopes))?
                .with_insecure_loopback(true)
        }
        Err(error) => return Err(error.into()),
    };
    let tokens = StepUp::new(TokenCache::new(credentials, Arc::new(http.clone())), SCOPES)?;
    Ok(Arc::new(BearerAuth::new(http, Arc::new(tokens), url.parse()?)))
}

/// Asks an MCP server for its challenge with a request that it understands: servers of 2026-07-28 refuse any other before
/// they look for a token.
struct Knock {
    http: HyperClient,
    url: String,
}

const KNOCK: &str = r#"{"jsonrpc":"2.0","id":0,"method":"server/discover","params":{"_meta":{
"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},
"io.modelcontextprotocol/clientInfo":{"name":"toolgate","version":"0"}}}}"#;

#[async_trait]
impl HttpClient for Knock {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        if request.method() == Method::GET && request.uri().to_string() == self.url {
            *request.method_mut() = Method::POST;
            *request.body_mut() = KNOCK.into();
            let headers = request.headers_mut();
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
            headers.insert("mcp-protocol-version", HeaderValue::from_static("2026-07-28"));
            headers.insert("mcp-method", HeaderValue::from_static("server/discover"));
        }
        self.http.send(request).await
    }
}
