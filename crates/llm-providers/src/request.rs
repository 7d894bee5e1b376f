//! What is asked of a model, the same for all of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toolgate_tool_types::{Tool, ToolName};

use crate::{ChatOptions, Message};

/// One request to a model. It does not say which model: the same request goes to any.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The tools that the model may ask for. Shared: as long as the same `Arc` is used, they are rendered once.
    pub tools: Arc<[Tool]>,
    /// Whether the model must, may or must not ask for a tool. Default: the provider's own, which is `Auto`.
    pub tool_choice: Option<ToolChoice>,
    /// Sampling and limits.
    pub options: ChatOptions,
    /// Refuse the request rather than lose anything in its conversion. Default off: losses are reported.
    pub strict: bool,
}

/// Whether the model asks for tools.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, ChatRequest, ErrorKind, Message, RenderedTools, ToolChoice};
/// # use toolgate_tool_types::ToolName;
/// # let catalogue = Catalogue::builtin();
/// # let openai = catalogue.provider("openai")?;
/// # let tools = RenderedTools::new(openai.dialect(), [].into());
/// let request = ChatRequest::new(vec![Message::user("What time is it?")])
///     .with_tool_choice(ToolChoice::Tool(ToolName::new("get_time")?));
/// let refused = openai.encode("gpt-4.1", &tools, &request).unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::InvalidRequest); // a tool is forced that is not offered
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// At least one call of some tool.
    Required,
    /// No call.
    None,
    /// A call of this tool.
    Tool(ToolName),
}

impl ChatRequest {
    /// A request without tools and with the provider's defaults.
    ///
    /// ```
    /// # use toolgate_llm_providers::{ChatRequest, Message};
    /// let request = ChatRequest::new(vec![Message::user("hello")]);
    /// ```
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self {
            messages,
            tools: Arc::new([]),
            tool_choice: None,
            options: ChatOptions::default(),
            strict: false,
        }
    }

    /// Offers these tools.
    #[must_use]
    pub fn with_tools(mut self, tools: impl Into<Arc<[Tool]>>) -> Self {
        self.tools = tools.into();
        self
    }

    /// Says whether the model must ask for a tool.
    #[must_use]
    pub fn with_tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    /// Sets sampling and limits.
    #[must_use]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// Refuses the request rather than lose anything in its conversion.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}
