//! Reads chat completion chunks. The plain answer is read by the same code, as one chunk with everything in it.

mod answer;

use serde_json::value::RawValue;

use super::calls::Calls;
use super::filtered;
use super::lone::{Kind, Lone};
use super::response::{finish, read, told, usage};
use super::seals::Seals;
use super::sources::Sources;
use super::wire;
use super::wire::Logprobs;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::envelope::Envelope;
use crate::dialect::lenient::{Members, Text};
use crate::dialect::stream::{DONE, Frame, State};
use crate::dialect::{Context, logprobs, wrapped};
use crate::error::{BaseResponse, said};
use crate::{ErrorKind, FinishReason, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    text: Option<Place>,
    reasoning: Option<Place>,
    seals: Seals,
    /// None in a plain answer, where each piece is a whole call.
    calls: Calls,
    sources: Sources,
    usage: wire::Usage,
    finish: String,
    pub(super) has_choice: bool,
    /// Whether an answer that is numbered 0, or not at all, was seen.
    has_first: bool,
    is_refused: bool,
    is_done: bool,
    is_plain: bool,
    /// Whether the pieces are called `message` (Hyperbolic), and not `delta`.
    has_messages: bool,
    envelope: Envelope,
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
        if let Some((place, text)) = self.envelope.open(frame.data) {
            draft.extend(place, &text)?;
            return Ok(false);
        }
        // Some tell of a failure in a list (Google).
        if frame.data.starts_with(b"[{") {
            return Err(context.exception("", frame.data));
        }
        let mut chunk: wire::Reply<'_> = match context.parse(frame.data) {
            // The answer is there: what follows it are counts, and marks of the end that others do not know.
            Err(_) if !self.finish.is_empty() => {
                let late: wire::Groq<'_> = context.parse(frame.data).unwrap_or_default();
                if let Some(counts) = late.usage {
                    self.usage.update(*counts);
                }
                return Ok(false);
            }
            read => read?,
        };
        let mut data = frame.data;
        if chunk.choices.is_none()
            && let Some(inside) = wrapped::inside(data)
            && let Ok(inner) = context.parse::<wire::Reply<'_>>(inside)
            && (inner.choices.is_some() || inner.error.is_some_and(says))
        {
            (chunk, data) = (inner, inside);
        }
        if is_failure(&chunk) {
            return Err(context.exception("", data));
        }
        let lone = if self.is_plain { None } else { Lone::of(&chunk) };
        self.chunk(context, draft, chunk)?;
        self.learn(data, lone);
        Ok(false)
    }

    fn finish(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        self.calls.end(draft)?;
        let usage = usage(&self.usage);
        // Some servers end with their mark alone, others with a reason alone; with neither, the stream broke off.
        if !self.is_done && self.finish.is_empty() {
            return Ok((None, usage));
        }
        if !self.has_choice {
            return Err(context.provider.error(ErrorKind::MalformedOutput, "expected choices, found none"));
        }
        self.seals.put(context, draft, self.reasoning)?;
        self.sources.put(draft);
        draft.order_by_kind();
        let finish = finish(context, &self.finish, draft.has_calls(), self.is_refused)?;
        Ok((Some(finish), usage))
    }
}

impl Stream {
    /// For a plain answer. It has a `message` where chunks have a `delta` (and Perplexity's have both, always).
    pub(super) fn plain() -> Self {
        Self { is_plain: true, ..Self::default() }
    }

    fn chunk(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        chunk: wire::Reply<'_>,
    ) -> Result<(), ProviderError> {
        // Routers answer 200 and put the failure behind it into the body.
        let groq = chunk.x_groq.unwrap_or_default();
        if let Some(error) = groq.error.filter(|error| says(error)) {
            return Err(context.reported(error));
        }
        draft.identify(&chunk.id, &chunk.model);
        if let Some(counts) = chunk.usage.or(groq.usage) {
            self.usage.update(*counts);
        }
        let venice = chunk.venice_parameters.unwrap_or_default();
        let found = [chunk.search_results, chunk.citations, chunk.web_search, venice.web_search_citations];
        self.sources.keep(found);
        self.sources.keep_pictures(chunk.images);
        if chunk.related_questions.is_some_and(says) {
            draft.losses.report_once("related_questions", "what else could be asked left out");
        }
        for choice in chunk.choices.into_iter().flatten() {
            let is_first = choice.index.0.unwrap_or_default() == 0;
            self.has_first |= is_first;
            // Where no answer is the first, the numbers count something else: tokens at an older Text Generation Inference.
            if !is_first && self.has_first {
                draft.losses.report_once("choices[1]", "only the first of several answers is read");
                continue;
            }
            self.choice(context, draft, choice)?;
        }
        Ok(())
    }

