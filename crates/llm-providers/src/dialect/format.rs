//! What makes a dialect. Each folder has one type that answers for all of it; nothing else knows which dialects there are.

use std::sync::Arc;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::frames::Framing;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// A wire format: pure, and free of I/O.
pub(crate) trait Format: Sync {
    /// The path below the base URL.
    fn path(&self, model: &str, stream: bool) -> String;

    /// Headers that every request has.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Where the list of models is, below the base URL, in the largest pages that there are; `None` where there is none.
    fn models_path(&self) -> Option<&'static str> {
        None
    }

    /// How the dialect's own provider takes its key.
    fn authentication(&self) -> Authentication {
        Authentication::Bearer
    }

    /// How a streamed answer is cut into pieces.
    fn framing(&self) -> Framing {
        Framing::Events
    }

    /// The tools whose names the dialect does not accept, each with the name that stands for it there: reversible, and
    /// the same for the same tools.
    fn aliases(&self, _: &[Tool]) -> Vec<(Arc<str>, Arc<str>)> {
        Vec::new()
    }

    /// The tools, at least one, as the request holds them.
    fn render_tools(&self, tools: &RenderedTools, losses: &mut Losses) -> Option<Box<RawValue>>;

    /// The request's body.
    fn encode(
        &self,
        context: &Context<'_>,
        request: &ChatRequest,
        losses: &mut Losses,
    ) -> Result<Vec<u8>, ProviderError>;

    /// Reads a whole answer.
    fn decode(&self, context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError>;

    /// The reader of a streamed answer.
    fn stream(&self) -> Box<dyn State>;
}
