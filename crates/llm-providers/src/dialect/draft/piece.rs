//! One part of an answer while it is read.

use std::sync::Arc;

use toolgate_tool_types::{CallId, ToolCall};

use super::arguments::Arguments;
use crate::{AssistantPart, Citation, Native, Opaque, Reasoning};

pub(super) enum Piece {
    Text(String),
    Reasoning { text: String, opaque: Option<Opaque> },
    Call { index: usize, id: CallId, name: Arc<str>, arguments: Arguments, open: bool },
    Citation(Citation),
    Native(Arc<str>),
}

impl Piece {
    pub(super) fn into_part(self, provider: &Arc<str>) -> Option<AssistantPart> {
        let provider = || Arc::clone(provider);
        Some(match self {
            Self::Text(text) if text.is_empty() => return None,
            Self::Reasoning { text, opaque: None } if text.is_empty() => return None,
            Self::Text(text) => AssistantPart::Text { text: text.into() },
            Self::Reasoning { text, opaque } => {
                AssistantPart::Reasoning(Reasoning { opaque, ..Reasoning::new(provider(), text) })
            }
            Self::Call { id, name, arguments, .. } => {
                AssistantPart::ToolCall(ToolCall::new(id, name, arguments.into_text()))
            }
            Self::Citation(citation) => AssistantPart::Citation(citation),
            Self::Native(block) => AssistantPart::Native(Native::new(provider(), block)),
        })
    }
}
