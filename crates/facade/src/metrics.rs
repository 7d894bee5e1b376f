//! What the gate and its connections do, as numbers: decisions, denials by rule, tool calls, tokens, keys, models.
//!
//! Counting is an atomic addition: no lock is taken but to find a rule, server or provider by name, and then only for
//! reading. Names of models, arguments and people are never labels; labels come from the configuration, so their number
//! is bounded. Names follow the conventions of Prometheus and OpenMetrics.

mod exchange;
mod families;
mod histogram;
#[cfg(feature = "prometheus")]
mod prometheus;
mod series;
mod snapshot;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use toolgate_audit_log::OutcomeKind;
use toolgate_http_client::HttpClient;
use toolgate_llm_providers::Usage;

use exchange::{Counted, Exchange};
pub use histogram::Distribution;
use histogram::Histogram;
use series::Series;
pub use snapshot::{Family, Kind, Measure, Sample, Snapshot};

use crate::{Config, Decision};

/// Everything that is counted in one client.
#[derive(Debug)]
pub(crate) struct Metrics {
    rules: Series<RuleCounts>,
    servers: Series<ServerCounts>,
    providers: Series<Exchange>,
    breakers: Series<AtomicU64>,
    tokens: Arc<Exchange>,
    keys: Arc<Exchange>,
    failovers: AtomicU64,
    unrecorded: AtomicU64,
    conversations: ConversationCounts,
    requests: Series<RequestCounts>,
}

/// The decisions of one rule.
#[derive(Debug, Default)]
struct RuleCounts {
    allowed: AtomicU64,
    /// By [`Denial::kind`](crate::Denial::kind).
    denied: Series<AtomicU64>,
}

/// The calls of one server's tools.
#[derive(Debug, Default)]
struct ServerCounts {
    /// By [`OUTCOMES`].
    outcomes: [AtomicU64; OUTCOMES.len()],
    duration: Histogram,
}

/// The requests of one route, where a server answers them.
#[derive(Debug, Default)]
struct RequestCounts {
    by_status: Series<AtomicU64>,
    duration: Histogram,
}

#[derive(Debug, Default)]
struct ConversationCounts {
    open: AtomicI64,
    answered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
    input: AtomicU64,
    output: AtomicU64,
}

/// How a tool call ends, in the order that it is counted in.
const OUTCOMES: [&str; 4] = ["succeeded", "tool_error", "failed", "unknown"];

impl Metrics {
    /// Zeros for every rule and server of `config`, so that an alert on their rate has something to begin with.
    pub(crate) fn new(config: &Config) -> Self {
        let metrics = Self {
            rules: Series::default(),
            servers: Series::default(),
            providers: Series::default(),
            breakers: Series::default(),
            tokens: Arc::default(),
            keys: Arc::default(),
            failovers: AtomicU64::new(0),
            unrecorded: AtomicU64::new(0),
            conversations: ConversationCounts::default(),
            requests: Series::default(),
        };
        metrics.rules.named("");
        metrics.expect(config);
        metrics
    }

    /// Zeros for the rules and servers of `config` that have none yet.
    pub(crate) fn expect(&self, config: &Config) {
        config.policy.tools.keys().for_each(|rule| drop(self.rules.named(rule)));
        config.servers().keys().for_each(|server| drop(self.servers.named(server)));
    }

    /// The gate has decided.
    pub(crate) fn decided(&self, decision: &Decision) {
        let rule = self.rules.named(&decision.rule);
        match &decision.denial {
            None => rule.allowed.fetch_add(1, Ordering::Relaxed),
            Some(denial) => rule.denied.named(denial.kind()).fetch_add(1, Ordering::Relaxed),
        };
    }

    /// A call of a tool of `server` has ended, or was given up.
    pub(crate) fn called(&self, server: &str, kind: OutcomeKind, took: Duration) {
        let server = self.servers.named(server);
        let place = match kind {
            OutcomeKind::Succeeded => 0,
            OutcomeKind::ToolError => 1,
            OutcomeKind::Failed => 2,
            _ => 3,
        };
        if let Some(count) = server.outcomes.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        server.duration.record(took);
    }

