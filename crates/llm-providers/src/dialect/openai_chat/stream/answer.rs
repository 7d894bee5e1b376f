//! What a message of the model says, or a piece of one: reasoning, text, refusals, pictures, sources, calls.

use serde_json::value::RawValue;

use super::{Stream, list, says};
use crate::ProviderError;
use crate::dialect::draft::Draft;
use crate::dialect::lenient::Text;
use crate::dialect::openai_chat::calls::written;
use crate::dialect::openai_chat::response::read;
use crate::dialect::openai_chat::sources::cite;
use crate::dialect::openai_chat::wire;

impl Stream {
    pub(super) fn answer(
        &mut self,
        draft: &mut Draft,
        answer: wire::Answer<'_>,
    ) -> Result<(), ProviderError> {
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
        let (calls, older) = (answer.tool_calls.unwrap_or_default(), answer.function_call);
        // The older word for the same, which may stand beside it.
        let older = older.filter(|_| calls.is_empty());
        for call in calls {
            let function = call.function.filter(|called| !called.name.is_empty() || call.custom.is_none());
            let beside = || wire::Called { name: call.name, arguments: call.arguments, input: None };
            let called = function.or(call.custom).unwrap_or_else(beside);
            if let Some(signature) = call.extra_content.or(call.thought_signature) {
                self.seals.sign_call(signature);
            }
            self.call(draft, call.index.0, &call.id, &called)?;
        }
        if let Some(called) = older {
            self.call(draft, None, "", &called)?;
        }
        Ok(())
    }

    /// Reads a `message` in a stream. It is a piece where all are called so; else, and where it begins with all that was said,
    /// it is the whole answer again, as some hosts end with it.
    pub(super) fn message(
        &mut self,
        draft: &mut Draft,
        message: wire::Answer<'_>,
        is_last: bool,
    ) -> Result<(), ProviderError> {
        if !self.has_begun(draft) {
            self.has_messages = true;
            return self.answer(draft, message);
        }
        let content = message.content.map(Text::of).unwrap_or_default();
        let said = self.text.map(|place| draft.told(place)).unwrap_or_default();
        let is_longer = is_last || content.len() > said.len();
        let is_whole = is_longer && !said.is_empty() && content.starts_with(said);
        match self.text {
            _ if self.has_messages && !is_whole => self.answer(draft, message),
            Some(place) => draft.complete(place, &content),
            None => Ok(()),
        }
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

    pub(super) fn text(&mut self, draft: &mut Draft, text: &str) -> Result<(), ProviderError> {
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
