//! Tools as one provider takes them, where it takes less than its dialect has words for: otherwise one tool of a server costs
//! every request.

use std::borrow::Cow;
use std::sync::Arc;

use toolgate_tool_types::Tool;

use super::{RenderedTools, typed};
use crate::lossiness::Losses;
use crate::{Provider, Quirk};

/// "Tool/function descriptions are currently limited to 1,024 characters with Azure OpenAI."
const SHORT: usize = 1024;

/// What a provider takes less of than its dialect has words for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fit {
    is_typed: bool,
    is_short: bool,
}

impl Fit {
    fn of(provider: &Provider) -> Self {
        Self {
            is_typed: provider.has(Quirk::TypedAlternatives),
            is_short: provider.has(Quirk::ShortDescriptions),
        }
    }
}

impl RenderedTools {
    /// Rendered for this provider: what it needs besides its dialect is done here, and not for each request.
    pub(crate) fn of(provider: &Provider, tools: Arc<[Tool]>) -> Self {
        Self::new(provider.dialect(), tools).fit_to(Fit::of(provider))
    }

    /// The same tools where they were rendered for this provider, or where it takes them as they are.
    pub(super) fn fitted(&self, provider: &Provider) -> Cow<'_, Self> {
        let fit = Fit::of(provider);
        if self.fit == fit { Cow::Borrowed(self) } else { Cow::Owned(self.clone().fit_to(fit)) }
    }

    fn fit_to(mut self, fit: Fit) -> Self {
        self.fit = fit;
        if fit == Fit::default() {
            return self;
        }
        let mut losses = Losses::default();
        let mut fitted = Vec::with_capacity(self.tools().len());
        let mut is_changed = false;
        for (index, tool) in self.tools().iter().enumerate() {
            let mut tool = tool.clone();
            if fit.is_typed
                && let Some(schema) = typed::schema(&tool.input_schema)
            {
                tool.input_schema = schema;
                is_changed = true;
            }
            if fit.is_short
                && let Some(description) = cut(&tool)
            {
                tool.description = description;
                losses.report(format_args!("tools[{index}].description"), "cut to 1024 characters");
                is_changed = true;
            }
            fitted.push(tool);
        }
        if is_changed { self.with_tools(fitted.into(), losses) } else { self }
    }
}

fn cut(tool: &Tool) -> Option<Arc<str>> {
    // Nothing is cut of what fits.
    tool.description.chars().nth(SHORT)?;
    let kept: String = tool.description.chars().take(SHORT - 1).chain(['…']).collect();
    Some(kept.into())
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::{JsonObject, ToolName};

    use super::*;
    use crate::{Catalogue, ChatRequest, Message};

    /// Whoever renders tools for the dialect sends the same as whoever renders them for the provider, once.
    #[test]
    fn what_a_provider_takes_less_of_is_fitted_once() {
        let schema = r#"{"type":"object","properties":{"x":{"type":"string","anyOf":[{"minLength":1}]}}}"#;
        let tool = |description: String| {
            Tool::new(ToolName::new("t").unwrap(), description, JsonObject::parse(schema).unwrap())
        };
        let catalogue = Catalogue::builtin();
        for (id, letters, losses, cut, typed) in [
            ("azure", 1025, 1, 1023, false),
            ("azure_responses", 1025, 1, 1023, false),
            ("azure", 1024, 0, 1024, false),
            ("moonshot", 1025, 0, 1025, true),
            ("openai", 1025, 0, 1025, false),
        ] {
            let provider = catalogue.provider(id).unwrap();
            let tools: Arc<[Tool]> = [tool("d".repeat(letters))].into();
            let request = ChatRequest::new(vec![Message::user("?")]).with_tools(Arc::clone(&tools));
            let [of_dialect, of_provider] = [
                RenderedTools::new(provider.dialect(), Arc::clone(&tools)),
                RenderedTools::of(provider, tools),
            ];
            assert!(matches!(of_provider.fitted(provider), Cow::Borrowed(_)), "{id}");
            let [one, other] =
                [of_dialect, of_provider].map(|tools| provider.encode("m", &tools, &request).unwrap());
            assert_eq!((&one.body, one.lossiness.len()), (&other.body, losses), "{id}");
            let sent = String::from_utf8(one.body.to_vec()).unwrap();
            assert_eq!(sent.matches("d".repeat(cut).as_str()).count(), 1, "{id}");
            assert_eq!(!sent.contains("d…"), losses == 0, "{id}");
            assert_eq!(sent.contains(r#""anyOf":[{"type":"string""#), typed, "{id}");
        }
    }
}