    fn choice(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        choice: wire::Choice<'_>,
    ) -> Result<(), ProviderError> {
        if let Some(error) = choice.error.filter(|error| says(error) && fails(error)) {
            return Err(context.reported(error));
        }
        if &*choice.finish_reason == "error_finish" {
            return Err(broken_off(context, choice));
        }
        if let Some(counts) = choice.usage {
            self.usage.update(*counts);
        }
        // A few hosts write the null as text.
        let reason = told(&choice.finish_reason, &choice.native_finish_reason);
        let ends = !matches!(reason, "" | "null" | "None");
        // That an answer was cut is not undone by a mark of the end behind it.
        let was_cut = matches!(&*self.finish, "length" | "content_filter");
        if ends && !(was_cut && reason == "stop") {
            self.finish.replace_range(.., reason);
        }
        if let Some(found) = choice.content_filter_results.filter(|_| reason == "content_filter") {
            draft.explain("", &filtered::categories(found));
        }
        // One that says nothing at all is no answer, and not an empty one.
        self.has_choice |=
            ends || choice.delta.is_some() || choice.message.is_some() || !choice.text.is_empty();
        if let Some(raw) = choice.logprobs {
            probabilities(draft, raw);
        }
        match (choice.delta, choice.message) {
            (_, Some(message)) if self.is_plain => self.answer(draft, *message),
            (Some(delta), _) => self.answer(draft, *delta),
            (None, Some(message)) => self.message(draft, *message, !matches!(reason, "" | "null")),
            (None, None) if !choice.text.is_empty() => self.text(draft, &choice.text),
            _ => Ok(()),
        }
    }

    fn learn(&mut self, event: &[u8], lone: Option<Lone<'_>>) {
        let place = lone.as_ref().and_then(|lone| match lone.kind {
            Kind::Text => self.text,
            Kind::Reasoning => self.reasoning,
            Kind::Arguments(index) => self.calls.place(index),
        });
        match (lone, place) {
            (Some(lone), Some(place)) => self.envelope.learn(event, place, lone.text, [lone.padding]),
            _ => self.envelope.forget(),
        }
    }

    fn has_begun(&self, draft: &Draft) -> bool {
        self.text.is_some() || self.reasoning.is_some() || draft.has_calls()
    }
}

/// Whether a piece tells of a failure. Gateways fill in all members of an error beside an answer, and say nothing by it.
fn is_failure(chunk: &wire::Reply<'_>) -> bool {
    let is_alone = chunk.choices.is_none();
    let words = [chunk.message, chunk.detail, chunk.msg, chunk.error_message];
    chunk.error.is_some_and(|error| says(error) && (is_alone || fails(error)))
        || chunk.errors.is_some_and(says)
        || chunk.base_resp.and_then(BaseResponse::failure).is_some()
        || (is_alone && words.into_iter().flatten().any(says))
}

/// The failure that a stream of Alibaba's ends with: what is said of it stands where the text would, as words or as an event.
fn broken_off(context: &Context<'_>, choice: wire::Choice<'_>) -> ProviderError {
    let content = choice.delta.or(choice.message).and_then(|piece| piece.content);
    let words = content.map(Text::of).unwrap_or_default();
    context.exception("", said(&words).as_bytes())
}

/// Whether a member says anything: some hosts fill what they do not mean with nothing.
pub(super) fn says(raw: &RawValue) -> bool {
    !matches!(raw.get(), "null" | "\"\"" | "{}" | "[]" | "false")
}

/// Whether an error has a member that says anything.
fn fails(error: &RawValue) -> bool {
    let Ok(Members(members)) = read(error) else { return true };
    members.iter().any(|(_, value)| says(value) && value.get() != "0")
}

/// The items of a list; none of what is no list.
pub(super) fn list(raw: &RawValue) -> Vec<&RawValue> {
    read(raw).unwrap_or_default()
}

/// Lists for the answer's tokens and for a refusal's; a host with neither, and something else, has its own form.
fn probabilities(draft: &mut Draft, raw: &RawValue) {
    let path = "choices[0].logprobs";
    let Logprobs { content, refusal } = read(raw).unwrap_or_default();
    logprobs::add(draft, path, content);
    logprobs::add(draft, path, refusal);
    if content.or(refusal).is_none() {
        let Members(others) = read(raw).unwrap_or_default();
        logprobs::add(
            draft,
            path,
            others
                .into_iter()
                .map(|(_, value)| value)
                .find(|value| value.get().starts_with('[') && says(value)),
        );
    }
}
