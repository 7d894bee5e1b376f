//! Reads streamed `generateContent` responses. Each piece is a response of its own with some of the parts, so the plain
//! answer is a stream of one.

use serde_json::value::RawValue;

use super::pieces::Pieces;
use super::response::{finish, usage};
use super::wire;
use crate::dialect::draft::Draft;
use crate::dialect::lenient::Members;
use crate::dialect::stream::{DONE, Frame, State};
use crate::dialect::{Context, arguments, wrapped};
use crate::{FinishReason, Opaque, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    usage: wire::Usage,
    finish: String,
    message: String,
    has_candidate: bool,
    /// Why the prompt was not taken.
    blocked: String,
    /// The call whose arguments come in pieces.
    open: Option<Pieces>,
    /// Of the whole answer, to be told after it.
    sources: Vec<String>,
}

impl State for Stream {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        // Gateways add the mark of chat completions.
        if frame.data == DONE {
            return Ok(true);
        }
        // A stream that is not asked for as events is a list of its pieces, and a few gateways put lists into events.
        if frame.data.trim_ascii_start().starts_with(b"[") {
            for piece in context.parse::<Vec<&RawValue>>(frame.data)? {
                self.piece(context, draft, piece.get().as_bytes())?;
            }
            return Ok(false);
        }
        self.piece(context, draft, frame.data)?;
        Ok(false)
    }

    fn finish(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        let usage = usage(&self.usage);
        for source in self.sources.drain(..) {
            cite(draft, &source);
        }
        // The last piece may be missing, but for an answer that was cut off.
        self.end_call(draft, matches!(&*self.finish, "STOP" | "1"))?;
        let reason = match &*self.finish {
            "" if !self.blocked.is_empty() => Some(FinishReason::ContentFilter),
            "" => None,
            reason => Some(finish(context, reason, &self.message, draft.has_calls())?),
        };
        if reason == Some(FinishReason::ContentFilter) {
            let word = if self.finish.is_empty() { &self.blocked } else { &self.finish };
            draft.explain(word, &self.message);
        }
        Ok((reason, usage))
    }
}

impl Stream {
    pub(super) fn has_candidate(&self) -> bool {
        self.has_candidate
    }

    fn piece(&mut self, context: &Context<'_>, draft: &mut Draft, data: &[u8]) -> Result<(), ProviderError> {
        let mut reply: wire::Reply<'_> = context.parse(data)?;
        if reply.error.is_some() {
            return Err(context.exception("", data));
        }
        if reply.candidates.is_none()
            && let Some(inner) = wrapped::inside(data)
        {
            reply = context.parse(inner)?;
            if reply.error.is_some() {
                return Err(context.exception("", inner));
            }
        }
        draft.identify(&reply.response_id, &reply.model_version);
        if let Some(feedback) = reply.prompt_feedback.filter(|feedback| !feedback.block_reason.is_empty()) {
            self.blocked = feedback.block_reason.to_string();
            self.message = feedback.block_reason_message.to_string();
        }
        self.usage.update(reply.usage_metadata.unwrap_or_default());
        for (place, candidate) in reply.candidates.unwrap_or_default().into_iter().enumerate() {
            if place > 0 || candidate.index.0.unwrap_or_default() > 0 {
                draft.losses.report_once("candidates[1]", "only the first of several answers is read");
                continue;
            }
            self.candidate(context, draft, candidate)?;
        }
        Ok(())
    }

