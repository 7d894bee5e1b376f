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

impl RenderedTools {
    /// The same tools where nothing is to be changed for this provider.
    pub(super) fn fitted(&self, provider: &Provider) -> Cow<'_, Self> {
        let is_typed = provider.has(Quirk::TypedAlternatives);
        let is_short = provider.has(Quirk::ShortDescriptions);
        if !is_typed && !is_short {
            return Cow::Borrowed(self);
        }
        let mut losses = Losses::default();
        let mut fitted = Vec::with_capacity(self.tools().len());
        let mut is_changed = false;
        for (index, tool) in self.tools().iter().enumerate() {
            let mut tool = tool.clone();
            if is_typed && let Some(schema) = typed::schema(&tool.input_schema) {
                tool.input_schema = schema;
                is_changed = true;
            }
            if is_short && let Some(description) = cut(&tool) {
                tool.description = description;
                losses.report(format_args!("tools[{index}].description"), "cut to 1024 characters");
                is_changed = true;
            }
            fitted.push(tool);
        }
        if is_changed { Cow::Owned(self.with_tools(fitted.into(), losses)) } else { Cow::Borrowed(self) }
    }
}

fn cut(tool: &Tool) -> Option<Arc<str>> {
    // Nothing is cut of what fits.
    tool.description.chars().nth(SHORT)?;
    let kept: String = tool.description.chars().take(SHORT - 1).chain(['…']).collect();
    Some(kept.into())
}
