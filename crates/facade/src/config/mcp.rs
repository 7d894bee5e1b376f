//! `[mcp.NAME]`: one MCP server, where it is, and the tokens that are for it alone.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toolgate_http_client::redacted_url;

use super::shown::shows;
use super::{Authentication, Config, ConfigError, OAuthConfig, ProgramConfig, bounds};

/// `[mcp.NAME]`: one MCP server.
///
/// ```
/// # use toolgate::{Config, ServerAddress};
/// let config: Config = toml::from_str(
///     r#"
///     [mcp.crm]
///     url = "https://crm.example.com/mcp"
///     scopes = ["customer:read"]
///
///     [mcp.files]
///     command = "files-mcp"
///     args = ["--read-only"]
///     "#,
/// )?;
/// for (name, server) in &config.mcp {
///     match &server.address {
///         ServerAddress::Url(url) => println!("{name} is at {url}"),
///         ServerAddress::Program(program) => println!("{name} is {}", program.command.display()),
///         _ => {}
///     }
/// }
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Deserialize)]
#[serde(try_from = "Table")]
#[non_exhaustive]
pub struct ServerConfig {
    /// Where it is: `url`, or `command` with what belongs to it.
    pub address: ServerAddress,
    /// How long one call may take, in seconds (`timeout_seconds`). Default 30: a tool that needs longer tells of its
    /// progress, which extends it.
    pub timeout_seconds: u64,
    /// How long one call may take at most, in seconds, however often the server says that it comes on, and however long a
    /// person thinks about its question. Default 600, or `timeout_seconds` where that is more: progress is only
    /// the server's word.
    pub longest_seconds: u64,
    /// The protected resource that tokens for this server are asked for (RFC 8707). Default: that under `[oauth]`.
    pub resource: Option<String>,
    /// The scopes to ask for. Default: those under `[oauth]`.
    pub scopes: Option<Vec<String>>,
    /// Audiences of which a token for this server must name one. Default: its own resource, else those under `[oauth]`.
    pub audience: Vec<String>,
    /// Another client, for a server that trusts another issuer (`[mcp.NAME.oauth]`). It stands alone: nothing under
    /// `[oauth]` holds for it, so that no secret gets to an issuer that it is not for.
    pub oauth: Option<OAuthConfig>,
}

shows!(
    ServerConfig,
    plain: [address, timeout_seconds, longest_seconds, scopes, oauth],
    redacted: [resource, audience],
);

/// Where an MCP server is.
///
/// See the example of [`ServerConfig`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerAddress {
    /// The MCP endpoint. A trailing slash matters.
    Url(String),
    /// A program on this machine. It gets no access token (docs/adr/0005-programs-get-no-token.md).
    Program(ProgramConfig),
}

/// Without the key that may be in the query.
impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.debug_tuple("Url").field(&redacted_url(url)).finish(),
            Self::Program(program) => f.debug_tuple("Program").field(program).finish(),
        }
    }
}

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    url: Option<String>,
    command: Option<PathBuf>,
    args: Option<Vec<String>>,
    env: Option<BTreeMap<String, String>>,
    pass_env: Option<Vec<String>>,
    cwd: Option<PathBuf>,
    #[serde(default, deserialize_with = "bounds::some_seconds")]
    timeout_seconds: Option<u64>,
    #[serde(default, deserialize_with = "bounds::some_seconds")]
    longest_seconds: Option<u64>,
    resource: Option<String>,
    scopes: Option<Vec<String>>,
    audience: Option<Vec<String>>,
    oauth: Option<OAuthConfig>,
}

impl TryFrom<Table> for ServerConfig {
    type Error = &'static str;

    fn try_from(table: Table) -> Result<Self, Self::Error> {
        let Table { url, command, args, env, pass_env, cwd, timeout_seconds, .. } = table;
        let for_programs = args.is_some() || env.is_some() || pass_env.is_some() || cwd.is_some();
        let about_tokens = table.resource.is_some()
            || table.scopes.is_some()
            || table.audience.is_some()
            || table.oauth.is_some();
        let address = match (url, command) {
            (Some(_), None) if for_programs => {
                return Err("args, env, pass_env and cwd belong to a command; this server has a url");
            }
            (None, Some(_)) if about_tokens => {
                return Err(
                    "resource, scopes, audience and oauth belong to a url; a command gets no access token",
                );
            }
            (Some(url), None) => ServerAddress::Url(url),
            (None, Some(command)) => ServerAddress::Program(ProgramConfig {
                command,
                args: args.unwrap_or_default(),
                env: env.unwrap_or_default(),
                pass_env: pass_env.unwrap_or_default(),
                cwd,
            }),
            (None, None) | (Some(_), Some(_)) => {
                return Err("expected either url or command");
            }
        };
        if let (Some(timeout), Some(longest)) = (timeout_seconds, table.longest_seconds)
            && longest < timeout
        {
            return Err("timeout_seconds has no effect beyond longest_seconds: raise that, or leave one out");
        }
        Ok(Self {
            timeout_seconds: timeout_seconds.unwrap_or(Self::TIMEOUT_SECONDS),
            longest_seconds: table
                .longest_seconds
                .unwrap_or(Self::LONGEST_SECONDS.max(timeout_seconds.unwrap_or_default())),
            resource: table.resource,
            scopes: table.scopes,
            audience: table.audience.unwrap_or_default(),
            oauth: table.oauth,
            ..Self::at(address)
        })
    }
}

impl ServerConfig {
    const TIMEOUT_SECONDS: u64 = 30;
    const LONGEST_SECONDS: u64 = 600;

    /// A server by its URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self::at(ServerAddress::Url(url.into()))
    }

    /// A server that is a program on this machine.
    #[must_use]
    pub fn program(program: ProgramConfig) -> Self {
        Self::at(ServerAddress::Program(program))
    }

    fn at(address: ServerAddress) -> Self {
        Self {
            address,
            timeout_seconds: Self::TIMEOUT_SECONDS,
            longest_seconds: Self::LONGEST_SECONDS,
            resource: None,
            scopes: None,
            audience: Vec::new(),
            oauth: None,
        }
    }

    /// How long one call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        bounds::duration(self.timeout_seconds)
    }

    /// How long one call may take at most.
    #[must_use]
    pub fn longest(&self) -> Duration {
        bounds::duration(self.longest_seconds)
    }

    /// Its MCP endpoint, where it has one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.address {
            ServerAddress::Url(url) => Some(url),
            ServerAddress::Program(_) => None,
        }
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
