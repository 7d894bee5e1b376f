//! Finding the token endpoint: from the URL of an MCP server alone, or from an issuer (RFC 9728, RFC 8414, OpenID
//! Connect Discovery, in the order of the MCP authorization specification).

mod document;
mod fetch;
mod kept;
mod resource;
mod server;
mod url_policy;
mod well_known;

use std::sync::Arc;

use http::StatusCode;
use tokio::time::Instant;
use toolgate_http_client::{HttpClient, redacted_url};
use url::Url;

pub use resource::{ProtectedResourceMetadata, Trust};
pub use server::AuthorizationServerMetadata;
pub use url_policy::UrlPolicy;

use crate::challenge::{Challenge, ChallengeError};
use crate::error::foreign;
use crate::resource::canonical;
use crate::{ClientAuthentication, ClientCredentials, TokenError};
use fetch::{Fetched, Fetcher};
use kept::Kept;

/// Finds and checks metadata documents. Sends no credential and follows no redirect. An issuer's document is kept for as
/// long as its `Cache-Control` says (a minute to a day), and up to a day while its server fails; clones share it.
#[derive(Clone)]
pub struct Discovery {
    fetcher: Fetcher,
    cross_origin: bool,
    kept: Arc<Kept>,
}

/// What discovery from a resource found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Discovered {
    /// The resource.
    pub resource: ProtectedResourceMetadata,
    /// Its authorization server, trusted and checked.
    pub server: AuthorizationServerMetadata,
    /// The scopes that the challenge demanded.
    pub challenged_scopes: Option<Vec<String>>,
    insecure_loopback: bool,
}

