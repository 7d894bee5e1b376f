//! What a host wants back unread with an answer's reasoning, gathered while the answer is read.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::details::Details;
use super::response::read;
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::lenient::{Members, Text};
use crate::{Opaque, ProviderError, Quirk};

/// The members of a detail that are to be read by people.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Shown<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    summary: Text<'a>,
}

#[derive(Default)]
pub(super) struct Seals {
    details: Details,
    /// GitHub Copilot's `reasoning_opaque`: it comes once, whole.
    encrypted: String,
    /// Of the first call that has one (Gemini).
    of_call: String,
    /// Of an answer without calls (Gemini).
    of_text: String,
}

impl Seals {
    /// Takes `reasoning_details`, or a piece of them.
    pub(super) fn add_details(&mut self, raw: &RawValue) {
        self.details.add(raw);
    }

    /// Takes encrypted reasoning.
    pub(super) fn encrypt(&mut self, raw: &RawValue) {
        let text = Text::of(raw);
        if !text.is_empty() {
            self.encrypted.replace_range(.., &text);
        }
    }

    /// Takes the `extra_content` of a call, or its `thought_signature`.
    pub(super) fn sign_call(&mut self, raw: &RawValue) {
        sign(&mut self.of_call, raw);
    }

    /// The same of an answer.
    pub(super) fn sign_text(&mut self, raw: &RawValue) {
        sign(&mut self.of_text, raw);
    }

    /// Gives the reasoning its seal; where there are several, each of the others stands for itself.
    ///
    /// # Errors
    /// The draft's.
    pub(super) fn put(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        mut reasoning: Option<Place>,
    ) -> Result<(), ProviderError> {
        let details = self.details.take();
        // Where nothing else shows the reasoning, its details do.
        if let (None, Some(details)) = (reasoning, &details) {
            let place = *reasoning.insert(draft.add_reasoning());
            draft.extend(place, &shown(details))?;
        }
        let signature = if draft.has_calls() { &self.of_call } else { &self.of_text };
        // Where details go back, what stands in them goes with them.
        let is_known = context.provider.has(Quirk::ReasoningDetails)
            && details.as_ref().is_some_and(|details| holds(details, signature));
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        let seals = [
            details.map(|details| Opaque::Details(details.into())),
            some(&self.encrypted).map(Opaque::Redacted),
            some(signature).filter(|_| !is_known).map(Opaque::Signature),
        ];
        for seal in seals.into_iter().flatten() {
            let place = reasoning.take().unwrap_or_else(|| draft.add_reasoning());
            draft.seal(place, seal);
        }
        Ok(())
    }
}

/// What the details have to show.
fn shown(details: &str) -> String {
    let details: Vec<Shown<'_>> = serde_json::from_str(details).unwrap_or_default();
    details.iter().flat_map(|detail| [&*detail.text, &*detail.summary]).collect()
}

/// Whether one of the details has the text as a member.
fn holds(details: &str, text: &str) -> bool {
    let details: Vec<Members<'_>> = serde_json::from_str(details).unwrap_or_default();
    details.iter().flat_map(|Members(members)| members).any(|(_, value)| *Text::of(value) == *text)
}

/// The first one counts: later pieces and calls have none, or say it again.
fn sign(signature: &mut String, raw: &RawValue) {
    if signature.is_empty() {
        let extra: wire::Extra<'_> = read(raw).unwrap_or_default();
        signature.push_str(&extra.google.thought_signature);
        signature.push_str(&read::<Text<'_>>(raw).unwrap_or_default());
    }
}
