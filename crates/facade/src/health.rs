//! What is known about everything that a conversation needs. Nobody is asked: `toolgate doctor` does that.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use toolgate_jwt_verify::KeyHealth;

use crate::setup::Setup;
use crate::verified::VerifiedTokens;

/// What is known at one moment. Serialises for monitors; no secret is in it.
///
/// ```no_run
/// # fn example(toolgate: &toolgate::Toolgate) {
/// let health = toolgate.health();
/// assert!(health.is_well(), "{health:?}");
/// println!("{} records could not be written", health.audit.failures);
/// for (name, server) in &health.servers {
///     let keys = server.keys.as_ref().map(|keys| keys.usable);
///     println!("{name}: {} tools, {keys:?} keys, {:?}", server.tools, server.failure);
/// }
/// for (model, state) in &health.models {
///     println!("{model}: {state:?}");
/// }
/// # }
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The audit file.
    pub audit: AuditHealth,
    /// The MCP servers, by name.
    pub servers: BTreeMap<String, ServerHealth>,
    /// The breakers of `[[models]]`, by `provider/model`; none before the models are first asked for.
    pub models: BTreeMap<String, ModelHealth>,
    /// How many conversations are under way.
    pub open_conversations: u64,
}

/// What is known about the audit file.
///
/// See the example of [`Health`].
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AuditHealth {
    /// Whether it is open: from the first conversation on.
    pub open: bool,
    /// How many records could not be written, since the client was opened.
    pub failures: u64,
}

/// What is known about one MCP server.
///
/// See the example of [`Health`].
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct ServerHealth {
    /// How many of its tools are known; 0 before they are first listed.
    pub tools: usize,
    /// Why it could not be asked when tools were last listed.
    pub failure: Option<String>,
    /// For how long the token in hand is good, in seconds; a new one is asked for when it is needed.
    pub token_seconds: Option<u64>,
    /// The issuer's keys, once they were needed.
    pub keys: Option<KeysHealth>,
}

/// What is known about the keys of a server's issuer.
///
/// See the example of [`Health`].
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct KeysHealth {
    /// How many can be used.
    pub usable: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// How long ago the issuer last confirmed them, in seconds.
    pub age_seconds: Option<u64>,
    /// Why the last fetch did not replace them.
    pub failure: Option<String>,
}

/// Whether a model is asked.
///
/// See the example of [`Health`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelHealth {
    /// It is.
    Asked,
    /// One request is to find out whether it is well again.
    TriedAgain,
    /// It failed several times in a row, and is left alone for a while.
    LeftAlone,
}

impl Health {
    /// Whether nothing is known to be wrong now: every server was reached and its keys are fresh, and where models have
    /// breakers, one of them is asked.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let reached = |server: &ServerHealth| {
            server.failure.is_none() && server.keys.as_ref().is_none_or(|keys| keys.failure.is_none())
        };
        let all_left_alone = self.models.values().all(|model| *model == ModelHealth::LeftAlone);
        self.servers.values().all(reached) && (self.models.is_empty() || !all_left_alone)
    }

    pub(crate) fn of(setup: &Setup) -> Self {
        let gate = &setup.gate;
        let set = gate.bridge.known();
        let failures = gate.bridge.failures();
        let owners = || set.tools().iter().filter_map(|tool| Some(set.get(tool.name.as_str())?.server()));
        let server = |name: String| {
            let mut health = gate.tokens.of(&name).map(|tokens| ServerHealth::of(tokens)).unwrap_or_default();
            health.tools = owners().filter(|owner| *owner == name).count();
            health.failure = failures.get(&*name).cloned();
            (name, health)
        };
        Self {
            audit: AuditHealth { open: gate.audit.is_open(), failures: gate.metrics.audit_failures() },
            servers: setup.config.servers().into_keys().map(server).collect(),
            models: gate
                .metrics
                .breaker_states()
                .into_iter()
                // A configuration that was looked at and not put in force has left its own there.
                .filter(|(target, _)| setup.config.models.iter().any(|named| named.model == *target))
                .map(|(target, state)| (target, ModelHealth::of(state)))
                .collect(),
            open_conversations: gate.metrics.open_conversations(),
        }
    }
}

impl ServerHealth {
    fn of(tokens: &VerifiedTokens) -> Self {
        let Some((keys, token)) = tokens.health() else { return Self::default() };
        Self {
            token_seconds: token.map(|left| left.as_secs()),
            keys: Some(KeysHealth::of(&keys)),
            ..Self::default()
        }
    }
}

impl ModelHealth {
    /// By the number that the breaker shows.
    fn of(state: u64) -> Self {
        match state {
            0 => Self::Asked,
            1 => Self::TriedAgain,
            _ => Self::LeftAlone,
        }
    }
}

impl KeysHealth {
    fn of(keys: &KeyHealth) -> Self {
        Self {
            usable: keys.usable.len(),
            skipped: keys.skipped.len(),
            age_seconds: keys.age.as_ref().map(Duration::as_secs),
            failure: keys.last_failure.as_ref().map(ToString::to_string),
        }
    }
}