    fn candidate(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        candidate: wire::Candidate<'_>,
    ) -> Result<(), ProviderError> {
        self.has_candidate = true;
        for raw in candidate.content.unwrap_or_default().parts.unwrap_or_default() {
            self.part(context, draft, raw)?;
        }
        let grounds = candidate.grounding_metadata.unwrap_or_default().grounding_chunks;
        let cited = candidate.citation_metadata.unwrap_or_default();
        let lists = [grounds, cited.citation_sources, cited.citations];
        for source in lists.into_iter().flatten().flatten() {
            // Later pieces repeat what earlier ones had.
            if !self.sources.iter().any(|known| known == source.get()) {
                self.sources.push(source.get().to_owned());
            }
        }
        if candidate.logprobs_result.is_some() {
            let what = "probabilities are not read from this API";
            draft.losses.report_once("candidates[0].logprobsResult", what);
        }
        if !candidate.finish_reason.is_empty() {
            self.finish = candidate.finish_reason.to_string();
            self.message = candidate.finish_message.to_string();
        }
        Ok(())
    }

    fn part(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        raw: &RawValue,
    ) -> Result<(), ProviderError> {
        let part: wire::AnswerPart<'_> =
            serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))?;
        let signature = (!part.thought_signature.is_empty())
            .then(|| Opaque::Signature((&*part.thought_signature).into()));
        match (part.function_call, part.text) {
            (Some(called), _) => self.call(context, draft, &called, signature)?,
            (None, Some(text)) if part.thought == Some(true) => {
                let place = draft.last_unsealed().unwrap_or_else(|| draft.add_reasoning());
                draft.extend(place, &text)?;
                if let Some(signature) = signature {
                    draft.seal(place, signature);
                }
            }
            (None, Some(text)) => {
                sign(draft, signature);
                let place = draft.last_text().unwrap_or_else(|| draft.add_text());
                draft.extend(place, &text)?;
            }
            // Code that the provider ran, images, searches: kept whole, to be sent back.
            (None, None) => {
                draft.add_native(raw.get());
            }
        }
        Ok(())
    }

    /// A call, or a piece of one: without a name, it belongs to the call before it.
    fn call(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        called: &wire::Called<'_>,
        signature: Option<Opaque>,
    ) -> Result<(), ProviderError> {
        let goes_on = called.will_continue.unwrap_or_default();
        if !called.name.is_empty() || self.open.is_none() {
            self.end_call(draft, true)?;
            sign(draft, signature);
            let place = draft.add_call(&called.id, &called.name)?;
            if !goes_on && called.partial_args.is_none() {
                // Without arguments, the member is left out; text would be another's habit.
                let args = arguments::written(called.args);
                draft.extend(place, if called.args.is_none() { "{}" } else { &args })?;
                draft.end_call(place);
                return Ok(());
            }
            self.open = Some(Pieces::new(place));
        }
        if let Some(open) = &mut self.open {
            open.add(context, called)?;
        }
        if goes_on { Ok(()) } else { self.end_call(draft, true) }
    }

    /// Nothing more of the open call is to come.
    fn end_call(&mut self, draft: &mut Draft, is_whole: bool) -> Result<(), ProviderError> {
        self.open.take().map_or(Ok(()), |open| open.end(draft, is_whole))
    }
}

/// A source is an object, or one in a member that says of what kind it is (`web`, `maps`, `retrievedContext`).
fn cite(draft: &mut Draft, native: &str) {
    let read = |json| serde_json::from_str::<wire::Source<'_>>(json).unwrap_or_default();
    let Members(members) = serde_json::from_str(native).unwrap_or_default();
    let inner = members.iter().map(|(_, value)| value.get()).filter(|value| value.starts_with('{'));
    let all: Vec<wire::Source<'_>> = std::iter::once(native).chain(inner).map(read).collect();
    let named = all.iter().find(|source| !source.uri.is_empty() || !source.title.is_empty());
    let Some(source) = named.or_else(|| all.iter().find(|source| !source.text.is_empty())).or(all.first())
    else {
        return;
    };
    draft.add_citation(&source.title, &source.uri, &source.text, native);
}

/// The signature of a part that is no thought stands before it.
fn sign(draft: &mut Draft, signature: Option<Opaque>) {
    if let Some(signature) = signature {
        let place = draft.add_reasoning();
        draft.seal(place, signature);
    }
}
