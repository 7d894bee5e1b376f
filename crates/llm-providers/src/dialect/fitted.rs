//! Tools as one provider takes them, where it takes less than its dialect has words for: otherwise one tool of a server costs
//! every request.

use std::borrow::Cow;
use std::sync::Arc;

use toolgate_tool_types::{JsonObject, Tool, ToolName};

use super::aliases::Aliases;
use super::families::{self, OpenAi};
use super::grammar::{self, Told};
use super::{RenderedTools, inlined, lettered, plain, typed};
use crate::lossiness::Losses;
use crate::{Dialect, Provider, Quirk};

/// "Tool/function descriptions are currently limited to 1,024 characters with Azure OpenAI."
const SHORT: usize = 1024;

/// What a provider takes less of than its dialect has words for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fit {
    is_typed: bool,
    is_short: bool,
    is_lettered: bool,
    is_plain: bool,
    is_inlined: bool,
    told: Option<Told>,
}

impl Fit {
    fn of(provider: &Provider, model: &str) -> Self {
        Self {
            is_plain: families::is_claude(provider, model),
            is_inlined: provider.dialect() == Dialect::BedrockConverse && model.contains("amazon.nova"),
            told: match provider {
                provider if provider.has(Quirk::ToolGrammar) => Some(Told::Grammar),
                provider if provider.has(Quirk::TypedMembers) => Some(Told::Types),
                provider if provider.has(Quirk::PlainPatterns) || OpenAi::of(model).is_some() => {
                    Some(Told::Patterns)
                }
                _ => None,
            },
            // Behind a gateway may be Moonshot itself.
            is_typed: provider.has(Quirk::TypedAlternatives)
                || (provider.has(Quirk::ThoughtsByModel) && families::is_kimi(model)),
            is_short: families::has_azures(provider, model, Quirk::ShortDescriptions),
            is_lettered: provider.has(Quirk::LetterFirst),
        }
    }

    /// Makes a tool what is taken; whether it was something else.
    fn apply(self, tool: &mut Tool, index: usize, losses: &mut Losses) -> bool {
        let path = format!("tools[{index}].input_schema");
        let mut is_changed = false;
        if self.is_inlined {
            is_changed |= replace(inlined::schema(&tool.input_schema, &path, losses), tool);
        }
        if self.is_typed {
            is_changed |= replace(typed::schema(&tool.input_schema), tool);
        }
        if self.is_plain
            && let Some(plain) = plain::tool(tool, index, losses)
        {
            *tool = plain;
            is_changed = true;
        }
        if let Some(told) = self.told {
            is_changed |= replace(grammar::schema(&tool.input_schema, told, &path, losses), tool);
        }
        if self.is_short
            && let Some(description) = cut(tool)
        {
            tool.description = description;
            losses.report(format_args!("tools[{index}].description"), "cut to 1024 characters");
            is_changed = true;
        }
        is_changed
    }
}

fn replace(schema: Option<JsonObject>, tool: &mut Tool) -> bool {
    let is_another = schema.is_some();
    if let Some(schema) = schema {
        tool.input_schema = schema;
    }
    is_another
}

impl RenderedTools {
    /// Rendered for this provider's model: what it needs besides its dialect is done here, and not for each request.
    pub(crate) fn of(provider: &Provider, model: &str, tools: Arc<[Tool]>) -> Self {
        Self::new(provider.dialect(), tools).fit_to(Fit::of(provider, model))
    }

