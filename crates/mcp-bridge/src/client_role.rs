//! What this client tells a server about itself, and what it does when a server asks something of it.
//!
//! Sampling and roots are not offered, and elicitation only where the application answers it: no capability is declared,
//! and a server that asks anyway is refused.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationCapability, ErrorCode,
    ErrorData, FormElicitationCapability, Implementation, JsonObject, ProgressNotificationParam,
    ProtocolVersion, UrlElicitationCapability,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde_json::{Value, json};

use crate::Server;
use crate::elicitation::{self, Elicit};
use crate::progress::Progress;
use crate::redaction::Redaction;

/// The most questions that a person is asked at once: one at a time is what a server has a right to expect.
const MAX_ASKING: usize = 16;

/// The client's side of one session.
pub(crate) struct ClientRole {
    server: Arc<str>,
    extensions: Vec<String>,
    elicit: Option<Arc<dyn Elicit>>,
    /// Questions that a person is thinking about.
    asking: AtomicUsize,
    tools_changed: Arc<AtomicBool>,
    progress: Arc<Progress>,
    redaction: Redaction,
}

impl ClientRole {
    /// `tools_changed` is set when the server says that its list is another now; `progress` may be told by others too.
    pub(crate) fn new(server: &Server, tools_changed: Arc<AtomicBool>, progress: Arc<Progress>) -> Self {
        Self {
            server: server.name.clone(),
            extensions: server.extensions.clone(),
            elicit: server.elicit.clone(),
            asking: AtomicUsize::new(0),
            tools_changed,
            progress,
            redaction: server.redaction.clone(),
        }
    }

    /// Whether the server may ask a person.
    pub(crate) fn offers_elicitation(&self) -> bool {
        self.elicit.is_some()
    }

    /// Whether a person is being asked something.
    pub(crate) fn is_asking(&self) -> bool {
        self.asking.load(Ordering::Acquire) > 0
    }

    /// Who waits for progress.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Whether the server has said that its list is another now.
    pub(crate) fn tools_changed(&self) -> &Arc<AtomicBool> {
        &self.tools_changed
    }

    /// Notes that the server's list is another now.
    pub(crate) fn note_changed_tools(&self) {
        self.tools_changed.store(true, Ordering::Release);
    }

    /// What is answered to a request that a server makes while a call is under way.
    pub(crate) async fn answer(&self, method: &str, params: &Value) -> Result<Value, ErrorData> {
        let answer = match method {
            "ping" => Some(Value::Object(JsonObject::new())),
            "elicitation/create" => self.elicit(params).await,
            _ => None,
        };
        answer.ok_or_else(|| not_offered(method))
    }

    /// Takes a notification that came while a call was under way.
    pub(crate) fn note(&self, method: &str, params: Value) {
        match method {
            "notifications/tools/list_changed" => self.note_changed_tools(),
            "notifications/progress" => match serde_json::from_value(params) {
                Ok(told) => self.progress.note(told),
                Err(_) => tracing::debug!("a progress notification of an MCP server is malformed"),
            },
            _ => {}
        }
    }

    /// The result of an `elicitation/create`, or `None` when nobody answers here.
    pub(crate) async fn elicit(&self, params: &Value) -> Option<Value> {
        let elicit = self.elicit.as_deref()?;
        let Some(_asking) = Asking::new(&self.asking) else {
            tracing::warn!(
                server = &*self.server,
                "an MCP server asks more than {MAX_ASKING} questions at once"
            );
            return Some(json!({"action": "cancel"}));
        };
        // Whoever is asked is shown the server's words, as a model is shown a result. None is shown what cannot be read.
        let params = serde_json::from_str(&self.redaction.json(params.to_string())).unwrap_or_default();
        Some(elicitation::answer(elicit, &self.server, &params).await)
    }
}

/// Counts one question as long as it lives.
struct Asking<'a>(&'a AtomicUsize);

impl<'a> Asking<'a> {
    /// One more, unless there are as many as there may be.
    fn new(count: &'a AtomicUsize) -> Option<Self> {
        let more = |asking: usize| (asking < MAX_ASKING).then_some(asking + 1);
        count.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(count))
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl ClientHandler for ClientRole {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        if self.elicit.is_some() {
            let both = ElicitationCapability::new()
                .with_form(FormElicitationCapability::default())
                .with_url(UrlElicitationCapability::default());
            capabilities.elicitation = Some(both);
        }
        if !self.extensions.is_empty() {
            let declared = self.extensions.iter().map(|identifier| (identifier.clone(), JsonObject::new()));
            capabilities.extensions = Some(declared.collect());
        }
        // rmcp's default is a version that has no `initialize`, and it would be sent inside one.
        ClientConfig::new(capabilities, Implementation::new("toolgate", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn create_elicitation(
        &self,
        params: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let internal = |error: serde_json::Error| ErrorData::internal_error(error.to_string(), None);
        let params = serde_json::to_value(params).map_err(internal)?;
        let answer = self.elicit(&params).await.ok_or_else(|| not_offered("elicitation/create"))?;
        serde_json::from_value(answer).map_err(internal)
    }

    #[expect(deprecated, reason = "refusing roots needs their result type")]
    async fn list_roots(
        &self,
        _: RequestContext<RoleClient>,
    ) -> Result<rmcp::model::ListRootsResult, ErrorData> {
        Err(not_offered("roots/list"))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.note_changed_tools();
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.note(params);
    }
}

impl fmt::Debug for ClientRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientRole").field("server", &self.server).finish_non_exhaustive()
    }
}

fn not_offered(method: &str) -> ErrorData {
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method.to_owned(), None)
}
