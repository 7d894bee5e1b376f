//! Which tokens are for which MCP server: those of one client for all, or what `[mcp.NAME]` says for one.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use toolgate_http_client::HttpClient;
use toolgate_jwt_verify::VerifiedToken;
use toolgate_oauth_cc::{AccessToken, TokenError};

use crate::authorization::{self, Authorization, Surroundings};
use crate::metrics::Metrics;
use crate::verified::VerifiedTokens;
use crate::{Config, ConfigError, NoToken, store};

const NO_SERVER: ConfigError =
    ConfigError::Missing { what: "an MCP server", mend: "set MCP_SERVER_URL, or url under [mcp.NAME]" };

/// The tokens for each MCP server.
pub(crate) struct Tokens {
    by_server: BTreeMap<String, Arc<VerifiedTokens>>,
}

impl Tokens {
    /// Servers whose tokens say the same share them.
    pub(crate) fn new(
        config: &Config,
        http: &Arc<dyn HttpClient>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, NoToken> {
        issuer_is_known(config)?;
        let (http, metrics, store) = (http.clone(), Arc::clone(metrics), store::open(config)?);
        let around = Surroundings { config, http, metrics, store };
        let mut by_server = BTreeMap::new();
        let mut common: Option<Arc<VerifiedTokens>> = None;
        for (name, server) in config.servers() {
            server.check()?;
            let oauth = config.oauth_for(&server);
            let shares = server.takes_common_tokens() && authorization::is_for_every_server(&oauth);
            let tokens = match common.as_ref().filter(|_| shares) {
                Some(common) => Arc::clone(common),
                None => {
                    let authorization = Authorization::new(&around, oauth, Some(&server.url))?;
                    Arc::new(VerifiedTokens::new(authorization))
                }
            };
            if shares {
                common = Some(Arc::clone(&tokens));
            }
            by_server.insert(name, tokens);
        }
        Ok(Self { by_server })
    }

    /// Those for `server`.
    pub(crate) fn of(&self, server: &str) -> Result<&Arc<VerifiedTokens>, NoToken> {
        self.by_server.get(server).ok_or_else(|| NO_SERVER.into())
    }

    /// Those for the first server by name: "the" token where there is one for all.
    pub(crate) fn first(&self) -> Result<&Arc<VerifiedTokens>, NoToken> {
        self.by_server.values().next().ok_or_else(|| NO_SERVER.into())
    }

    /// The verified token that decides about a call to `server` whose rule names `scopes`.
    pub(crate) async fn deciding(
        &self,
        server: &str,
        scopes: &[String],
    ) -> Result<Arc<VerifiedToken>, NoToken> {
        Ok(self.of(server)?.verified(scopes).await?.1)
    }

    /// The tokens in hand, of all servers.
    pub(crate) fn current(&self) -> Vec<AccessToken> {
        self.by_server.values().flat_map(|tokens| tokens.current()).collect()
    }

    /// Forgets all tokens, and gives them back where that is configured.
    pub(crate) async fn close(&self) -> Result<(), TokenError> {
        join_all(self.by_server.values().map(|tokens| tokens.close())).await.into_iter().collect()
    }
}

/// One server may say where the client's secret goes, as nothing else does. Several could each say something else.
fn issuer_is_known(config: &Config) -> Result<(), ConfigError> {
    let known = config.oauth.issuer.is_some() || config.oauth.token_url.is_some();
    let asking = config.servers().values().filter(|server| server.oauth.is_none()).count();
    if known || asking < 2 {
        return Ok(());
    }
    Err(ConfigError::Missing {
        what: "the issuer of the client under [oauth]",
        mend: "set OAUTH_ISSUER, or issuer under [oauth]: with several MCP servers, none of them is believed where \
               the client's secret belongs",
    })
}
