//! Where tokens and keys come from, and how the client proves who it is: settled once, before the first token.
//!
//! What needs no network (secrets, keys, URLs) is checked when the client is opened. What does (discovery) waits for
//! the first token, so that opening a client never hangs on a server.

mod accept;
mod established;
mod login;
mod no_token;
mod server;

use std::sync::Arc;

use toolgate_http_client::HttpClient;
use toolgate_jwt_verify::{KeySource, RemoteKeys, Verifier};
use toolgate_oauth_cc::discovery::{Discovery, Trust, UrlPolicy};
use toolgate_oauth_cc::store::TokenStore;
use toolgate_oauth_cc::{ClientCredentials, TokenCache, TokenCaches};
use toolgate_tls_config::ClientTls;

pub(crate) use established::Established;
pub use no_token::NoToken;
pub use server::{AuthorizationServer, Found};

use crate::config::OAuthConfig;
use crate::metrics::Metrics;
use crate::{Config, ConfigError};
use established::Narrow;
use login::Login;

/// Everything that is known before the first request about one client's tokens for one resource.
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

/// What the tokens of all servers have in common.
pub(crate) struct Surroundings<'a> {
    pub(crate) config: &'a Config,
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
}

pub(crate) fn discovery(http: Arc<dyn HttpClient>, insecure_loopback: bool) -> Discovery {
    Discovery::new(http)
        .with_insecure_loopback(insecure_loopback)
        .with_url_policy(UrlPolicy::new().with_insecure_loopback(insecure_loopback))
}

impl Authorization {
    /// For tokens as `oauth` says, for the MCP server at `url` if there is one. Checks everything that can be checked
    /// without a network.
    pub(crate) fn new(
        around: &Surroundings<'_>,
        mut oauth: OAuthConfig,
        url: Option<&str>,
    ) -> Result<Self, NoToken> {
        let config = around.config;
        let way = Way::of(&oauth, url)?;
        // Where the server itself is asked, its metadata names the resource.
        if oauth.per_tool && oauth.resource.is_none() && !matches!(way, Way::Resource(_)) {
            oauth.resource = url.map(str::to_owned);
        }
        let authorization = Self {
            way,
            login: Login::of(config, &oauth)?,
            oauth,
            insecure_loopback: config.tls.insecure_loopback,
            tls: config.tls.client_tls(),
            http: around.http.clone(),
            metrics: Arc::clone(&around.metrics),
            store: around.store.clone(),
        };
        // Bad URLs, scopes and algorithms are told now, not at the first token.
        if let Way::Configured(server) = &authorization.way {
            let credentials = authorization.credentials(server)?;
            authorization.establish_with(server.clone(), credentials, Vec::new())?;
        }
        Ok(authorization)
    }

    /// Finds the authorization server, if it is not configured, and prepares for its tokens.
    pub(crate) async fn establish(&self) -> Result<Established, NoToken> {
        let mut demanded = Vec::new();
        let (server, credentials) = match &self.way {
            Way::Configured(server) => (server.clone(), self.credentials(server)?),
            Way::Issuer(issuer) => {
                let metadata = self.discovery().from_issuer(issuer).await?;
                let login = self.login.for_server(&metadata)?;
                let server = AuthorizationServer::discovered(&metadata, &login, Found::Issuer);
                let credentials = metadata.credentials(self.oauth.client_id()?, login)?;
                (server, self.completed(credentials, None)?)
            }
            Way::Resource(url) => {
                let found = self.discovery().from_resource(url, &self.trust()).await?;
                let login = self.login.for_server(&found.server)?;
                let server = AuthorizationServer::discovered(&found.server, &login, Found::Resource);
                let credentials = found.credentials(self.oauth.client_id()?, login, [""; 0])?;
                demanded = found.challenged_scopes.clone().unwrap_or_default();
                (server, self.completed(credentials, found.challenged_scopes)?)
            }
        };
        self.establish_with(server, credentials, demanded)
    }

    pub(crate) fn oauth(&self) -> &OAuthConfig {
        &self.oauth
    }

