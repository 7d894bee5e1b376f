//! Where tokens and keys come from, and how the client proves who it is: settled once, before the first token.
//!
//! What needs no network (secrets, keys, URLs) is checked when the client is opened. What does (discovery) waits for
//! the first token, so that opening a client never hangs on a server.

mod login;
mod server;

use std::sync::Arc;

use toolgate_http_client::{HttpClient, Origin};
use toolgate_jwt_verify::{Algorithm, KeySource, RemoteKeys, Verifier};
use toolgate_oauth_cc::discovery::{Discovery, Trust, UrlPolicy};
use toolgate_oauth_cc::store::TokenStore;
use toolgate_oauth_cc::{ClientCredentials, TokenCache};
use toolgate_tls_config::ClientTls;

pub use server::{AuthorizationServer, Found};

use crate::config::OAuthConfig;
use crate::metrics::Metrics;
use crate::verified::OpaqueTokens;
use crate::{Config, ConfigError, NoToken, store};
use login::Login;

/// Everything that is known before the first request.
pub(crate) struct Authorization {
    oauth: OAuthConfig,
    login: Login,
    way: Way,
    insecure_loopback: bool,
    tls: ClientTls,
    http: Arc<dyn HttpClient>,
    metrics: Arc<Metrics>,
    store: Option<Arc<dyn TokenStore>>,
}

/// How the token endpoint is found.
enum Way {
    /// It is configured.
    Configured(AuthorizationServer),
    /// By the metadata of this issuer.
    Issuer(String),
    /// By the challenge of this MCP server.
    Resource(String),
}

/// A token cache and a verifier for what it issues.
pub(crate) struct Established {
    pub(crate) tokens: TokenCache,
    pub(crate) verifier: Verifier,
    pub(crate) server: AuthorizationServer,
    /// The thumbprint of the key that tokens are bound to.
    pub(crate) dpop: Option<String>,
    /// Tells the certificate that tokens may be bound to.
    pub(crate) tls: ClientTls,
    /// What is known about opaque tokens; `None` where tokens are signed.
    pub(crate) opaque: Option<OpaqueTokens>,
}

