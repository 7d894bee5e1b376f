//! One session with one server: opened in the protocol generation that the server speaks, requests with a deadline,
//! cancellation that reaches the server.

mod pending;
mod startup;

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, ListToolsRequest, PaginatedRequestParams,
    ServerResult,
};
use rmcp::service::{PeerRequestOptions, RoleClient, RunningService, ServiceError};

use crate::call::CheckedCall;
use crate::client_role::ClientRole;
use crate::failure::Failure;
use crate::text::escaped;
use crate::transport::{self, ParamHeaderValues, Report};
pub(crate) use startup::Generation;

use self::pending::Pending;

/// How long a server may take to take note that the session is over.
const CLOSING: Duration = Duration::from_secs(5);

/// An open session.
#[derive(Debug)]
pub(crate) struct Session {
    service: RunningService<RoleClient, ClientRole>,
    generation: Generation,
    timeout: Duration,
}

impl Session {
    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether the session has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.service.is_closed() || self.service.peer().is_transport_closed()
    }

    /// One page of `tools/list`, unread.
    pub(crate) async fn list_tools(&self, cursor: Option<String>) -> Result<String, Failure> {
        let report = Report::default();
        let mut request = ListToolsRequest::with_param(PaginatedRequestParams::default().with_cursor(cursor));
        request.extensions.insert(report.clone());
        self.request(ClientRequest::ListToolsRequest(request), "tools/list", report).await
    }

    /// The result of one `tools/call`, unread.
    pub(crate) async fn call_tool(&self, call: &CheckedCall) -> Result<String, Failure> {
        let definition = &call.entry.definition;
        let params =
            CallToolRequestParams::new(definition.name.clone()).with_arguments(call.arguments.clone());
        let mut request = CallToolRequest::new(params);
        let report = Report::default();
        request.extensions.insert(report.clone());
        if self.generation == Generation::Stateless {
            request.extensions.insert(ParamHeaderValues(definition.param_headers.of(&call.arguments)));
        }
        self.request(ClientRequest::CallToolRequest(request), "tools/call", report).await
    }

    async fn request(
        &self,
        request: ClientRequest,
        method: &'static str,
        report: Report,
    ) -> Result<String, Failure> {
        let after = self.timeout;
        let sending = self.service.peer().send_request_with_option(request, PeerRequestOptions::no_options());
        let mut pending = Pending::new(sending.await.map_err(|_| Failure::SessionEnded)?);
        match tokio::time::timeout(after, pending.answer()).await {
            Err(_) => Err(Failure::Timeout { method, after }),
            Ok(Some(Ok(ServerResult::CustomResult(result)))) => transport::take_unread(result.0)
                .ok_or_else(|| Failure::Protocol(format!("the answer to {method} is not its result"))),
            Ok(Some(Ok(_))) => Err(Failure::Protocol(format!("the answer to {method} is not its result"))),
            Ok(Some(Err(error))) => Err(explain(error, &report)),
            Ok(None) => Err(report.take().unwrap_or(Failure::Lost("the session ended before the answer"))),
        }
    }

    /// Ends the session and tells the server so. While requests are under way, the last of them does.
    pub(crate) async fn close(self: Arc<Self>) {
        let Ok(mut session) = Arc::try_unwrap(self) else { return };
        if let Err(error) = session.service.close_with_timeout(CLOSING).await {
            tracing::debug!(%error, "an MCP session did not end cleanly");
        }
    }
}

/// What rmcp's error means. What the transport reported is nearer to the cause than what rmcp made of it, but a JSON-RPC
/// error of the server is an answer.
fn explain(error: ServiceError, report: &Report) -> Failure {
    match error {
        ServiceError::McpError(error) if !transport::is_synthetic(&error) => {
            Failure::Refused { code: error.code.0, message: escaped(&error.message) }
        }
        _ => report.take().unwrap_or(Failure::Lost("the connection closed before the answer")),
    }
}
