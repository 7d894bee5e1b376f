//! Several servers as one set of tools.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use toolgate_tool_types::{JsonObject, Tool, ToolName, ToolResult};

use crate::call::CheckedCall;
use crate::connection::Connection;
use crate::pins::Pins;
use crate::{BridgeError, FailedServer, Server, ToolEntry, ToolSet, result};

/// How soon a server that could not be asked for its tools is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// How many names an error tells.
const TOLD: usize = 50;
/// How many times the deadline of one request it may take until all servers are asked.
const WAITING: u32 = 4;

/// MCP servers as one set of tools: listed once, looked up without I/O, called at most once.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use toolgate_http_client::HttpClient;
/// # use toolgate_mcp_bridge::{Bridge, Server};
/// # use toolgate_tool_types::{JsonObject, ToolName};
/// # async fn example(http: Arc<dyn HttpClient>) -> Result<(), Box<dyn std::error::Error>> {
/// let crm = Server::new("crm", "https://crm.example.com/mcp", Arc::clone(&http))?;
/// let shop = Server::new("shop", "https://shop.example.com/mcp", http)?;
/// let bridge = Bridge::new(vec![crm, shop])?;
/// println!("{} tools", bridge.tools().await?.len());
/// let arguments = JsonObject::parse(r#"{"customer_id": "JOHNDOE123"}"#)?;
/// let call = bridge.check(&ToolName::new("get_customer_info")?, arguments)?; // its schema allows that
/// println!("{}", bridge.call(call).await?.to_text("get_customer_info"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Bridge {
    connections: Vec<Connection>,
    /// The discovery that counts now, done once for all who wait for it.
    round: ArcSwap<OnceCell<Round>>,
    /// The last set that was found, for lookups.
    current: ArcSwap<ToolSet>,
    /// Which servers could not be asked for their tools the last time, and why.
    failures: ArcSwap<BTreeMap<Arc<str>, String>>,
    pins: Pins,
}

#[derive(Debug)]
struct Round {
    set: Arc<ToolSet>,
    at: Instant,
}

impl Bridge {
    /// A bridge to these servers. Nothing is sent until tools are asked for.
    ///
    /// One server's tools keep their names; those of several are called `server__tool`.
    ///
    /// # Errors
    /// [`BridgeError::Configuration`] when two servers have one name.
    pub fn new(servers: Vec<Server>) -> Result<Self, BridgeError> {
        for (index, server) in servers.iter().enumerate() {
            if servers.iter().skip(index + 1).any(|other| other.name == server.name) {
                let reason = "two servers have this name; give each its own".to_owned();
                return Err(BridgeError::Configuration { server: server.name.to_string(), reason });
            }
        }
        let connections = servers.into_iter().map(Connection::new).collect();
        Ok(Self {
            connections,
            round: ArcSwap::default(),
            current: ArcSwap::default(),
            failures: ArcSwap::default(),
            pins: Pins::default(),
        })
    }

    /// Offers tools although their texts are [flagged](ToolEntry::flags). Default: they are withheld until they are
    /// [approved](Self::approve). A tool that changes is withheld either way.
    #[must_use]
    pub fn with_flagged_offered(mut self, offered: bool) -> Self {
        self.pins.offer_flagged(offered);
        self
    }