impl Authorization {
    /// Checks everything that can be checked without a network.
    pub(crate) fn new(
        config: &Config,
        http: Arc<dyn HttpClient>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, NoToken> {
        let authorization = Self {
            way: Way::of(config)?,
            login: Login::of(config)?,
            oauth: config.oauth.clone(),
            insecure_loopback: config.tls.insecure_loopback,
            tls: config.client_tls(),
            http,
            metrics,
            store: store::open(config)?,
        };
        // Bad URLs, scopes and algorithms are told now, not at the first token.
        if let Way::Configured(server) = &authorization.way {
            let credentials = authorization.credentials(server)?;
            authorization.establish_with(server.clone(), credentials)?;
        }
        Ok(authorization)
    }

    /// Finds the authorization server, if it is not configured, and prepares for its tokens.
    pub(crate) async fn establish(&self) -> Result<Established, NoToken> {
        let (server, credentials) = match &self.way {
            Way::Configured(server) => (server.clone(), self.credentials(server)?),
            Way::Issuer(issuer) => {
                let metadata = self.discovery().from_issuer(issuer).await?;
                let login = self.login.for_server(&metadata)?;
                let credentials = metadata.credentials(self.oauth.client_id()?, login)?;
                let server = AuthorizationServer::discovered(&metadata, Found::Issuer);
                (server, self.completed(credentials, None)?)
            }
            Way::Resource(url) => {
                let found = self.discovery().from_resource(url, &self.trust()).await?;
                let login = self.login.for_server(&found.server)?;
                let credentials = found.credentials(self.oauth.client_id()?, login, [""; 0])?;
                let server = AuthorizationServer::discovered(&found.server, Found::Resource);
                (server, self.completed(credentials, found.challenged_scopes)?)
            }
        };
        self.establish_with(server, credentials)
    }

    fn discovery(&self) -> Discovery {
        let loopback = self.insecure_loopback;
        Discovery::new(self.http.clone())
            .with_insecure_loopback(loopback)
            .with_url_policy(UrlPolicy::new().with_insecure_loopback(loopback))
    }

    /// Credentials are bound to the configured issuer; without one, to the only issuer that the server names.
    fn trust(&self) -> Trust {
        self.oauth.issuer.clone().map_or(Trust::OnlyOneNamed, Trust::Issuer)
    }

    fn credentials(&self, server: &AuthorizationServer) -> Result<ClientCredentials, NoToken> {
        let login = self.login.without_metadata();
        let credentials = ClientCredentials::new(&server.token_endpoint, self.oauth.client_id()?, login)?;
        self.completed(credentials.with_issuer(&server.issuer)?, None)
    }

    /// Adds what is configured: scopes, resource, the key to bind to.
    fn completed(
        &self,
        credentials: ClientCredentials,
        challenged: Option<Vec<String>>,
    ) -> Result<ClientCredentials, NoToken> {
        let article = || OAuthConfig::ARTICLE_SCOPES.map(str::to_owned).to_vec();
        let scopes = match (&self.oauth.scopes, challenged) {
            // What the resource demands for any request, and what the operator wants for the tools.
            (Some(configured), challenged) => {
                challenged.into_iter().flatten().chain(configured.clone()).collect()
            }
            (None, Some(challenged)) => challenged,
            (None, None) if matches!(self.way, Way::Configured(_)) => article(),
            // Nothing is asked that nobody named; the server decides.
            (None, None) => Vec::new(),
        };
        let mut credentials = credentials.with_scopes(scopes)?.with_insecure_loopback(self.insecure_loopback);
        if let Some(resource) = &self.oauth.resource {
            credentials = credentials.with_resource(resource)?;
        }
        for (name, value) in &self.oauth.parameters {
            credentials = credentials.with_extra_parameter(name, value)?;
        }
        match login::dpop_key(&self.oauth)? {
            Some(key) => Ok(credentials.with_dpop(key).with_unbound_tokens(self.oauth.allow_unbound)),
            None => Ok(credentials),
        }
    }

    fn establish_with(
        &self,
        mut server: AuthorizationServer,
        credentials: ClientCredentials,
    ) -> Result<Established, NoToken> {
        server.client_authentication = credentials.authentication().method().to_owned();
        server.resource = credentials.resource().map(str::to_owned);
        server.audiences = self.audiences(&credentials);
        let dpop = login::dpop_key(&self.oauth)?.map(|key| key.thumbprint().to_owned());
        server.dpop = dpop.is_some();
        let keys = self.keys(&mut server)?;
        let verifier = Verifier::new(&server.issuer, server.audiences.clone(), keys).map_err(Arc::new)?;
        let verifier = self.accepting(verifier)?;
        let tokens = self.cache(credentials, &mut server)?;
        let opaque = self.oauth.accept.introspect.then(OpaqueTokens::default);
        Ok(Established { tokens, verifier, server, dpop, tls: self.tls.clone(), opaque })
    }

    /// The token cache, with the endpoints that are to be used beside the token endpoint.
    fn cache(
        &self,
        credentials: ClientCredentials,
        server: &mut AuthorizationServer,
    ) -> Result<TokenCache, NoToken> {
        let missing = |what, mend| ConfigError::Missing { what, mend };
        let mut tokens = TokenCache::new(credentials, self.metrics.counting_tokens(self.http.clone()));
        if let Some(store) = &self.store {
            tokens = tokens.with_store(store.clone());
        }
        if let Some(url) = &self.oauth.introspection_url {
            server.introspection_endpoint = Some(url.clone());
        }
        if let Some(url) = &self.oauth.revocation_url {
            server.revocation_endpoint = Some(url.clone());
        }
        if self.oauth.accept.introspect {
            let mend = "set introspection_url under [oauth], since the server names none";
            let url = server.introspection_endpoint.as_deref();
            tokens = tokens
                .with_introspection_endpoint(url.ok_or(missing("the introspection endpoint", mend))?)?;
        }
        if self.oauth.revoke_on_close {
            let mend = "set revocation_url under [oauth], or revoke_on_close = false";
            let url = server.revocation_endpoint.as_deref();
            tokens = tokens.with_revocation_endpoint(url.ok_or(missing("the revocation endpoint", mend))?)?;
        }
        Ok(tokens)
    }

    /// The configured keys, else those that the server names: these at another origin than the issuer's only where that
    /// is a public address.
    fn keys(&self, server: &mut AuthorizationServer) -> Result<KeySource, NoToken> {
        if let Some(configured) = &self.oauth.jwks_url {
            server.jwks_url.clone_from(configured);
        }
        let origin = |url: &str| url.parse().ok().and_then(|url| Origin::of(&url).ok());
        let foreign = self.oauth.jwks_url.is_none() && origin(&server.jwks_url) != origin(&server.issuer);
        let http = self.metrics.counting_keys(self.http.clone());
        let keys = RemoteKeys::new(&server.jwks_url, http).map_err(Arc::new)?;
        Ok(keys.with_public_only(foreign && !self.insecure_loopback).into())
    }

    /// The configured audiences; else the resource that is requested; else the client id, as in the article.
    fn audiences(&self, credentials: &ClientCredentials) -> Vec<String> {
        match (&self.oauth.audience[..], credentials.resource()) {
            ([], Some(resource)) => vec![resource.to_owned()],
            ([], None) => vec![credentials.client_id().to_owned()],
            (configured, _) => configured.to_vec(),
        }
    }

    fn accepting(&self, verifier: Verifier) -> Result<Verifier, NoToken> {
        let accept = &self.oauth.accept;
        let mut verifier = verifier
            .with_strict(accept.strict)
            .with_scp_claim(accept.scp_claim)
            .with_array_scope(accept.array_scope)
            .with_client_id_audience(accept.client_id_audience);
        for claim in &accept.scope_claims {
            verifier = verifier.with_scope_claim(claim);
        }
        if let Some(seconds) = accept.leeway_seconds {
            verifier = verifier.with_leeway(std::time::Duration::from_secs(seconds)).map_err(Arc::new)?;
        }
        if let Some(names) = &accept.algorithms {
            let algorithms = names.iter().map(|name| algorithm(name)).collect::<Result<Vec<_>, _>>()?;
            verifier = verifier.with_algorithms(algorithms).map_err(Arc::new)?;
        }
        Ok(verifier)
    }
}

impl Way {
    fn of(config: &Config) -> Result<Self, ConfigError> {
        let oauth = &config.oauth;
        let rig = oauth.issuer.is_none() && config.mcp.is_empty();
        let token_url =
            oauth.token_url.clone().or_else(|| rig.then(|| OAuthConfig::RIG_TOKEN_URL.to_owned()));
        match (token_url, &oauth.issuer, config.mcp.values().next()) {
            (Some(token_url), _, _) => {
                Ok(Self::Configured(AuthorizationServer::configured(oauth, token_url)?))
            }
            (None, Some(issuer), None) => Ok(Self::Issuer(issuer.clone())),
            // With a resource to ask for, the issuer's own word is enough; otherwise the server says what to ask for.
            (None, Some(issuer), _) if oauth.resource.is_some() || !oauth.audience.is_empty() => {
                Ok(Self::Issuer(issuer.clone()))
            }
            (None, _, Some(server)) => Ok(Self::Resource(server.url.clone())),
            (None, None, None) => Err(ConfigError::Missing {
                what: "the token endpoint",
                mend: "set OAUTH_TOKEN_URL, OAUTH_ISSUER or MCP_SERVER_URL",
            }),
        }
    }
}

fn algorithm(name: &str) -> Result<Algorithm, ConfigError> {
    name.parse().map_err(|_| ConfigError::Value {
        what: "an algorithm under [oauth.accept]".to_owned(),
        found: name.to_owned(),
        expected: "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA".to_owned(),
    })
}
