//! What this client keeps secret, so that no server that got hold of it puts it into a conversation or a record (MB-16).

use std::sync::Arc;

use toolgate_oauth_cc::{AccessToken, Secret};

use crate::config::{OAuthConfig, ServerAddress, StoreConfig};
use crate::kept::{Kept, SHORTEST};
use crate::models::proof::SECRET_VARIABLES;
use crate::tokens::Tokens;
use crate::{Config, Error};

/// The secrets of one configuration, and those that are kept of all.
pub(crate) struct Secrets {
    kept: Arc<Kept>,
    tokens: Arc<Tokens>,
}

impl Secrets {
    /// Client secrets, keys of model providers, their secret headers and what stands in for them, what programs are passed, and the key of the store.
    pub(crate) fn new(config: &Config, tokens: &Arc<Tokens>, kept: &Arc<Kept>) -> Result<Self, Error> {
        let clients = config.mcp.values().filter_map(|server| server.oauth.as_ref()).chain([&config.oauth]);
        let clients = clients.filter_map(|oauth: &OAuthConfig| oauth.secret(&config.environment).ok());
        let models = config.known_providers()?.into_iter().filter_map(|provider| provider.key_variable);
        let passed = config.mcp.values().flat_map(|server| match &server.address {
            ServerAddress::Program(program) => program.pass_env.clone(),
            ServerAddress::Url(_) => Vec::new(),
        });
        let headers = config.providers.values().flat_map(|provider| provider.header_env.values().cloned());
        let others = StoreConfig::SECRET_VARIABLES.into_iter().chain(SECRET_VARIABLES).map(str::to_owned);
        let variables = models.chain(passed).chain(headers).chain(others);
        let settled =
            clients.chain(variables.filter_map(|name| Some(Secret::new(config.environment.get(&name)?))));
        let settled = settled.filter(|secret| secret.expose_secret().len() >= SHORTEST);
        kept.settle(&settled.collect::<Vec<_>>());
        Ok(Self { kept: Arc::clone(kept), tokens: Arc::clone(tokens) })
    }

    /// Calls `redact` with each.
    pub(crate) fn each(&self, redact: &mut dyn FnMut(&str)) {
        self.kept.each(redact);
        // Those that were issued, and that nobody has been shown yet.
        let tokens = self.tokens.current();
        let others =
            tokens.iter().map(AccessToken::expose_secret).filter(|token| !self.kept.has_token(token));
        others.for_each(redact);
    }
}
