//! Reads the events of a streamed answer. Each has the members of the whole one, and what is new in them; a call comes whole.

use super::response::{finish, usage};
use super::wire;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::stream::{DONE, Frame, State};
use crate::dialect::{Context, arguments};
use crate::{FinishReason, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(super) struct Stream {
    text: Option<Place>,
    reasoning: Option<Place>,
    state: Option<Place>,
    usage: wire::Usage,
    reason: Option<String>,
    is_done: bool,
}

impl State for Stream {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        if frame.data == DONE {
            self.is_done = true;
            return Ok(true);
        }
        let reply: wire::Reply<'_> = context.parse(frame.data)?;
        if reply.choices.is_none() && !reply.message.is_empty() {
            return Err(context.exception(&reply.status, frame.data));
        }
        draft.identify("", &reply.model);
        self.usage = reply.usage.unwrap_or(self.usage);
        // Further choices are further answers.
        let Some(choice) = reply.choices.unwrap_or_default().into_iter().next() else { return Ok(false) };
        if let Some(message) = choice.message {
            self.message(draft, &message)?;
        }
        if !choice.finish_reason.is_empty() {
            self.reason = Some(choice.finish_reason.to_string());
        }
        Ok(false)
    }

    fn finish(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        draft.order_by_kind();
        // The mark at the end says as much as a reason, where there is an answer.
        let is_whole = self.is_done && self.text.is_some();
        let reason = self.reason.as_deref().or(is_whole.then_some("stop"));
        let finish = reason.map(|reason| finish(context, reason, draft.has_calls())).transpose()?;
        Ok((finish, usage(self.usage)))
    }
}

impl Stream {
    fn message(&mut self, draft: &mut Draft, message: &wire::Message<'_>) -> Result<(), ProviderError> {
        // Tells how long a function of the provider's own will take.
        if &*message.role == "function_in_progress" {
            return Ok(());
        }
        if !message.reasoning_content.is_empty() {
            let place = *self.reasoning.get_or_insert_with(|| draft.add_reasoning());
            draft.extend(place, &message.reasoning_content)?;
        }
        if !message.content.is_empty() {
            let place = *self.text.get_or_insert_with(|| draft.add_text());
            draft.extend(place, &message.content)?;
        }
        if let Some(call) = &message.function_call {
            let place = draft.add_call("", &call.name)?;
            draft.extend(place, &arguments::written(call.arguments))?;
            draft.end_call(place);
        }
        if !message.functions_state_id.is_empty() && self.state.is_none() {
            let state = wire::FunctionsState { functions_state_id: (&*message.functions_state_id).into() };
            // Text as JSON does not fail.
            let block = serde_json::to_string(&state).unwrap_or_default();
            self.state = Some(draft.add_native(&block));
        }
        Ok(())
    }
}