    /// A record could not be written.
    pub(crate) fn unrecorded(&self) {
        self.unrecorded.fetch_add(1, Ordering::Relaxed);
    }

    /// Another model was asked in place of one that failed.
    pub(crate) fn failed_over(&self) {
        self.failovers.fetch_add(1, Ordering::Relaxed);
    }

    /// Models have read and written so much.
    pub(crate) fn used(&self, usage: &Usage) {
        let ConversationCounts { input, output, .. } = &self.conversations;
        input.fetch_add(usage.input.unwrap_or(0), Ordering::Relaxed);
        output.fetch_add(usage.output.unwrap_or(0), Ordering::Relaxed);
    }

    /// Where the breaker of `target` shows its state.
    pub(crate) fn breaker(&self, target: &str) -> Arc<AtomicU64> {
        self.breakers.named(target)
    }

    /// The breakers of targets that `config` does not name are of no concern any more.
    pub(crate) fn keep_breakers(&self, config: &Config) {
        self.breakers.retain(|target| config.models.iter().any(|named| named.model == target));
    }

    /// A server in front of this client has begun to answer a request.
    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        let route = self.requests.named(route);
        route.by_status.named(&status.to_string()).fetch_add(1, Ordering::Relaxed);
        route.duration.record(took);
    }

    /// How many records could not be written.
    pub(crate) fn audit_failures(&self) -> u64 {
        self.unrecorded.load(Ordering::Relaxed)
    }

    /// How many conversations are under way.
    pub(crate) fn open_conversations(&self) -> u64 {
        u64::try_from(self.conversations.open.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// What each breaker shows, by target.
    pub(crate) fn breaker_states(&self) -> Vec<(String, u64)> {
        self.breakers.flat_map(|target, state| vec![(target.to_owned(), state.load(Ordering::Relaxed))])
    }

    /// A client for token requests that counts them.
    pub(crate) fn counting_tokens(&self, http: Arc<dyn HttpClient>) -> Arc<dyn HttpClient> {
        Counted::around(http, Arc::clone(&self.tokens), Some("token request"))
    }

    /// A client for key sets that counts their fetches.
    pub(crate) fn counting_keys(&self, http: Arc<dyn HttpClient>) -> Arc<dyn HttpClient> {
        Counted::around(http, Arc::clone(&self.keys), Some("key set fetch"))
    }

    /// A client for the models of `provider` that counts their requests.
    pub(crate) fn counting_models(&self, provider: &str, http: Arc<dyn HttpClient>) -> Arc<dyn HttpClient> {
        Counted::around(http, self.providers.named(provider), None)
    }

    /// A conversation begins.
    pub(crate) fn conversation(self: &Arc<Self>) -> OpenConversation {
        self.conversations.open.fetch_add(1, Ordering::Relaxed);
        OpenConversation { metrics: Arc::clone(self), ended: false }
    }
}

/// A conversation under way; dropped before it [`ended`](Self::ended), it counts as given up.
#[derive(Debug)]
pub(crate) struct OpenConversation {
    metrics: Arc<Metrics>,
    ended: bool,
}

impl OpenConversation {
    /// The conversation ended, with an answer or without.
    pub(crate) fn ended(mut self, answered: bool, usage: &Usage) {
        self.ended = true;
        let counts = &self.metrics.conversations;
        let ended = if answered { &counts.answered } else { &counts.failed };
        ended.fetch_add(1, Ordering::Relaxed);
        self.metrics.used(usage);
    }
}

impl Drop for OpenConversation {
    fn drop(&mut self) {
        let counts = &self.metrics.conversations;
        counts.open.fetch_sub(1, Ordering::Relaxed);
        if !self.ended {
            counts.given_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}
