//! Reads an answer.

use super::stream::Stream;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::dialect::stream::{Frame, State};
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError};

/// A whole answer is a stream of one piece.
pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let mut draft = Draft::plain(context);
    let mut answer = Stream::default();
    answer.read(context, &mut draft, Frame::of(body))?;
    let (finish, usage) = answer.finish(context, &mut draft)?;
    let Some(finish) = finish else {
        return Err(context.provider.error(ErrorKind::MalformedOutput, "expected an answer that is done"));
    };
    Ok(draft.into_response(finish, usage))
}

pub(super) fn finish(reason: &str, has_calls: bool) -> FinishReason {
    match reason {
        "stop" | "" if has_calls => FinishReason::ToolCalls,
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        other => FinishReason::Other(other.into()),
    }
}
