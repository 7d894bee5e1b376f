//! Which tokens are for which MCP server: those of one client for all, or what `[mcp.NAME]` says for one.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use toolgate_http_client::HttpClient;
use toolgate_jwt_verify::VerifiedToken;
use toolgate_oauth_cc::{AccessToken, TokenError};

use crate::authorization::{self, Authorization, Surroundings};
use crate::kept::Kept;
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
        kept: &Arc<Kept>,
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
                    Arc::new(VerifiedTokens::new(authorization, Arc::clone(kept)))
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
            for_programs = Some(Arc::new(VerifiedTokens::new(authorization, Arc::clone(kept))));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unplugged::Unplugged;

    #[test]
    fn of_several_servers_none_says_where_the_clients_secret_belongs() {
        let known = |text: &str| issuer_is_known(&toml::from_str(text).unwrap());
        let (one, two) = ("[mcp.a]\nurl = \"https://a.example\"\n", "[mcp.b]\nurl = \"https://b.example\"\n");
        let program = "[mcp.c]\ncommand = \"c\"\n";
        let own = "[mcp.d]\nurl = \"https://d.example\"\n[mcp.d.oauth]\nissuer = \"https://as.example\"\n";
        for fine in [one.to_owned(), format!("{one}{program}"), format!("{one}{own}")] {
            assert!(known(&fine).is_ok(), "{fine}");
        }
        let several = format!("{one}{two}");
        assert!(known(&several).unwrap_err().to_string().contains("OAUTH_ISSUER"));
        for said in ["issuer = \"https://as.example\"", "token_url = \"https://as.example/token\""] {
            assert!(known(&format!("[oauth]\n{said}\n{several}")).is_ok(), "{said}");
        }
    }

    /// The names of the servers that share a client's tokens, of each client, and whether programs are decided about by
    /// some.
    fn shared(common: &str, servers: &str) -> (Vec<Vec<String>>, bool) {
        let mut config: Config = toml::from_str(&format!("[oauth]\n{common}\n{servers}")).unwrap();
        let others = config.mcp.values_mut().filter_map(|server| server.oauth.as_mut());
        for oauth in others.chain([&mut config.oauth]) {
            oauth.client_secret = Some(toolgate_oauth_cc::Secret::new("secret"));
        }
        let http: Arc<dyn HttpClient> = Arc::new(Unplugged);
        let tokens = Tokens::new(&config, &http, &Arc::new(Metrics::new(&config)), &Arc::default()).unwrap();
        let clients = tokens.clients().iter().map(|client| client.servers().to_vec()).collect();
        (clients, tokens.for_programs.is_some())
    }

    #[test]
    fn servers_share_tokens_only_where_these_are_for_all_of_them() {
        let issuer = "client_id = \"c\"\nissuer = \"https://as.example\"";
        let one_resource = format!("{issuer}\nresource = \"https://all.example\"");
        let two = "[mcp.a]\nurl = \"https://a.example\"\n[mcp.b]\nurl = \"https://b.example\"\n";
        assert_eq!(shared(issuer, two).0, [["a"], ["b"]], "each names its own resource");
        assert_eq!(shared(&one_resource, two).0, [["a", "b"]]);
        let other =
            shared(&one_resource, &format!("{two}scopes = [\"x\"]\n[mcp.c]\nurl = \"https://c.example\"\n"));
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(other.0, [names(&["a", "c"]), names(&["b"])], "those of b hold other scopes");
    }

    #[test]
    fn programs_are_decided_about_by_the_common_clients_tokens() {
        let issuer = "client_id = \"c\"\nissuer = \"https://as.example\"";
        let program = "[mcp.p]\ncommand = \"p\"\n";
        let server = "[mcp.a]\nurl = \"https://a.example\"\n";
        let own = "[mcp.a.oauth]\nclient_id = \"o\"\nissuer = \"https://other.example\"\n";
        let both = format!("{server}{program}");
        assert_eq!(shared(issuer, program), (vec![vec!["p".to_owned()]], true));
        assert_eq!(shared(issuer, &both), (vec![vec!["a".to_owned(), "p".to_owned()]], true));
        let apart = (vec![vec!["a".to_owned()], vec!["p".to_owned()]], true);
        assert_eq!(shared(issuer, &format!("{server}{own}{program}")), apart, "not by another client's");
        assert!(!shared("", program).1, "without a client there is none");
    }
}
