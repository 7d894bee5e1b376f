//! The form of an answer as a host accepts it: its name, what is enforced of its schema, and whether that is asked for at all.

use std::borrow::Cow;

use super::Options;
use crate::dialect::closed::Strict;
use crate::dialect::families::{OpenAi, has_azures};
use crate::dialect::{Dialect, call_names, closed, enforced};
use crate::{ErrorKind, JsonSchema, Provider, ProviderError, Quirk, ResponseFormat};

impl Options<'_, '_> {
    pub(super) fn form(&mut self, provider: &Provider, model: &str) -> Result<(), ProviderError> {
        match provider.dialect() {
            Dialect::OpenAiChat | Dialect::OpenAiResponses => self.name(),
            Dialect::AnthropicMessages
            | Dialect::AnthropicBedrock
            | Dialect::AnthropicVertex
            | Dialect::BedrockConverse => self.enforced(provider)?,
            _ => {}
        }
        let is_chat = matches!(provider.dialect(), Dialect::OpenAiChat | Dialect::OpenAiResponses);
        if provider.has(Quirk::StrictIsClosed) || (is_chat && OpenAi::of(model).is_some()) {
            let has_defaults = !has_azures(provider, model, Quirk::StrictWithoutDefaults);
            let strict = if has_defaults { Strict::Closed } else { Strict::WithoutDefaults };
            self.strict(
                strict,
                "only closed objects are, whose members are all required and say their types",
            );
        }
        if provider.has(Quirk::StrictIsUnbounded) {
            self.strict(Strict::Unbounded, "only closed objects are, all members required, without bounds");
        }
        Ok(())
    }

    fn enforced(&mut self, provider: &Provider) -> Result<(), ProviderError> {
        let Some(ResponseFormat::JsonSchema(wanted)) = &self.kept.response_format else { return Ok(()) };
        let adapted = enforced::schema(&wanted.schema, self.losses).map_err(|error| {
            let message = format!(
                "options.response_format.schema: expected what can be told in the subset that is enforced, found otherwise: {error}; \
                 nest it less deeply"
            );
            provider.error(ErrorKind::InvalidRequest, message)
        })?;
        let Some(schema) = adapted else { return Ok(()) };
        let wanted = JsonSchema { schema, ..wanted.clone() };
        self.set(wanted);
        Ok(())
    }

    /// A schema that would be refused is asked for all the same, and not enforced.
    fn strict(&mut self, enforced: Strict, what: &str) {
        let is_refused = |wanted: &JsonSchema| !closed::is_enforced(&wanted.schema, enforced);
        if self.schema().is_some_and(is_refused) {
            self.unenforced(what);
        }
    }

    pub(super) fn unenforced(&mut self, what: &str) {
        let Some(wanted) = self.schema().filter(|wanted| wanted.strict) else { return };
        let wanted = wanted.clone().with_strict(false);
        self.set(wanted);
        self.losses.report("options.response_format.strict", format!("not enforced: {what}"));
    }

    /// `ResponseFormatJsonSchema.name`: of the alphabet and the length of a function's.
    fn name(&mut self) {
        let Some(wanted) = self.schema() else { return };
        let Cow::Owned(name) = call_names::plain(&wanted.name) else { return };
        let wanted = JsonSchema { name: name.into(), ..wanted.clone() };
        self.set(wanted);
        self.losses.report("options.response_format.name", "spelled otherwise: the API refuses it");
    }

    fn schema(&self) -> Option<&JsonSchema> {
        match &self.kept.response_format {
            Some(ResponseFormat::JsonSchema(wanted)) => Some(wanted),
            _ => None,
        }
    }

    fn set(&mut self, wanted: JsonSchema) {
        self.kept.to_mut().response_format = Some(ResponseFormat::JsonSchema(wanted));
    }
}
