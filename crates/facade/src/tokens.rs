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
use crate::{Config, ConfigError, NoToken, ServerConfig, TokenClient, store};

/// The tokens for each MCP server.
pub(crate) struct Tokens {
    by_server: BTreeMap<String, Arc<VerifiedTokens>>,
    /// Those that decide about programs, which get none: the common client's, where there is one.
    for_programs: Option<Arc<VerifiedTokens>>,
    programs: Vec<String>,
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
        let mut for_programs = None;
        let mut programs = Vec::new();
        for (name, server) in config.servers() {
            server.check()?;
            let Some(url) = server.url() else {
                programs.push(name);
                continue;
            };
            // The rig's server, which stands in where none is configured, is not asked who its issuer is.
            let asked = (!config.mcp.is_empty()).then_some(url);
            let oauth = config.oauth_for(&server);
            let shares = server.takes_common_tokens() && authorization::is_for_every_server(&oauth);
            let tokens = match common.as_ref().filter(|_| shares) {
                Some(common) => Arc::clone(common),
                None => {
                    let authorization = Authorization::new(&around, oauth, asked)?;
                    Arc::new(VerifiedTokens::new(authorization))
                }
            };
            if shares {
                common = Some(Arc::clone(&tokens));
            }
            if server.oauth.is_none() {
                for_programs.get_or_insert_with(|| Arc::clone(&tokens));
            }
            by_server.insert(name, tokens);
        }
        if !programs.is_empty() && for_programs.is_none() && config.oauth.client_id.is_some() {
            let authorization = Authorization::new(&around, config.oauth.clone(), None)?;
            for_programs = Some(Arc::new(VerifiedTokens::new(authorization)));
        }
        Ok(Self { by_server, for_programs, programs })
    }

    /// Those for `server`; `None` for a program.
    pub(crate) fn of(&self, server: &str) -> Option<&Arc<VerifiedTokens>> {
        self.by_server.get(server)
    }

    /// Those for the first server by name: "the" token where there is one for all.
    pub(crate) fn first(&self) -> Result<&Arc<VerifiedTokens>, NoToken> {
        match self.by_server.values().next() {
            Some(tokens) => Ok(tokens),
            None => self.for_programs(),
        }
    }

    /// The clients that tokens come from, each once.
    pub(crate) fn clients(&self) -> Vec<TokenClient> {
        let programs = self.programs.iter().filter_map(|name| Some((name, self.for_programs.as_ref()?)));
        let mut clients: Vec<(&Arc<VerifiedTokens>, Vec<String>)> = Vec::new();
        for (name, tokens) in self.by_server.iter().chain(programs) {
            match clients.iter_mut().find(|(known, _)| Arc::ptr_eq(known, tokens)) {
                Some((_, servers)) => servers.push(name.clone()),
                None => clients.push((tokens, vec![name.clone()])),
            }
        }
        clients.into_iter().map(|(tokens, servers)| TokenClient::new(servers, Arc::clone(tokens))).collect()
    }

    fn for_programs(&self) -> Result<&Arc<VerifiedTokens>, NoToken> {
        let missing = ConfigError::Missing {
            what: "a client",
            mend: "set OAUTH_CLIENT_ID, or client_id under [oauth] in toolgate.toml",
        };
        self.for_programs.as_ref().ok_or_else(|| missing.into())
    }

    /// The verified token that decides about a call to `server` whose rule names `scopes`. `None` where nothing is
    /// demanded: a program gets no token, so that only scopes ask for one.
    pub(crate) async fn deciding(
        &self,
        server: &str,
        scopes: &[String],
    ) -> Result<Option<Arc<VerifiedToken>>, NoToken> {
        let tokens = match self.of(server) {
            Some(tokens) => tokens,
            None if scopes.is_empty() => return Ok(None),
            None => self.for_programs()?,
        };
        Ok(Some(tokens.verified(scopes).await?.1))
    }

    fn all(&self) -> impl Iterator<Item = &Arc<VerifiedTokens>> {
        self.by_server.values().chain(&self.for_programs)
    }

    /// The tokens in hand, of all servers.
    pub(crate) fn current(&self) -> Vec<AccessToken> {
        self.all().flat_map(|tokens| tokens.current()).collect()
    }

    /// Forgets all tokens, and gives them back where that is configured.
    pub(crate) async fn close(&self) -> Result<(), TokenError> {
        join_all(self.all().map(|tokens| tokens.close())).await.into_iter().collect()
    }
}

/// One server may say where the client's secret goes, as nothing else does. Several could each say something else.
fn issuer_is_known(config: &Config) -> Result<(), ConfigError> {
    let known = config.oauth.issuer.is_some() || config.oauth.token_url.is_some();
    let asks = |server: &&ServerConfig| server.url().is_some() && server.oauth.is_none();
    let asking = config.servers().values().filter(asks).count();
    if known || asking < 2 {
        return Ok(());
    }
    Err(ConfigError::Missing {
        what: "the issuer of the client under [oauth]",
        mend: "set OAUTH_ISSUER, or issuer under [oauth]: with several MCP servers, none of them is believed where \
               the client's secret belongs",
    })
}
