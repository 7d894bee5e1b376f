//! What this client tells a server about itself, and what it does when a server asks something of it.
//!
//! Sampling, elicitation and roots are not offered: no capability is declared, and a server that asks anyway is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ErrorCode, ErrorData,
    Implementation, JsonObject, ProtocolVersion,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};

/// The client's side of one session.
#[derive(Debug)]
pub(crate) struct ClientRole {
    extensions: Vec<String>,
    tools_changed: Arc<AtomicBool>,
}

impl ClientRole {
    /// `tools_changed` is set when the server says that its list is another now.
    pub(crate) fn new(extensions: Vec<String>, tools_changed: Arc<AtomicBool>) -> Self {
        Self { extensions, tools_changed }
    }
}

impl ClientHandler for ClientRole {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
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
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Err(not_offered("elicitation/create"))
    }

    #[expect(deprecated, reason = "refusing roots needs their result type")]
    async fn list_roots(
        &self,
        _: RequestContext<RoleClient>,
    ) -> Result<rmcp::model::ListRootsResult, ErrorData> {
        Err(not_offered("roots/list"))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.tools_changed.store(true, Ordering::Release);
    }
}

fn not_offered(method: &'static str) -> ErrorData {
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None)
}
