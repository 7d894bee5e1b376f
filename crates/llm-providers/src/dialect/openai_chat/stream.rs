//! Reads chat completion chunks. The plain answer is read by the same code, as one chunk with everything in it.

use serde_json::value::RawValue;

use super::lone::{Kind, Lone};
use super::response::{finish, read, usage};
use super::wire::Logprobs;
use super::{details, wire};
use crate::dialect::Context;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::envelope::Envelope;
use crate::dialect::lenient::Text;
use crate::dialect::stream::{DONE, Frame, State};
use crate::{ErrorKind, FinishReason, Opaque, ProviderError, TokenLogprob, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    text: Option<Place>,
    reasoning: Option<Place>,
    details: details::Details,
    /// None in a plain answer, where each piece is a whole call.
    calls: Vec<Open>,
    sources: String,
    usage: wire::Usage,
    finish: String,
    has_choice: bool,
    is_refused: bool,
    is_done: bool,
    is_plain: bool,
    is_several: bool,
    is_spoken: bool,
    envelope: Envelope,
}

/// A call whose arguments may still come.
struct Open {
    index: Option<u64>,
    id: String,
    place: Place,
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
        let chunk: wire::Reply<'_> = context.parse(frame.data)?;
        if chunk.errors.is_some() {
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
        let usage = usage(&self.usage);
        // Some servers end with their mark alone, others with a reason alone; with neither, the stream broke off.
        if !self.is_done && self.finish.is_empty() {
            return Ok((None, usage));
        }
        if !self.has_choice {
            return Err(context.provider.error(ErrorKind::MalformedOutput, "expected choices, found none"));
        }
        if let Some(details) = self.details.take() {
            let place = self.reasoning.unwrap_or_else(|| draft.add_reasoning());
            draft.seal(place, Opaque::Details(details.into()));
        }
        if !self.sources.is_empty() {
            sources(draft, &self.sources);
        }
        draft.order_by_kind();
        Ok((Some(finish(&self.finish, draft.has_calls(), self.is_refused)), usage))
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
        if let Some(error) = chunk.error {
            return Err(context.reported(error));
        }
        draft.identify(&chunk.id, &chunk.model);
        if let Some(counts) = chunk.usage.or(chunk.x_groq.and_then(|own| own.usage)) {
            self.usage.update(*counts);
        }
        if let Some(list) =
            chunk.search_results.or(chunk.citations).filter(|list| list.get().starts_with('['))
        {
            list.get().clone_into(&mut self.sources);
        }
        for choice in chunk.choices.into_iter().flatten() {
            if choice.index.0.unwrap_or_default() > 0 {
                if !std::mem::replace(&mut self.is_several, true) {
                    draft.losses.report("choices[1]", "only the first of several answers is read");
                }
                continue;
            }
            if let Some(error) = choice.error {
                return Err(context.reported(error));
            }
            self.has_choice = true;
            if !choice.finish_reason.is_empty() {
                self.finish.replace_range(.., &choice.finish_reason);
            }
            if let Some(raw) = choice.logprobs {
                let Logprobs { content } = read(raw).unwrap_or_default();
                draft.logprobs.extend(content.unwrap_or_default().into_iter().map(logprob));
            }
            if let Some(answer) =
                if self.is_plain { choice.message.map(|message| *message) } else { choice.delta }
            {
                self.answer(draft, answer)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, event: &[u8], lone: Option<Lone<'_>>) {
        let place = lone.as_ref().and_then(|lone| match lone.kind {
            Kind::Text => self.text,
            Kind::Reasoning => self.reasoning,
            Kind::Arguments(index) => self.open_call(index, "", ""),
        });
        match (lone, place) {
            (Some(lone), Some(place)) => self.envelope.learn(event, place, lone.text, [lone.padding]),
            _ => self.envelope.forget(),
        }
    }

    fn answer(&mut self, draft: &mut Draft, answer: wire::Answer<'_>) -> Result<(), ProviderError> {
        let reasoning = if answer.reasoning.is_empty() { answer.reasoning_content } else { answer.reasoning };
        self.reasoning(draft, &reasoning)?;
        if let Some(details) = answer.reasoning_details {
            self.details.add(details);
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
            if !audio.data.is_empty() && !std::mem::replace(&mut self.is_spoken, true) {
                draft.losses.report("choices[0].message.audio", "the sound left out, its transcript kept");
            }
        }
        if let Some(annotations) = answer.annotations {
            cite(draft, annotations);
        }
        for call in answer.tool_calls.unwrap_or_default() {
            let called = call.function.or(call.custom).unwrap_or_default();
            self.call(draft, call.index.0, &call.id, called)?;
        }
        if let Some(called) = answer.function_call {
            self.call(draft, None, "", *called)?;
        }
        Ok(())
    }

    /// Content is text by the book, a list of parts at Mistral, and an object where a schema was demanded.
    fn content(&mut self, draft: &mut Draft, content: &RawValue) -> Result<(), ProviderError> {
        match content.get().as_bytes().first() {
            Some(b'{') => self.text(draft, content.get()),
            Some(b'[') => {
                for part in read::<Vec<wire::AnswerPart<'_>>>(content).unwrap_or_default() {
                    self.content_part(draft, &part)?;
                }
                Ok(())
            }
            _ => self.text(draft, &Text::of(content)),
        }
    }

    fn content_part(&mut self, draft: &mut Draft, part: &wire::AnswerPart<'_>) -> Result<(), ProviderError> {
        match part.thinking {
            Some(thinking) => {
                for piece in read::<Vec<wire::AnswerPart<'_>>>(thinking).unwrap_or_default() {
                    self.reasoning(draft, &piece.text)?;
                }
            }
            None if !part.text.is_empty() => self.text(draft, &part.text)?,
            None if &*part.r#type == "text" => {}
            None => {
                let kind = crate::error::escaped(&part.r#type);
                draft
                    .losses
                    .report("choices[0].message.content", format!("part of type \"{kind}\" left out"));
            }
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
        called: wire::Called<'_>,
    ) -> Result<(), ProviderError> {
        let place = match self.open_call(index, id, &called.name) {
            Some(place) => place,
            None => {
                let place = draft.add_call(id, &called.name)?;
                if !self.is_plain {
                    self.calls.push(Open { index, id: id.to_owned(), place });
                }
                place
            }
        };
        match called.arguments {
            None => Ok(()),
            Some(raw) if raw.get().starts_with('"') => draft.extend(place, &Text::of(raw)),
            Some(raw) => draft.extend(place, raw.get()),
        }
    }

    /// The call that a piece belongs to: by its index, else by its id, else the last.
    ///
    /// Routers that number every call 0 tell them apart by ids.
    fn open_call(&self, index: Option<u64>, id: &str, name: &str) -> Option<Place> {
        let found = match index {
            Some(_) => self.calls.iter().rfind(|call| call.index == index),
            None if !id.is_empty() => self.calls.iter().find(|call| call.id == id),
            None if name.is_empty() => self.calls.last(),
            None => None,
        }?;
        let is_another = !id.is_empty() && !name.is_empty() && found.id != id;
        (!is_another).then_some(found.place)
    }
}

fn cite(draft: &mut Draft, annotations: &RawValue) {
    for raw in read::<Vec<&RawValue>>(annotations).unwrap_or_default() {
        if let Some(cited) = read::<wire::Annotation<'_>>(raw).unwrap_or_default().url_citation {
            draft.add_citation(&cited.title, &cited.url, &cited.content, raw.get());
        }
    }
}

/// The sources that stand beside the answer: objects, or URLs alone.
fn sources(draft: &mut Draft, list: &str) {
    for raw in serde_json::from_str::<Vec<&RawValue>>(list).unwrap_or_default() {
        let found: wire::Found<'_> = read(raw)
            .unwrap_or_else(|_| wire::Found { url: read(raw).unwrap_or_default(), ..wire::Found::default() });
        draft.add_citation(&found.title, &found.url, &found.snippet, raw.get());
    }
}

fn logprob(read: wire::Logprob<'_>) -> TokenLogprob {
    let top = read.top_logprobs.unwrap_or_default().into_iter();
    TokenLogprob {
        token: (&*read.token).into(),
        logprob: read.logprob,
        top: top.map(|other| ((&*other.token).into(), other.logprob)).collect(),
    }
}
