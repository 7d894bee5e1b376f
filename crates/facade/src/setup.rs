//! From settings to parts: trust, the HTTP client, tokens, keys, servers, the audit file.

use std::sync::Arc;

use toolgate_audit_log::{AuditLog, Durability};
use toolgate_http_client::{HttpClient, HyperClient, Origin};
use toolgate_jwt_verify::{KeySource, Verifier};
use toolgate_mcp_bridge::{Bridge, Server};
use toolgate_oauth_cc::{BearerAuth, ClientAuthentication, ClientCredentials, TokenCache, TokenSource};
use toolgate_tls_config::ClientTls;

use crate::config::{Authentication, OAuthConfig};
use crate::gate::Gate;
use crate::verified::VerifiedTokens;
use crate::{Config, ConfigError, Error};

impl Config {
    /// The one HTTP client, with the one trust policy, that everything goes through.
    ///
    /// # Errors
    /// [`Error::Tls`] names the file that cannot be used as a trust anchor, and why.
    pub fn http_client(&self) -> Result<Arc<dyn HttpClient>, Error> {
        let mut tls = ClientTls::new();
        if !self.tls.system_roots {
            tls = tls.with_only_extra_roots();
        }
        if let Some(file) = &self.tls.ca_file {
            tls = tls.with_ca_file(file);
        }
        for folder in &self.tls.ca_dirs {
            tls = tls.with_ca_dir(folder);
        }
        if self.tls.mkcert {
            tls = tls.with_mkcert();
        }
        let client =
            HyperClient::builder(tls.build()?).with_insecure_loopback(self.tls.insecure_loopback).build();
        Ok(Arc::new(client))
    }
}

/// Everything between a model's request and a tool.
pub(crate) fn gate(config: &Config, http: &Arc<dyn HttpClient>) -> Result<Gate, Error> {
    let endpoints = Endpoints::of(config)?;
    let tokens = Arc::new(VerifiedTokens::new(
        token_cache(config, &endpoints, http)?,
        verifier(config, &endpoints, http)?,
    ));
    let durability = if config.audit.wait_for_disk { Durability::Disk } else { Durability::Process };
    Ok(Gate {
        policy: config.policy.clone(),
        bridge: bridge(config, &tokens, http)?,
        audit: AuditLog::open_with(&config.audit.file, durability)?,
        tokens,
    })
}

/// Where tokens and keys come from: explicit settings, else derived from the token URL as in the article.
struct Endpoints {
    token_url: String,
    issuer: String,
    jwks_url: String,
}

impl Endpoints {
    fn of(config: &Config) -> Result<Self, ConfigError> {
        let oauth = &config.oauth;
        let token_url = match &oauth.token_url {
            Some(url) => url.clone(),
            None if config.mcp.is_empty() => OAuthConfig::RIG_TOKEN_URL.to_owned(),
            None => {
                return Err(ConfigError::Missing {
                    what: "the token endpoint",
                    mend: "set OAUTH_TOKEN_URL, or token_url under [oauth] in toolgate.toml",
                });
            }
        };
        let issuer = match &oauth.issuer {
            Some(issuer) => issuer.clone(),
            None => issuer_of(&token_url)?,
        };
        let jwks_url =
            oauth.jwks_url.clone().unwrap_or_else(|| format!("{}/jwks", issuer.trim_end_matches('/')));
        Ok(Self { token_url, issuer, jwks_url })
    }
}

/// The token URL without its last `/token` segment; another last segment says nothing about the issuer.
fn issuer_of(token_url: &str) -> Result<String, ConfigError> {
    let issuer = token_url.strip_suffix("/token").filter(|rest| rest.contains("://") && !rest.ends_with('/'));
    issuer.map(str::to_owned).ok_or_else(|| ConfigError::Value {
        what: "the token endpoint".to_owned(),
        found: token_url.to_owned(),
        expected: "a URL that ends in /token, or the issuer to be set too (OAUTH_ISSUER)".to_owned(),
    })
}

fn token_cache(
    config: &Config,
    endpoints: &Endpoints,
    http: &Arc<dyn HttpClient>,
) -> Result<Arc<dyn TokenSource>, Error> {
    let oauth = &config.oauth;
    let secret = oauth.secret(&config.environment)?;
    let authentication = match oauth.authentication {
        Authentication::ClientSecretPost => ClientAuthentication::SecretPost(secret),
        Authentication::ClientSecretBasic => ClientAuthentication::SecretBasic(secret),
    };
    let mut credentials = ClientCredentials::new(&endpoints.token_url, oauth.client_id()?, authentication)?
        .with_issuer(&endpoints.issuer)?
        .with_scopes(oauth.scopes())?;
    if let Some(resource) = &oauth.resource {
        credentials = credentials.with_resource(resource)?;
    }
    Ok(Arc::new(TokenCache::new(credentials, http.clone())))
}

/// Audience: the configured ones; else the resource that is requested; else the client id, as in the article.
fn verifier(config: &Config, endpoints: &Endpoints, http: &Arc<dyn HttpClient>) -> Result<Verifier, Error> {
    let oauth = &config.oauth;
    let audiences = match (&oauth.audience[..], &oauth.resource) {
        ([], Some(resource)) => vec![resource.clone()],
        ([], None) => vec![oauth.client_id()?.to_owned()],
        (configured, _) => configured.to_vec(),
    };
    let keys = KeySource::remote(&endpoints.jwks_url, http.clone())?;
    Ok(Verifier::new(&endpoints.issuer, audiences, keys)?)
}

fn bridge(
    config: &Config,
    tokens: &Arc<VerifiedTokens>,
    http: &Arc<dyn HttpClient>,
) -> Result<Bridge, Error> {
    let mut servers = Vec::new();
    for (name, server) in config.servers() {
        let url = server.url.parse().map_err(|_| ConfigError::Value {
            what: format!("the URL of the MCP server {name}"),
            found: server.url.clone(),
            expected: "an absolute URL such as https://localhost:8001/mcp/".to_owned(),
        })?;
        let bearer = BearerAuth::new(http.clone(), tokens.clone(), Origin::of(&url)?);
        servers.push(Server::new(&name, &server.url, Arc::new(bearer))?.with_call_timeout(server.timeout()));
    }
    Ok(Bridge::new(servers)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_the_token_url_without_its_last_segment() {
        assert_eq!(issuer_of("https://localhost:8443/token").unwrap(), "https://localhost:8443");
        assert_eq!(issuer_of("https://as.example/realms/a/token").unwrap(), "https://as.example/realms/a");
        for unclear in
            ["https://as.example/oauth2/v1/access", "https://as.example/token/", "/token", "https:///token"]
        {
            assert!(issuer_of(unclear).is_err(), "{unclear}");
        }
    }
}