    /// The same tools where they were rendered for this provider's model, or where it takes them as they are.
    pub(super) fn fitted(&self, provider: &Provider, model: &str) -> Cow<'_, Self> {
        if self.tools().is_empty() {
            return Cow::Borrowed(self);
        }
        let fit = Fit::of(provider, model);
        if self.fit == fit {
            return Cow::Borrowed(self);
        }
        let (known, fitted) = self.fitted.get_or_init(|| (fit, Box::new(self.clone().fit_to(fit))));
        if *known == fit { Cow::Borrowed(fitted) } else { Cow::Owned(self.clone().fit_to(fit)) }
    }

    /// The names that this provider knows tools by, where they are others, also where the tools were rendered for its dialect alone.
    pub(super) fn aliases_at(&self, provider: &Provider) -> Aliases {
        let mut aliases = self.aliases.clone();
        if provider.has(Quirk::LetterFirst) && !self.fit.is_lettered {
            aliases.extend(lettered::aliases(self.tools()));
        }
        aliases
    }

    fn fit_to(mut self, fit: Fit) -> Self {
        self.fit = fit;
        if fit == Fit::default() {
            return self;
        }
        let mut losses = Losses::default();
        let mut fitted = Vec::with_capacity(self.tools().len());
        let aliases = if fit.is_lettered { lettered::aliases(self.tools()) } else { Aliases::new() };
        let mut is_changed = false;
        for (index, tool) in self.tools().iter().enumerate() {
            let mut tool = tool.clone();
            is_changed |= fit.apply(&mut tool, index, &mut losses);
            let alias = aliases.iter().find(|(own, _)| **own == *tool.name.as_str());
            if let Some(Ok(name)) = alias.map(|(_, alias)| ToolName::new(&**alias)) {
                tool.name = name;
                is_changed = true;
            }
            fitted.push(tool);
        }
        self.aliases.extend(aliases);
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
                RenderedTools::of(provider, "m", tools),
            ];
            for tools in [&of_dialect, &of_provider] {
                assert!(matches!(tools.fitted(provider, "m"), Cow::Borrowed(_)), "{id}");
            }
            let other = catalogue.provider("moonshot").unwrap();
            assert!(matches!(of_dialect.fitted(other, "m"), Cow::Owned(_)) || other.id() == id, "{id}");
            let [one, other] =
                [of_dialect, of_provider].map(|tools| provider.encode("m", &tools, &request).unwrap());
            assert_eq!((&one.body, one.lossiness.len()), (&other.body, losses), "{id}");
            let sent = String::from_utf8(one.body.to_vec()).unwrap();
            assert_eq!(sent.matches("d".repeat(cut).as_str()).count(), 1, "{id}");
            assert_eq!(!sent.contains("d…"), losses == 0, "{id}");
            assert_eq!(sent.contains(r#""anyOf":[{"type":"string""#), typed, "{id}");
        }
    }

    /// A name that is another there is the caller's own again in an answer, however the tools were rendered.
    #[test]
    fn a_tool_has_another_name_where_it_must_begin_with_a_letter() {
        let tools: Arc<[Tool]> = ["21st_magic", "_x", "plain", "f_21st_magic"]
            .map(|name| Tool::new(name.parse().unwrap(), "", JsonObject::empty()))
            .into();
        let request = ChatRequest::new(vec![Message::user("?")]).with_tools(Arc::clone(&tools));
        let body = br#"{"choices":[{"message":{"tool_calls":[
            {"id":"a","function":{"name":"f1_21st_magic","arguments":"{}"}},
            {"id":"b","function":{"name":"f__x","arguments":"{}"}},
            {"id":"c","function":{"name":"f_21st_magic","arguments":"{}"}},
            {"id":"d","function":{"name":"made_up","arguments":"{}"}}]}}]}"#;
        let catalogue = Catalogue::builtin();
        for id in ["moonshot", "moonshot_cn", "kimi_coding"] {
            let provider = catalogue.provider(id).unwrap();
            let of_dialect = RenderedTools::new(provider.dialect(), Arc::clone(&tools));
            for rendered in [of_dialect, RenderedTools::of(provider, "m", Arc::clone(&tools))] {
                let encoded = provider.encode("m", &rendered, &request).unwrap();
                assert!(encoded.lossiness.is_empty(), "{id}");
                let sent = String::from_utf8(encoded.body.to_vec()).unwrap();
                let names: Vec<&str> =
                    sent.split(r#""name":""#).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
                assert_eq!(names, ["f1_21st_magic", "f__x", "plain", "f_21st_magic"], "{id}");
                let answer = provider.decode(&rendered, &request, body, None).unwrap();
                let called: Vec<&str> = answer.tool_calls().map(|call| &*call.name).collect();
                assert_eq!(called, ["21st_magic", "_x", "f_21st_magic", "made_up"], "{id}");
            }
        }
    }
}