    fn discovery(&self) -> Discovery {
        discovery(self.http.clone(), self.insecure_loopback)
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
        let scopes = match (&self.oauth.scopes, challenged) {
            // What the resource demands for any request, and what the operator wants for the tools.
            (Some(configured), challenged) => {
                challenged.into_iter().flatten().chain(configured.clone()).collect()
            }
            (None, Some(challenged)) => challenged,
            (None, None) if matches!(self.way, Way::Configured(_)) => {
                OAuthConfig::RIG_SCOPES.map(str::to_owned).to_vec()
            }
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
        // One that cannot be read is told by whoever connects with it.
        if let Ok(Some(certificate)) = self.tls.client_certificate() {
            credentials = credentials.with_certificate(&certificate);
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
        demanded: Vec<String>,
    ) -> Result<Established, NoToken> {
        server.client_authentication = credentials.authentication().method().to_owned();
        server.resource = credentials.resource().map(str::to_owned);
        server.audiences = self.audiences(&credentials);
        let dpop = login::dpop_key(&self.oauth)?.map(|key| key.thumbprint().to_owned());
        server.dpop = dpop.is_some();
        server.certificate_bound &= matches!(self.tls.client_certificate(), Ok(Some(_)));
        let keys = self.keys(&mut server)?;
        let verifier = Verifier::new(&server.issuer, server.audiences.clone(), keys).map_err(Arc::new)?;
        let verifier = accept::set_up(verifier, &self.oauth.accept)?;
        let tokens = self.cache(credentials, &mut server)?;
        let introspects = self.oauth.accept.introspect;
        let (allow_wider, require_bound) = (self.oauth.allow_wider_scopes, self.oauth.require_bound);
        let narrow =
            self.oauth.per_tool.then(|| Narrow { caches: TokenCaches::like(&tokens), demanded, allow_wider });
        let tls = self.tls.clone();
        Ok(Established { tokens, narrow, verifier, server, dpop, tls, introspects, require_bound })
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
            let url = url.ok_or(missing("the introspection endpoint", mend))?;
            let public_only = self.oauth.introspection_url.is_none() && self.must_be_public(url, server);
            tokens = tokens.with_introspection_endpoint(url)?.with_public_introspection(public_only);
        }
        if self.oauth.revoke_on_close {
            let mend = "set revocation_url under [oauth], or revoke_on_close = false";
            let url = server.revocation_endpoint.as_deref();
            let url = url.ok_or(missing("the revocation endpoint", mend))?;
            let public_only = self.oauth.revocation_url.is_none() && self.must_be_public(url, server);
            tokens = tokens.with_revocation_endpoint(url)?.with_public_revocation(public_only);
        }
        Ok(tokens)
    }

    /// The configured keys, else those that the server names: these at another origin than the issuer's only where that
    /// is a public address.
    fn keys(&self, server: &mut AuthorizationServer) -> Result<KeySource, NoToken> {
        if let Some(configured) = &self.oauth.jwks_url {
            server.jwks_url.clone_from(configured);
        }
        let public_only = self.oauth.jwks_url.is_none() && self.must_be_public(&server.jwks_url, server);
        let http = self.metrics.counting_keys(self.http.clone());
        let keys = RemoteKeys::new(&server.jwks_url, http).map_err(Arc::new)?;
        Ok(keys.with_public_only(public_only).into())
    }

    /// Whether a URL that `server` named may lead to public addresses only.
    fn must_be_public(&self, url: &str, server: &AuthorizationServer) -> bool {
        server::is_elsewhere(url, &server.issuer) && !self.insecure_loopback
    }

    /// The configured audiences; else the resource that is requested; else the client id, which servers that know no
    /// resource write there.
    fn audiences(&self, credentials: &ClientCredentials) -> Vec<String> {
        match (&self.oauth.audience[..], credentials.resource()) {
            ([], Some(resource)) => vec![resource.to_owned()],
            ([], None) => vec![credentials.client_id().to_owned()],
            (configured, _) => configured.to_vec(),
        }
    }
}

impl Way {
    fn of(oauth: &OAuthConfig, url: Option<&str>) -> Result<Self, ConfigError> {
        match (&oauth.token_url, &oauth.issuer, url) {
            (Some(token_url), _, _) => {
                Ok(Self::Configured(AuthorizationServer::configured(oauth, token_url.clone())?))
            }
            (None, Some(issuer), None) => Ok(Self::Issuer(issuer.clone())),
            // With a resource to ask for, the issuer's own word is enough; otherwise the server says what to ask for.
            (None, Some(issuer), _) if oauth.resource.is_some() || !oauth.audience.is_empty() => {
                Ok(Self::Issuer(issuer.clone()))
            }
            (None, _, Some(url)) => Ok(Self::Resource(url.to_owned())),
            (None, None, None) => Err(ConfigError::Missing {
                what: "the token endpoint",
                mend: "set OAUTH_TOKEN_URL, OAUTH_ISSUER or MCP_SERVER_URL",
            }),
        }
    }
}

/// Whether tokens as `oauth` says are the same whichever MCP server they are for.
pub(crate) fn is_for_every_server(oauth: &OAuthConfig) -> bool {
    let found = oauth.token_url.is_some() || oauth.issuer.is_some() && !oauth.audience.is_empty();
    oauth.resource.is_some() && (found || oauth.issuer.is_some()) || found && !oauth.per_tool
}