impl Discovery {
    /// Fetches through `http`.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_http_client::HttpClient;
    /// use toolgate_oauth_cc::{Secret, TokenCache, discovery::{Discovery, Trust}};
    /// # async fn example(http: Arc<dyn HttpClient>) -> Result<(), toolgate_oauth_cc::TokenError> {
    /// let trust = Trust::Issuer("https://as.example".to_owned());
    /// let found = Discovery::new(Arc::clone(&http)).from_resource("https://mcp.example/mcp", &trust).await?;
    /// let authentication = found.server.secret_authentication(Secret::from_env("OAUTH_CLIENT_SECRET")?)?;
    /// let credentials = found.credentials("my-client", authentication, ["customer:read"])?;
    /// let cache = TokenCache::new(credentials, http);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(http: Arc<dyn HttpClient>) -> Self {
        let fetcher = Fetcher { http, policy: UrlPolicy::new(), insecure_loopback: false };
        Self { fetcher, cross_origin: false, kept: Arc::default() }
    }

    /// Which server-supplied URLs are followed. Default: https to public addresses; URLs of an origin that was configured
    /// are followed wherever it is.
    #[must_use]
    pub fn with_url_policy(mut self, policy: UrlPolicy) -> Self {
        self.fetcher.policy = policy;
        self
    }

    /// Allows plain `http` to this machine, for configured URLs: for development. Default off. Server-supplied URLs
    /// need [`UrlPolicy::with_insecure_loopback`].
    #[must_use]
    pub fn with_insecure_loopback(mut self, allowed: bool) -> Self {
        self.fetcher.insecure_loopback = allowed;
        self
    }

    /// Allows a challenge to name metadata at another origin than the resource's. Default off.
    #[must_use]
    pub fn with_cross_origin_metadata(mut self, allowed: bool) -> Self {
        self.cross_origin = allowed;
        self
    }

    /// The metadata of `issuer`.
    ///
    /// # Errors
    /// [`TokenError::Discovery`] listing each URL with its status; [`TokenError::IssuerMismatch`],
    /// [`TokenError::BadEndpoint`], [`TokenError::Malformed`] for a document that is found but unusable; transport
    /// errors. Only a 4xx moves on to the next place (RFC 8414 section 3.2).
    ///
    /// # Cancel safety
    /// Dropping the future loses what was fetched so far, and nothing else.
    pub async fn from_issuer(&self, issuer: &str) -> Result<AuthorizationServerMetadata, TokenError> {
        let url = self.fetcher.configured("issuer", issuer)?;
        self.server(issuer, &url, &self.fetcher.policy.clone().beside(&url)).await
    }

    /// The metadata of the MCP server (or other protected resource) at `url` and of its authorization server: asked
    /// without a token, the resource answers 401 and says where its metadata is; else the well-known places are tried.
    ///
    /// # Errors
    /// [`TokenError::UntrustedAuthorizationServer`] when the resource names no server that `trust` allows;
    /// [`TokenError::ResourceMismatch`]; [`TokenError::CrossOriginMetadata`]; a blocked address; as
    /// [`from_issuer`](Self::from_issuer).
    ///
    /// # Cancel safety
    /// Dropping the future loses what was fetched so far, and nothing else.
    pub async fn from_resource(&self, url: &str, trust: &Trust) -> Result<Discovered, TokenError> {
        let identifier = canonical(url);
        let url = self.fetcher.configured("resource", &identifier)?;
        let challenge = self.challenge(&url).await?;
        let resource = self.resource(&identifier, &url, &challenge).await?;
        let issuer = resource.authorization_server(trust)?;
        let (issuer_url, policy) = match trust {
            Trust::Issuer(_) => {
                let issuer_url = self.fetcher.configured("issuer", issuer)?;
                let policy = self.fetcher.policy.clone().beside(&issuer_url);
                (issuer_url, policy)
            }
            Trust::OnlyOneNamed => {
                let policy = self.fetcher.policy.clone().beside(&url);
                (policy.member("authorization_servers", issuer)?, policy)
            }
        };
        let server = self.server(issuer, &issuer_url, &policy).await?;
        let insecure_loopback = self.fetcher.insecure_loopback;
        Ok(Discovered { server, resource, challenged_scopes: challenge.scope, insecure_loopback })
    }

    /// Where a challenge of the resource at the URL `resource` says its metadata is; `None` when it does not say.
    ///
    /// # Errors
    /// [`TokenError::BadEndpoint`], a blocked address, [`TokenError::CrossOriginMetadata`]; for a `resource` that may not be
    /// requested, as [`from_resource`](Self::from_resource).
    pub fn metadata_url(&self, resource: &str, challenge: &Challenge) -> Result<Option<String>, TokenError> {
        let resource = self.fetcher.configured("resource", resource)?;
        Ok(self.named_metadata(&resource, challenge)?.map(String::from))
    }

    fn named_metadata(&self, resource: &Url, challenge: &Challenge) -> Result<Option<Url>, TokenError> {
        let Some(text) = &challenge.resource_metadata else { return Ok(None) };
        let url = self.fetcher.policy.clone().beside(resource).member("resource_metadata", text)?;
        let own = resource.origin();
        if url.origin() == own || self.cross_origin {
            return Ok(Some(url));
        }
        Err(TokenError::CrossOriginMetadata { expected: own.ascii_serialization(), found: foreign(text) })
    }

    /// Asks the resource without a token.
    async fn challenge(&self, url: &Url) -> Result<Challenge, TokenError> {
        let response = self.fetcher.ask(url, false).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(Challenge::default());
        }
        let unusable = |error: ChallengeError| TokenError::Malformed {
            url: redacted_url(url.as_str()),
            reason: error.to_string(),
        };
        let bearer = Challenge::bearer(response.headers()).map_err(unusable)?;
        let dpop = Challenge::of_scheme(response.headers(), "dpop").map_err(unusable)?;
        Ok(bearer.or(dpop).unwrap_or_default())
    }

    async fn resource(
        &self,
        identifier: &str,
        url: &Url,
        challenge: &Challenge,
    ) -> Result<ProtectedResourceMetadata, TokenError> {
        let policy = self.fetcher.policy.clone().beside(url);
        let (path, root) = (well_known::of_resource(url), well_known::of_root(url));
        let named = self.named_metadata(url, challenge)?;
        let is_named = named.is_some();
        let places = match named {
            Some(named) => vec![named],
            None if path == root => vec![path.clone()],
            None => vec![path.clone(), root.clone()],
        };
        let document = self.fetcher.first(&places, identifier, &policy).await?;
        // The document at the root describes the whole origin; a resource there may be named with a slash or without.
        let is_of_origin = path == root || (document.url == root && !is_named);
        if is_of_origin {
            let origin = url.origin().ascii_serialization();
            return ProtectedResourceMetadata::read(
                &document.open()?,
                &[identifier, &origin, &format!("{origin}/")],
            );
        }
        ProtectedResourceMetadata::read(&document.open()?, &[identifier])
    }

    async fn server(
        &self,
        issuer: &str,
        url: &Url,
        policy: &UrlPolicy,
    ) -> Result<AuthorizationServerMetadata, TokenError> {
        let key = (issuer.to_owned(), policy.clone());
        if let Some(fresh) = self.kept.fresh(&key, Instant::now()) {
            return Ok(fresh);
        }
        let fetched = self.fetcher.first(&well_known::of_issuer(url), issuer, policy).await;
        let document = match fetched.as_ref().map_err(Clone::clone).and_then(Fetched::open) {
            Ok(document) => document,
            // Also a 404, which a gateway answers while the server behind it starts: RFC 8414 section 3.2 has it as one
            // error among others. A document that is there and must not be used is told (section 3.3).
            Err(error) => {
                let stale = self.kept.stale(&key, Instant::now()).ok_or_else(|| error.clone())?;
                tracing::warn!(issuer, %error, "the kept metadata is used, since there is none now");
                return Ok(stale);
            }
        };
        let metadata = AuthorizationServerMetadata::read(&document, issuer, policy)?;
        if let Ok(fetched) = &fetched {
            self.kept.keep(key, &metadata, &fetched.headers, Instant::now());
        }
        Ok(metadata)
    }
}

impl Discovered {
    /// Credentials for the resource, bound to the issuer. They ask for the challenged scopes, else for `scopes`: what
    /// the application configured. `scopes_supported` is never asked for wholesale.
    ///
    /// # Errors
    /// [`TokenError::NoCommonAuthMethod`], or as [`ClientCredentials::new`].
    pub fn credentials<S: Into<String>>(
        &self,
        client_id: &str,
        authentication: ClientAuthentication,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<ClientCredentials, TokenError> {
        let credentials = self
            .server
            .credentials(client_id, authentication)?
            .with_resource(&self.resource.resource)?
            .with_insecure_loopback(self.insecure_loopback);
        match &self.challenged_scopes {
            Some(challenged) => credentials.with_scopes(challenged.iter().cloned()),
            None => credentials.with_scopes(scopes),
        }
    }
}

impl std::fmt::Debug for Discovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discovery").field("cross_origin", &self.cross_origin).finish_non_exhaustive()
    }
}
