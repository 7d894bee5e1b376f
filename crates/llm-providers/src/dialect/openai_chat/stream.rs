//! Reads chat completion chunks. The plain answer is read by the same code, as one chunk with everything in it.

use serde_json::value::RawValue;

use super::calls::{Calls, written};
use super::lone::{Kind, Lone};
use super::response::{finish, read, told, usage};
use super::seals::Seals;
use super::sources::{Sources, cite};
use super::wire;
use super::wire::Logprobs;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::envelope::Envelope;
use crate::dialect::lenient::{Members, Text};
use crate::dialect::stream::{DONE, Frame, State};
use crate::dialect::{Context, logprobs};
use crate::error::BaseResponse;
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
    has_choice: bool,
    /// Whether an answer that is numbered 0, or not at all, was seen.
    has_first: bool,
    is_refused: bool,
    is_done: bool,
    is_plain: bool,
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
        // Some tell of a failure in plain words, others in a list (Google).
        if frame.name == b"error" || frame.data.starts_with(b"[{") {
            return Err(context.exception("", frame.data));
        }
        let chunk: wire::Reply<'_> = context.parse(frame.data)?;
        let is_failure = chunk.errors.is_some_and(says)
            || chunk.base_resp.and_then(BaseResponse::failure).is_some()
            || (chunk.choices.is_none()
                && (chunk.message.is_some_and(says) || chunk.detail.is_some_and(says)));
        if is_failure {
            return Err(context.exception("", frame.data));
        }
        let lone = if self.is_plain { None } else { Lone::of(&chunk) };
        self.chunk(context, draft, chunk)?;
        self.learn(frame.data, lone);
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
        if let Some(error) = chunk.error.or(groq.error).filter(|error| says(error)) {
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
            if let Some(error) = choice.error.filter(|error| says(error)) {
                return Err(context.reported(error));
            }
            self.has_choice = true;
            if let Some(counts) = choice.usage {
                self.usage.update(*counts);
            }
            // A few hosts write the null as text.
            let reason = told(&choice.finish_reason, &choice.native_finish_reason);
            if !matches!(reason, "" | "null" | "None") {
                self.finish.replace_range(.., reason);
            }
            if let Some(raw) = choice.logprobs {
                probabilities(draft, raw);
            }
            match (choice.delta, choice.message) {
                (Some(delta), _) if !self.is_plain => self.answer(draft, delta)?,
                (_, Some(message)) if self.is_plain || !self.has_begun(draft) => {
                    self.answer(draft, *message)?;
                }
                // A host that says all again at the end.
                (None, Some(message)) => {
                    if let (Some(place), Some(content)) = (self.text, message.content) {
                        draft.complete(place, &Text::of(content))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
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

    fn answer(&mut self, draft: &mut Draft, answer: wire::Answer<'_>) -> Result<(), ProviderError> {
        let reasoning = [answer.reasoning, answer.reasoning_content, answer.reasoning_text];
        if let Some(text) = reasoning.iter().find(|text| !text.is_empty()) {
            let may_be_encrypted = self.is_plain || answer.reasoning_encrypted.is_some();
            self.reasoning(draft, if may_be_encrypted { readable(text) } else { text })?;
        }
        if let Some(details) = answer.reasoning_details {
            self.seals.add_details(details);
        }
        if let Some(encrypted) = answer.reasoning_opaque {
            self.seals.encrypt(encrypted);
        }
        if let Some(signature) = answer.extra_content.or(answer.thought_signature) {
            self.seals.sign_text(signature);
        }
        if let Some(content) = answer.content {
            self.content(draft, content)?;
        }
        if !answer.refusal.is_empty() {
            self.is_refused = true;
            self.text(draft, &answer.refusal)?;
        }
        if let Some(audio) = answer.audio {
            self.text(draft, &audio.transcript)?;
            if !audio.data.is_empty() {
                let what = "the sound left out, its transcript kept";
                draft.losses.report_once("choices[0].message.audio", what);
            }
        }
        for image in answer.images.map(list).unwrap_or_default() {
            draft.add_native(image.get());
        }
        if answer.executed_tools.is_some_and(says) {
            let what = "what the host's own tools did left out, the answer kept";
            draft.losses.report_once("choices[0].message.executed_tools", what);
        }
        if answer.thinking_blocks.is_some_and(says) {
            let what = "signed reasoning left out, its text kept";
            draft.losses.report_once("choices[0].message.thinking_blocks", what);
        }
        for found in [answer.graph_data, answer.web_search_data].into_iter().flatten() {
            self.sources.search(draft, found);
        }
        if let Some(annotations) = answer.annotations {
            cite(draft, annotations);
        }
        for call in answer.tool_calls.unwrap_or_default() {
            let function = call.function.filter(|called| !called.name.is_empty() || call.custom.is_none());
            let called = function.or(call.custom).unwrap_or_default();
            if let Some(signature) = call.extra_content.or(call.thought_signature) {
                self.seals.sign_call(signature);
            }
            self.call(draft, call.index.0, &call.id, &called)?;
        }
        if let Some(called) = answer.function_call {
            self.call(draft, None, "", &called)?;
        }
        Ok(())
    }

    /// Content is text by the book, a list of parts at Mistral, and an object where a schema was demanded.
    fn content(&mut self, draft: &mut Draft, content: &RawValue) -> Result<(), ProviderError> {
        match content.get().as_bytes().first() {
            Some(b'{') => self.text(draft, content.get()),
            Some(b'[') => {
                for part in list(content) {
                    self.content_part(draft, part)?;
                }
                Ok(())
            }
            _ => self.text(draft, &Text::of(content)),
        }
    }

    fn content_part(&mut self, draft: &mut Draft, raw: &RawValue) -> Result<(), ProviderError> {
        let part: wire::AnswerPart<'_> = match read(raw) {
            Ok(part) if raw.get().starts_with('{') => part,
            _ => return self.text(draft, &Text::of(raw)),
        };
        if let Some(citations) = part.citations {
            cite(draft, citations);
        }
        if let Some(thought) = part.thinking.or(part.summary) {
            return self.thought(draft, thought);
        }
        if !part.refusal.is_empty() {
            self.is_refused = true;
            return self.text(draft, &part.refusal);
        }
        if part.text.is_empty() && &*part.r#type != "text" {
            let kind = crate::error::escaped(&part.r#type);
            draft.losses.report("choices[0].message.content", format!("part of type \"{kind}\" left out"));
        }
        match &*part.r#type {
            "thinking" | "reasoning" => self.reasoning(draft, &part.text),
            _ => self.text(draft, &part.text),
        }
    }

    /// Reasoning among the parts of an answer: text, or a list of its pieces.
    fn thought(&mut self, draft: &mut Draft, thought: &RawValue) -> Result<(), ProviderError> {
        if thought.get().starts_with('"') {
            return self.reasoning(draft, &Text::of(thought));
        }
        for piece in list(thought) {
            let piece: wire::AnswerPart<'_> = read(piece).unwrap_or_default();
            if !piece.signature.is_empty() {
                let what = "the signature of reasoning left out, its text kept";
                draft.losses.report_once("choices[0].message.content", what);
            }
            self.reasoning(draft, &piece.text)?;
        }
        Ok(())
    }

    fn text(&mut self, draft: &mut Draft, text: &str) -> Result<(), ProviderError> {
        if text.is_empty() {
            return Ok(());
        }
        let place = *self.text.get_or_insert_with(|| draft.add_text());
        draft.extend(place, text)
    }

    fn reasoning(&mut self, draft: &mut Draft, text: &str) -> Result<(), ProviderError> {
        if text.is_empty() {
            return Ok(());
        }
        let place = *self.reasoning.get_or_insert_with(|| draft.add_reasoning());
        draft.extend(place, text)
    }

    fn call(
        &mut self,
        draft: &mut Draft,
        index: Option<u64>,
        id: &str,
        called: &wire::Called<'_>,
    ) -> Result<(), ProviderError> {
        // Go servers write what is not there as texts without letters (Snowflake).
        if id.is_empty() && called.name.is_empty() && written(called).is_empty() {
            return Ok(());
        }
        if !self.is_plain {
            return self.calls.add(draft, index, id, called);
        }
        let place = draft.add_call(id, &called.name)?;
        draft.extend(place, &written(called))
    }
}

/// Reasoning without what Venice puts behind it: the same encrypted, which stands in `reasoning_details` too.
fn readable(reasoning: &str) -> &str {
    reasoning.split_once("__ENCRYPTED_REASONING__").map_or(reasoning, |(readable, _)| readable.trim_end())
}

/// Whether a member says anything: some hosts fill what they do not mean with nothing.
pub(super) fn says(raw: &RawValue) -> bool {
    !matches!(raw.get(), "null" | "\"\"" | "{}" | "[]" | "false")
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
