//! `[mcp.NAME]`: one MCP server, and the tokens that are for it alone.

use std::time::Duration;

use serde::Deserialize;

use super::{Authentication, Config, ConfigError, OAuthConfig};

/// `[mcp.NAME]`: one MCP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The MCP endpoint. A trailing slash matters.
    pub url: String,
    /// How long one call may take, in seconds. Default 30, as in the article.
    #[serde(default = "ServerConfig::default_timeout")]
    pub timeout_seconds: u64,
    /// The protected resource that tokens for this server are asked for (RFC 8707). Default: that under `[oauth]`.
    pub resource: Option<String>,
    /// The scopes to ask for. Default: those under `[oauth]`.
    pub scopes: Option<Vec<String>>,
    /// Audiences of which a token for this server must name one. Default: its own resource, else those under `[oauth]`.
    #[serde(default)]
    pub audience: Vec<String>,
    /// Another client, for a server that trusts another issuer (`[mcp.NAME.oauth]`). It stands alone: nothing under
    /// `[oauth]` holds for it, so that no secret gets to an issuer that it is not for.
    pub oauth: Option<OAuthConfig>,
}

impl ServerConfig {
    /// A server by its URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            timeout_seconds: Self::default_timeout(),
            resource: None,
            scopes: None,
            audience: Vec::new(),
            oauth: None,
        }
    }

    /// How long one call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    fn default_timeout() -> u64 {
        30
    }

    /// That a client of its own says who it is: nothing is taken from the common one's places.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let Some(oauth) = &self.oauth else { return Ok(()) };
        let missing = |what, mend| Err(ConfigError::Missing { what, mend });
        if oauth.client_id.is_none() {
            return missing("the client id of a client under [mcp.NAME.oauth]", "name client_id there");
        }
        let by_secret = match oauth.authentication {
            None
            | Some(
                Authentication::ClientSecretPost
                | Authentication::ClientSecretBasic
                | Authentication::ClientSecretBasicRaw,
            ) => true,
            Some(_) => false,
        };
        let named = oauth.client_secret_env.is_some()
            || oauth.client_secret_file.is_some()
            || oauth.client_secret.is_some();
        if by_secret && !named {
            return missing(
                "the secret of a client under [mcp.NAME.oauth]",
                "name client_secret_env or client_secret_file there",
            );
        }
        Ok(())
    }

    /// Whether its tokens are asked for exactly as `[oauth]` says.
    pub(crate) fn takes_common_tokens(&self) -> bool {
        self.oauth.is_none() && self.resource.is_none() && self.scopes.is_none() && self.audience.is_empty()
    }
}

impl Config {
    /// How tokens for `server` are asked for: its own client or the common one, with what `[mcp.NAME]` says over it.
    pub(crate) fn oauth_for(&self, server: &ServerConfig) -> OAuthConfig {
        let mut oauth = server.oauth.as_ref().unwrap_or(&self.oauth).clone();
        if self.mcp.is_empty()
            && server.oauth.is_none()
            && oauth.issuer.is_none()
            && oauth.token_url.is_none()
        {
            oauth.token_url = Some(OAuthConfig::RIG_TOKEN_URL.to_owned());
        }
        if let Some(resource) = &server.resource {
            oauth.resource = Some(resource.clone());
            // A token for another resource than this one is no token for this server.
            oauth.audience.clear();
        }
        if let Some(scopes) = &server.scopes {
            oauth.scopes = Some(scopes.clone());
        }
        if !server.audience.is_empty() {
            oauth.audience.clone_from(&server.audience);
        }
        oauth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_stands_over_what_is_common() {
        let mut config = Config::default();
        config.oauth.client_id = Some("common".into());
        config.oauth.resource = Some("https://a.example/mcp".into());
        config.oauth.audience = vec!["a".into()];
        let mut server = ServerConfig::new("https://b.example/mcp");
        assert_eq!(config.oauth_for(&server).audience, ["a"]);
        server.resource = Some("https://b.example/mcp".into());
        server.scopes = Some(vec!["b:read".into()]);
        let oauth = config.oauth_for(&server);
        assert_eq!(oauth.client_id.as_deref(), Some("common"));
        assert_eq!(oauth.resource.as_deref(), Some("https://b.example/mcp"));
        assert!(oauth.audience.is_empty(), "the audience of another resource is not this server's");
        assert_eq!(oauth.scopes.unwrap(), ["b:read"]);
    }

    #[test]
    fn a_client_of_its_own_names_its_secret() {
        let check = |text: &str| toml::from_str::<ServerConfig>(text).unwrap().check();
        let own = "url = \"https://b.example/mcp\"\noauth = { client_id = \"own\"";
        assert!(check(&format!("{own}}}")).unwrap_err().to_string().contains("client_secret_env"));
        check(&format!("{own}, client_secret_env = \"B_SECRET\"}}")).unwrap();
        check(&format!("{own}, authentication = \"private_key_jwt\"}}")).unwrap();
        assert!(check("url = \"u\"\noauth = {}").unwrap_err().to_string().contains("client_id"));
    }

    #[test]
    fn a_client_of_its_own_stands_alone() {
        let mut config = Config::default();
        config.oauth.client_id = Some("common".into());
        config.oauth.token_url = Some("https://as.example/token".into());
        let mut server = ServerConfig::new("https://b.example/mcp");
        server.oauth = Some(OAuthConfig { client_id: Some("own".into()), ..OAuthConfig::default() });
        let oauth = config.oauth_for(&server);
        assert_eq!((oauth.client_id.as_deref(), oauth.token_url), (Some("own"), None));
    }
}
