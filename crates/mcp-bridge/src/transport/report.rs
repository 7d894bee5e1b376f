//! Where the transport leaves the cause of a failure. rmcp turns errors into text, or drops them; this does not.

use std::sync::{Arc, Mutex, PoisonError};

use rmcp::model::{ClientJsonRpcMessage, ClientRequest};
use rmcp::transport::streamable_http_client::StreamableHttpError;

use crate::failure::Failure;

/// The last failure of one request, or of a session's start. Travels in the request's extensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report(Arc<Mutex<Option<Failure>>>);

/// What rmcp is told instead.
#[derive(Debug, thiserror::Error)]
#[error("the exchange failed")]
pub(crate) struct Reported;

impl Report {
    /// The report that the request in `message` brought along.
    pub(crate) fn of(message: &ClientJsonRpcMessage) -> Option<Self> {
        let ClientJsonRpcMessage::Request(request) = message else { return None };
        let extensions = match &request.request {
            ClientRequest::ListToolsRequest(request) => &request.extensions,
            ClientRequest::CallToolRequest(request) => &request.extensions,
            _ => return None,
        };
        extensions.get::<Self>().cloned()
    }

    /// Leaves `failure` here and returns what rmcp needs to know of it.
    pub(crate) fn write(&self, failure: Failure) -> StreamableHttpError<Reported> {
        let told = match failure {
            Failure::SessionExpired => StreamableHttpError::SessionExpired,
            _ => StreamableHttpError::Client(Reported),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        told
    }

    /// Takes the failure out.
    pub(crate) fn take(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