    /// Goes on from another bridge: of servers that have the same name and place there, the definitions that it first saw are the
    /// approved ones here too, so that a change between the two is withheld. What was [approved](Self::approve) in spite of its
    /// flags is not.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        let servers = self.connections.iter().map(Connection::server);
        for server in servers {
            if before.connections.iter().any(|other| other.server().is_as(server)) {
                self.pins.take_over(&before.pins, &server.name);
            }
        }
        self
    }

    /// Approves exactly this definition of a tool that is [withheld](ToolSet::withheld): it is offered from the next
    /// [`tools`](Self::tools) on, until it changes.
    pub fn approve(&self, entry: &ToolEntry) {
        self.pins.approve(entry);
        self.round.store(Arc::default());
    }

    /// The tools of all servers, sorted by name. Asked for once and kept; asked for again when a server says that its
    /// list changed or its list's time to live is over, and 30 s after a server could not be asked. A list that changed is asked
    /// for a second after the one before at the earliest, and waited for.
    ///
    /// # Errors
    /// The error of the first server when none could be asked. Otherwise the tools of the others are returned, and
    /// [`tool_set`](Self::tool_set) says which servers are missing.
    ///
    /// # Cancel safety
    /// When the future is dropped, whoever asks next starts anew.
    pub async fn tools(&self) -> Result<Arc<[Tool]>, BridgeError> {
        Ok(self.tool_set().await?.tools().clone())
    }

    /// The same with what was left out and why.
    ///
    /// # Errors
    /// As [`tools`](Self::tools).
    ///
    /// # Cancel safety
    /// As [`tools`](Self::tools).
    pub async fn tool_set(&self) -> Result<Arc<ToolSet>, BridgeError> {
        let mut round = self.round.load_full();
        if round.get().is_some_and(|round| self.is_stale(round)) {
            self.round.compare_and_swap(&round, Arc::default());
            round = self.round.load_full();
        }
        // Each server has its own, shorter deadline; this one is for those who wait for another's attempt.
        let slowest =
            self.connections.iter().map(Connection::server).max_by_key(|server| server.call_timeout);
        let after = slowest.map_or(ASK_AGAIN, |server| server.call_timeout.saturating_mul(WAITING));
        match tokio::time::timeout(after, round.get_or_try_init(|| self.discover())).await {
            Ok(round) => Ok(round?.set.clone()),
            Err(_) => {
                let server = slowest.map_or_else(String::new, |server| server.name.to_string());
                Err(BridgeError::Timeout { server, method: "tools/list", after })
            }
        }
    }

    /// Asks all servers again.
    ///
    /// # Errors
    /// As [`tools`](Self::tools); the tools found before stay callable.
    ///
    /// # Cancel safety
    /// As [`tools`](Self::tools).
    pub async fn refresh(&self) -> Result<Arc<ToolSet>, BridgeError> {
        self.connections.iter().for_each(Connection::forget_listing);
        self.round.store(Arc::default());
        self.tool_set().await
    }

    /// The tool of exactly this name in the set that was found last. No I/O.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<Arc<ToolEntry>> {
        self.current.load().get(name).cloned()
    }

    /// The names of that set, sorted. No I/O.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.current.load().tools().iter().map(|tool| tool.name.to_string()).collect()
    }

    /// The set that was found last; empty before the first. No I/O.
    #[must_use]
    pub fn known(&self) -> Arc<ToolSet> {
        self.current.load_full()
    }

    /// Which servers could not be asked when tools were last listed, and why. No I/O.
    #[must_use]
    pub fn failures(&self) -> Arc<BTreeMap<Arc<str>, String>> {
        self.failures.load_full()
    }

    /// Checks that the tool exists and that the arguments fit its input schema. No I/O.
    ///
    /// # Errors
    /// [`BridgeError::UnknownTool`], [`BridgeError::Withheld`] and [`BridgeError::InvalidArguments`], in words for the model.
    pub fn check(&self, name: &ToolName, arguments: JsonObject) -> Result<CheckedCall, BridgeError> {
        let entry = self.lookup(name.as_str()).ok_or_else(|| self.not_offered(name))?;
        CheckedCall::new(entry, arguments)
    }

    /// Makes a call and returns what the tool answered.
    ///
    /// The call is sent a second time in two cases only: no connection to the server came about, or the server answered
    /// that it has forgotten the session. Otherwise a lost answer is [`BridgeError::OutcomeUnknown`].
    ///
    /// # Errors
    /// [`BridgeError`]; [`may_have_run`](BridgeError::may_have_run) says whether the tool may have run.
    ///
    /// # Cancel safety
    /// Dropping the future tells the server to stop; whether the tool ran is then not known.
    pub async fn call(&self, call: CheckedCall) -> Result<ToolResult, BridgeError> {
        let server = call.entry.server();
        let connection = self.connections.iter().find(|connection| connection.server().name() == server);
        let connection = connection.ok_or_else(|| self.unknown(call.name()))?;
        let text = connection.server().redaction.json(connection.call(&call).await?);
        let result = result::read(&text, connection.server().max_result)
            .map_err(|failure| failure.into_error(server, Some(call.name())))?;
        if let Some(schema) = &call.entry.definition.structured {
            result::check(&result, schema).map_err(|violation| BridgeError::InvalidResult {
                tool: call.name().clone(),
                pointer: violation.pointer,
                reason: violation.reason,
            })?;
        }
        Ok(result)
    }

    /// Ends all sessions and tells the servers so; calls under way are finished first. A later call opens new ones.
    ///
    /// # Cancel safety
    /// Dropping the future lets go of the sessions that it had begun to end, and their servers may not have been told.
    pub async fn close(&self) {
        join_all(self.connections.iter().map(Connection::close)).await;
    }

    fn not_offered(&self, name: &ToolName) -> BridgeError {
        let set = self.current.load();
        match set.withheld().iter().find(|entry| entry.name() == name) {
            Some(entry) => BridgeError::Withheld { tool: name.clone(), reason: entry.flagged() },
            None => self.unknown(name),
        }
    }

    fn unknown(&self, name: &ToolName) -> BridgeError {
        let names = self.names();
        let mut known = names.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
        if let Some(more) = names.len().checked_sub(TOLD).filter(|more| *more > 0) {
            known.push_str(&format!(" and {more} more"));
        }
        BridgeError::UnknownTool { name: name.to_string(), known }
    }

    fn is_stale(&self, round: &Round) -> bool {
        let ask_again = !round.set.failed().is_empty() && round.at.elapsed() >= ASK_AGAIN;
        ask_again || self.connections.iter().any(Connection::is_stale)
    }

    async fn discover(&self) -> Result<Round, BridgeError> {
        let mut listings = Vec::new();
        let mut failed = Vec::new();
        let answers = join_all(self.connections.iter().map(Connection::listing)).await;
        for (connection, answer) in self.connections.iter().zip(answers) {
            let server = connection.server().name.clone();
            match answer {
                Ok(listing) => listings.push((server, listing)),
                Err(error) => failed.push((server, error)),
            }
        }
        let reasons = failed.iter().map(|(server, error)| (Arc::clone(server), error.to_string()));
        self.failures.store(Arc::new(reasons.collect()));
        if listings.is_empty() && !failed.is_empty() {
            return Err(failed.swap_remove(0).1);
        }
        let failed = failed.into_iter().map(|(server, error)| {
            tracing::warn!(server = &*server, %error, "the tools of this MCP server are missing");
            FailedServer { server, error: Arc::new(error) }
        });
        let set =
            Arc::new(ToolSet::assemble(listings, failed.collect(), self.connections.len() > 1, &self.pins));
        self.current.store(set.clone());
        Ok(Round { set, at: Instant::now() })
    }
}
