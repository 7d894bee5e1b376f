//! Switches and counters of a running MCP server, and the state behind them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::StatusCode;
use rmcp::transport::streamable_http_server::session::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

use super::tools::{self, Definition, UNLISTED};
use super::{Generation, McpSettings};
use crate::oauth::OAuthControls;
use crate::outage::{Outage, Trouble};

/// Changes a running [`McpServer`](super::McpServer) and tells what it saw. Clones share one server.
#[derive(Clone)]
pub struct McpControls(Arc<Server>);

struct Server {
    origin: String,
    audiences: Vec<String>,
    authorization_server: OAuthControls,
    settings: McpSettings,
    sessions: Arc<LocalSessionManager>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    trouble: Trouble,
    delays: HashMap<String, Duration>,
    failures: HashMap<String, String>,
    descriptions: HashMap<String, String>,
    seen: HashSet<String>,
    revoked: HashSet<String>,
    requests: usize,
    unauthorized: usize,
    forbidden: usize,
    metadata_requests: usize,
    calls: HashMap<String, usize>,
    executed: HashMap<String, usize>,
}

/// Switches.
impl McpControls {
    /// Lets a tool take this long.
    pub fn set_delay(&self, tool: &str, delay: Duration) {
        self.state().delays.insert(tool.to_owned(), delay);
    }

    /// Lets a tool run and then fail with this text (`isError`), until told otherwise.
    pub fn set_failure(&self, tool: &str, text: Option<&str>) {
        let mut state = self.state();
        match text {
            Some(text) => state.failures.insert(tool.to_owned(), text.to_owned()),
            None => state.failures.remove(tool),
        };
    }

    /// Lists a tool under another description, as a server would that turned bad after its approval.
    pub fn set_description(&self, tool: &str, description: &str) {
        self.state().descriptions.insert(tool.to_owned(), description.to_owned());
    }

    /// Puts the endpoint out of order, or in order again.
    pub fn set_outage(&self, outage: Outage) {
        self.state().trouble.outage = outage;
    }

    /// Refuses every token presented so far from now on, whatever its `exp` says: 401 `invalid_token`.
    pub fn revoke_seen_tokens(&self) {
        let mut state = self.state();
        let seen = std::mem::take(&mut state.seen);
        state.revoked.extend(seen);
    }

    /// Forgets every session: requests that name one get 404, as after a restart.
    pub async fn drop_sessions(&self) {
        let ids: Vec<_> = self.0.sessions.sessions.read().await.keys().cloned().collect();
        for id in ids {
            self.0.sessions.close_session(&id).await.expect("close a session");
        }
    }
}

/// Counters.
impl McpControls {
    /// HTTP requests to the endpoint so far, refused ones included.
    pub fn requests(&self) -> usize {
        self.state().requests
    }

    /// `tools/call` requests so far, refused ones included: zero means that nothing was sent.
    pub fn calls(&self) -> usize {
        self.state().calls.values().sum()
    }

    /// `tools/call` requests for one tool so far, refused ones included.
    pub fn calls_of(&self, tool: &str) -> usize {
        self.state().calls.get(tool).copied().unwrap_or(0)
    }

    /// Tools run so far, with valid arguments and after every check.
    pub fn executed(&self) -> usize {
        self.state().executed.values().sum()
    }

    /// How often one tool ran.
    pub fn executed_of(&self, tool: &str) -> usize {
        self.state().executed.get(tool).copied().unwrap_or(0)
    }

    /// Requests answered 401 so far.
    pub fn unauthorized(&self) -> usize {
        self.state().unauthorized
    }

    /// Requests answered 403 for want of a scope so far.
    pub fn forbidden(&self) -> usize {
        self.state().forbidden
    }

    /// Requests for protected resource metadata so far.
    pub fn metadata_requests(&self) -> usize {
        self.state().metadata_requests
    }

    /// Sessions open now.
    pub async fn sessions(&self) -> usize {
        self.0.sessions.sessions.read().await.len()
    }
}

impl McpControls {
    pub(super) fn new(origin: String, authorization_server: OAuthControls, settings: McpSettings) -> Self {
        Self(Arc::new(Server {
            audiences: [format!("{origin}/mcp"), format!("{origin}/mcp/")]
                .into_iter()
                .chain(settings.audiences.iter().cloned())
                .collect(),
            origin,
            authorization_server,
            settings,
            sessions: Arc::default(),
            state: Mutex::default(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("state of the MCP server")
    }

    pub(super) fn generation(&self) -> Generation {
        self.0.settings.generation
    }

    pub(super) fn challenged_scope(&self) -> Option<&str> {
        self.0.settings.challenged_scope.as_deref()
    }

    pub(super) fn authorization_server(&self) -> &OAuthControls {
        &self.0.authorization_server
    }

    pub(super) fn sessions_owner(&self) -> Arc<LocalSessionManager> {
        self.0.sessions.clone()
    }

    /// The resource identifier of a path on this server.
    pub(super) fn resource(&self, path: &str) -> String {
        format!("{}{path}", self.0.origin)
    }

    /// Whom a token may be for: both spellings of the endpoint, and what the settings add.
    pub(super) fn audiences(&self) -> &[String] {
        &self.0.audiences
    }

    /// RFC 9728 section 3.1: the well-known part goes between host and path.
    pub(super) fn metadata_url(&self, path: &str) -> String {
        format!("{}/.well-known/oauth-protected-resource{path}", self.0.origin)
    }

    pub(super) fn offered(&self) -> impl Iterator<Item = &'static Definition> {
        let unlisted = self.0.settings.unlisted_tool;
        tools::all().iter().filter(move |definition| unlisted || definition.tool.name != UNLISTED)
    }

    pub(super) fn trouble(&self) -> Trouble {
        self.state().trouble
    }

    pub(super) fn delay_of(&self, tool: &str) -> Duration {
        self.state().delays.get(tool).copied().unwrap_or_default()
    }

    pub(super) fn failure_of(&self, tool: &str) -> Option<String> {
        self.state().failures.get(tool).cloned()
    }

    pub(super) fn description_of(&self, tool: &str) -> Option<String> {
        self.state().descriptions.get(tool).cloned()
    }

    /// Whether a valid token is still welcome; remembers that it was presented.
    pub(super) fn accepts(&self, token_id: &str) -> bool {
        let mut state = self.state();
        let welcome = !state.revoked.contains(token_id);
        if welcome {
            state.seen.insert(token_id.to_owned());
        }
        welcome
    }

    pub(super) fn count_request(&self, called_tool: Option<&str>) {
        let mut state = self.state();
        state.requests += 1;
        if let Some(tool) = called_tool {
            *state.calls.entry(tool.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn count_refusal(&self, status: StatusCode) {
        let mut state = self.state();
        match status {
            StatusCode::UNAUTHORIZED => state.unauthorized += 1,
            StatusCode::FORBIDDEN => state.forbidden += 1,
            _ => {}
        }
    }

    pub(super) fn count_metadata_request(&self) {
        self.state().metadata_requests += 1;
    }

    /// Counts one run of a tool and returns its number, from 1.
    pub(super) fn count_execution(&self, tool: &str) -> usize {
        let mut state = self.state();
        let count = state.executed.entry(tool.to_owned()).or_default();
        *count += 1;
        *count
    }
}

impl fmt::Debug for McpControls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpControls").field("origin", &self.0.origin).finish_non_exhaustive()
    }
}
