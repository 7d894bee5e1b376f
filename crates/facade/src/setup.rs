//! From settings to parts: tokens, keys, servers, the audit file, models.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use toolgate_http_client::{HttpClient, Origin};
use toolgate_mcp_bridge::{Bridge, Server};

use crate::config::together;
use crate::gate::{Gate, Offered, Rules};
use crate::kept::Kept;
use crate::metrics::Metrics;
use crate::models::{Authorizers, Resolver};
use crate::record::AuditFile;
use crate::secrets::Secrets;
use crate::tokens::Tokens;
use crate::verified::CallAuth;
use crate::{ChatFailure, Config, ConfigError, Error, Models, ServerAddress, price};

/// How this client gets its tokens, in MCP's words.
const CLIENT_CREDENTIALS: &str = "io.modelcontextprotocol/oauth-client-credentials";

/// What one configuration stands for. A conversation keeps the one that it began with.
pub(crate) struct Setup {
    pub(crate) config: Arc<Config>,
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) gate: Gate,
    authorizers: Authorizers,
    /// Outlives it: what was secret under it stays so.
    pub(crate) kept: Arc<Kept>,
    /// Set when they are first asked for: what is known about which of them is well is shared by all conversations.
    models: OnceLock<Models>,
    /// Those of the configuration before.
    models_before: Option<Models>,
}

/// What outlives a configuration.
struct Lasting {
    metrics: Arc<Metrics>,
    rules: Arc<ArcSwap<Rules>>,
    audit: Arc<AuditFile>,
    kept: Arc<Kept>,
}

impl Setup {
    /// The first one of a client. It goes on with what was counted under the rules `before`, where there are any, and `kept` what
    /// others know to be secret.
    pub(crate) fn new(
        config: Config,
        http: Arc<dyn HttpClient>,
        before: Option<&Rules>,
        kept: Arc<Kept>,
    ) -> Result<Self, Error> {
        let metrics = Arc::new(Metrics::new(&config));
        let rules = Rules::of(&config)?;
        let rules = Arc::new(ArcSwap::from_pointee(match before {
            Some(before) => rules.after(before),
            None => rules,
        }));
        let audit = Arc::new(AuditFile::new(&config.audit));
        Self::with(config, http, Lasting { metrics, rules, audit, kept }, None)
    }

    /// One that comes after this one, with tokens and connections of its own. It writes and counts on where this one
    /// does, takes the rules that are in force, and knows which definitions of tools are the approved ones.
    pub(crate) fn next(&self, config: Config, http: Arc<dyn HttpClient>) -> Result<Self, Error> {
        let Gate { metrics, rules, audit, .. } = &self.gate;
        let models = self.models.get().or(self.models_before.as_ref()).cloned();
        let (metrics, rules, audit) = (Arc::clone(metrics), Arc::clone(rules), Arc::clone(audit));
        let lasting = Lasting { metrics, rules, audit, kept: Arc::clone(&self.kept) };
        let mut next = Self::with(config, http, lasting, models)?;
        next.gate.bridge = next.gate.bridge.after(&self.gate.bridge);
        Ok(next)
    }

    fn with(
        config: Config,
        http: Arc<dyn HttpClient>,
        lasting: Lasting,
        models_before: Option<Models>,
    ) -> Result<Self, Error> {
        together::check(&config)?;
        price::check(&config.prices)?;
        let Lasting { metrics, rules, audit, kept } = lasting;
        let tokens = Arc::new(Tokens::new(&config, &http, &metrics, &kept)?);
        // A server that repeats what it was shown, or found, does not get it into a conversation.
        let bridge = bridge(&config, &tokens, &http, Arc::new(Secrets::new(&config, &tokens, &kept)?))?;
        let gate = Gate { rules, tokens, bridge, audit, metrics };
        let (config, authorizers) = (Arc::new(config), Authorizers::new(Arc::clone(&kept)));
        Ok(Self { config, http, gate, authorizers, kept, models: OnceLock::new(), models_before })
    }

    /// The models that the settings name, resolved once.
    pub(crate) fn models(&self) -> Result<Models, Error> {
        if let Some(models) = self.models.get() {
            return Ok(models.clone());
        }
        let models = self.resolver().models(self.models_before.as_ref())?;
        Ok(self.models.get_or_init(|| models).clone())
    }

    /// What makes models by the settings.
    pub(crate) fn resolver(&self) -> Resolver<'_> {
        let Self { config, http, gate, authorizers, .. } = self;
        Resolver { config, http, metrics: &gate.metrics, authorizers }
    }

    /// Shows which of them are well, where they are known.
    pub(crate) fn show_models(&self) {
        self.models.get().into_iter().for_each(Models::show);
    }

    /// What a conversation needs before the model is asked: an audit file that can be written, and the tools.
    pub(crate) async fn prepare(&self) -> Result<Offered, ChatFailure> {
        self.gate.audit.open().await?;
        Ok(self.gate.offered().await?)
    }
}

fn bridge(
    config: &Config,
    tokens: &Tokens,
    http: &Arc<dyn HttpClient>,
    secrets: Arc<Secrets>,
) -> Result<Bridge, Error> {
    let mut servers = Vec::new();
    for (name, settings) in config.servers() {
        let server = match &settings.address {
            ServerAddress::Url(url) => Server::new(&name, url, authorized(&name, url, tokens, http)?)?
                .with_extension(CLIENT_CREDENTIALS),
            ServerAddress::Program(program) => Server::stdio(&name, program.start(&name, config)?)?,
        };
        let secrets = Arc::clone(&secrets);
        let mut server = server.with_call_timeout(settings.timeout()).with_longest_call(settings.longest());
        if let Some(respondent) = &config.respondent {
            server = server.with_elicitation(Arc::clone(&respondent.0));
        }
        servers.push(server.with_redaction(move |redact| secrets.each(redact)));
    }
    Ok(Bridge::new(servers)?)
}

/// The HTTP client for one server: every request carries a token for it.
fn authorized(
    name: &str,
    url: &str,
    tokens: &Tokens,
    http: &Arc<dyn HttpClient>,
) -> Result<Arc<dyn HttpClient>, Error> {
    let wrong = || {
        let expected = "an absolute URL such as https://localhost:8001/mcp/, without user name and password";
        ConfigError::url(format!("the URL of the MCP server {name}"), url, expected)
    };
    let origin: Origin = url.parse().map_err(|_| wrong())?;
    let tokens = Arc::clone(tokens.of(name).ok_or_else(wrong)?);
    Ok(Arc::new(CallAuth { http: http.clone(), tokens, origin }))
}
