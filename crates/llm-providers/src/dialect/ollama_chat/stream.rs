//! Reads the lines of a streamed answer. Each has the members of the whole one, and what is new in them.

use super::response::finish;
use super::wire;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::stream::{Frame, State};
use crate::dialect::{Context, arguments, logprobs};
use crate::{FinishReason, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    text: Option<Place>,
    thinking: Option<Place>,
    usage: Usage,
    done_reason: Option<String>,
}

impl State for Stream {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        let reply: wire::Reply<'_> = context.parse(frame.data)?;
        // It answers 200 before it knows, and tells of a failure in a line of its own.
        if reply.error.is_some() {
            return Err(context.exception("", frame.data));
        }
        // One that failed to read a call told of it under another name (0.11.3).
        if reply.message.is_none() && reply.done.is_none() {
            return Err(context.no_answer(frame.data, "a message"));
        }
        draft.identify("", &reply.model);
        logprobs::add(draft, "logprobs", reply.logprobs);
        self.message(draft, reply.message.unwrap_or_default())?;
        let is_done = reply.done.unwrap_or_default();
        if is_done {
            self.usage.input = reply.prompt_eval_count.0;
            self.usage.output = reply.eval_count.0;
            self.done_reason = Some(reply.done_reason.to_string());
        }
        Ok(is_done)
    }

    fn finish(
        &mut self,
        _: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        draft.order_by_kind();
        let finish = self.done_reason.as_ref().map(|reason| finish(reason, draft.has_calls()));
        Ok((finish, self.usage))
    }
}

impl Stream {
    fn message(&mut self, draft: &mut Draft, message: wire::Message<'_>) -> Result<(), ProviderError> {
        if !message.thinking.is_empty() {
            let place = *self.thinking.get_or_insert_with(|| draft.add_reasoning());
            draft.extend(place, &message.thinking)?;
        }
        if !message.content.is_empty() {
            let place = *self.text.get_or_insert_with(|| draft.add_text());
            draft.extend(place, &message.content)?;
        }
        // Calls come whole.
        for call in message.tool_calls.unwrap_or_default() {
            let place = draft.add_call(&call.id, &call.function.name)?;
            draft.extend(place, &arguments::written(call.function.arguments))?;
            draft.end_call(place);
        }
        Ok(())
    }
}
