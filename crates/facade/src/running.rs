//! What a client is while it runs: the setup of the moment, and what outlives it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use toolgate_http_client::HttpClient;

use crate::gate::Rules;
use crate::setup::Setup;
use crate::tokens::Tokens;
use crate::{Config, ConfigError, Error, NoToken};

/// Shared by all clones of a client.
pub(crate) struct Running {
    current: ArcSwap<Setup>,
    /// The HTTP client that was given; without one, each configuration has its own.
    given: Option<Arc<dyn HttpClient>>,
    /// When this client was opened, in microseconds: sets its records apart from those of earlier ones.
    session: u128,
    conversations: AtomicU64,
    /// Tokens of earlier configurations that conversations may still use. Locked while a configuration is replaced.
    retired: Mutex<Vec<Arc<Tokens>>>,
}

impl Running {
    pub(crate) fn new(config: Config, given: Option<Arc<dyn HttpClient>>) -> Result<Self, Error> {
        let http = given.clone().map_or_else(|| config.http_client(), Ok)?;
        Ok(Self::with(Setup::new(config, http, None, Arc::default())?, given))
    }

    /// One with everything of its own but the counters of limits.
    pub(crate) fn beside(&self, config: Config, given: Arc<dyn HttpClient>) -> Result<Self, Error> {
        let setup = self.setup();
        let (rules, kept) = (setup.gate.rules.load_full(), Arc::clone(&setup.kept));
        Ok(Self::with(Setup::new(config, Arc::clone(&given), Some(&rules), kept)?, Some(given)))
    }

    fn with(setup: Setup, given: Option<Arc<dyn HttpClient>>) -> Self {
        Self {
            current: ArcSwap::from_pointee(setup),
            given,
            session: std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros()),
            conversations: AtomicU64::new(0),
            retired: Mutex::default(),
        }
    }

    pub(crate) fn setup(&self) -> Arc<Setup> {
        self.current.load_full()
    }

    /// The id of the next conversation.
    pub(crate) fn next_id(&self) -> String {
        let number = self.conversations.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{:x}-{number}", self.session)
    }

    /// Another one for `config`, which runs nothing yet, and its rules. Checks everything that can be checked without a
    /// network.
    pub(crate) fn prepare(&self, config: Config) -> Result<(Self, Rules), Error> {
        let before = self.setup();
        if config.audit != before.config.audit {
            return Err(ConfigError::NeedsRestart { what: "[audit]" }.into());
        }
        let rules = Rules::of(&config)?;
        let names_models = config.model.is_some() || !config.models.is_empty();
        let http = self.given.clone().map_or_else(|| config.http_client(), Ok)?;
        let setup = before.next(config, http)?;
        if names_models {
            setup.models()?;
        }
        Ok((Self::with(setup, self.given.clone()), rules))
    }

    /// Goes on with the setup of `next` and with `rules`, all of it before it returns. The tokens that no conversation uses
    /// any more, to be [given back](give_back).
    pub(crate) fn replace(&self, next: &Self, rules: Rules) -> Vec<Arc<Tokens>> {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let setup = next.setup();
        setup.gate.metrics.expect(&setup.config);
        // First the rules: whoever begins now, under either setup, is held to the new ones.
        let in_force = setup.gate.rules.load_full();
        setup.gate.rules.store(Arc::new(rules.after(&in_force)));
        setup.gate.metrics.keep_breakers(&setup.config);
        setup.show_models();
        let before = self.current.swap(setup);
        let (unused, used) =
            retired.drain(..).partition::<Vec<_>, _>(|tokens| Arc::strong_count(tokens) == 1);
        *retired = used;
        retired.push(Arc::clone(&before.gate.tokens));
        unused
    }

    /// Forgets all tokens, those of earlier configurations included, and gives them back where that is configured; and the
    /// places of calls that have ended.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let rules = self.setup().gate.rules.load_full();
        rules.settled().await;
        let retired = std::mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        let all = retired.into_iter().chain([Arc::clone(&self.setup().gate.tokens)]);
        let closed = join_all(all.map(|tokens| async move { tokens.close().await })).await;
        Ok(closed.into_iter().collect::<Result<(), _>>().map_err(NoToken::NotIssued)?)
    }
}

/// Gives back tokens of earlier configurations, where that is configured.
pub(crate) async fn give_back(unused: Vec<Arc<Tokens>>) {
    for closed in join_all(unused.iter().map(|tokens| tokens.close())).await {
        if let Err(error) = closed {
            tracing::warn!(%error, "a token of an earlier configuration was not taken back");
        }
    }
}
