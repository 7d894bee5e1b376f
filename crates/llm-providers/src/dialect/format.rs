//! What makes a dialect. Each folder has one [`Format`] that answers for all of it; nothing else knows which dialects there
//! are.

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::aliases::Aliases;
use super::embeddings::EmbeddingFormat;
use super::frames::Framing;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, Provider, ProviderError};

/// A wire format: pure, and free of I/O.
pub(crate) struct Format {
    /// The path below the base URL, for a model, and whether its answer is streamed.
    pub(crate) path: fn(&str, bool) -> String,

    /// Members of the body that say whose account a request is for, of which each request has one.
    pub(crate) accounts: &'static [&'static str],

    /// Headers that every request has.
    pub(crate) headers: &'static [(&'static str, &'static str)],

    /// Where the list of models is, below the base URL, in the largest pages that there are; `None` where there is none.
    pub(crate) models_path: Option<&'static str>,

    /// How a model of the provider embeds texts; `None` where it does not.
    pub(crate) embeddings: fn(&Provider, &str) -> Option<&'static EmbeddingFormat>,

    /// How the dialect's own provider takes its key.
    pub(crate) authentication: Authentication,

    /// How a streamed answer is cut into pieces.
    pub(crate) framing: Framing,

    /// The tools whose names the dialect does not accept, each with the name that stands for it there: reversible, and
    /// the same for the same tools.
    pub(crate) aliases: fn(&[Tool]) -> Aliases,

    /// The tools, at least one, as the request holds them.
    pub(crate) render_tools: fn(&RenderedTools, &mut Losses) -> Option<Box<RawValue>>,

    /// The request's body.
    pub(crate) encode: fn(&Context<'_>, &ChatRequest, &mut Losses) -> Result<Vec<u8>, ProviderError>,

    /// Reads a whole answer.
    pub(crate) decode: fn(&Context<'_>, &[u8]) -> Result<ChatResponse, ProviderError>,

    /// The reader of a streamed answer.
    pub(crate) stream: fn() -> Box<dyn State>,
}
