//! What a conversation starts from.

use std::sync::Arc;

use toolgate_audit_log::Caller;
use toolgate_llm_providers::{ChatOptions, Message, ToolChoice, Usage};
use toolgate_tool_types::Tool;

use crate::{ChatError, ChatFailure};

/// What a conversation starts from: one question, or messages; and how the model is to answer.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    pub(super) messages: Vec<Message>,
    pub(super) options: ChatOptions,
    pub(super) caller: Option<Caller>,
    pub(super) own_tools: Option<OwnTools>,
}

/// Tools that whoever asks runs.
#[derive(Debug, Clone)]
pub(super) struct OwnTools {
    pub(super) tools: Arc<[Tool]>,
    pub(super) choice: Option<ToolChoice>,
}

impl Prompt {
    /// A conversation so far, which the model is to continue.
    ///
    /// ```
    /// use toolgate::{Message, Prompt};
    ///
    /// let prompt = Prompt::new(vec![Message::system("Answer in one sentence."), Message::user("Why is the sky blue?")]);
    /// ```
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self { messages, ..Self::default() }
    }

    /// Sets sampling, limits and the form of the answers. Default: each provider's own.
    ///
    /// ```
    /// use toolgate::{ChatOptions, Media, Message, Part, Prompt, ReasoningEffort};
    ///
    /// let bill = Media::Inline { media_type: "application/pdf".into(), data: "JVBERi0xLjcK".into() };
    /// let content = vec![Part::text("Is this paid?"), Part::File { name: "bill.pdf".into(), media: bill }];
    /// let options = ChatOptions::default().with_reasoning_effort(ReasoningEffort::Low);
    /// let prompt = Prompt::new(vec![Message::User { content }]).with_options(options);
    /// ```
    #[must_use]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// Says for whom the conversation is held, for the record of each of its tool calls. It decides nothing: tokens, scopes and
    /// policy are this client's own. Default: for this client itself.
    ///
    /// ```
    /// use toolgate::{Prompt, audit::Caller};
    ///
    /// let caller = Caller { subject: Some("alice".into()), client: Some("crm-web".into()) };
    /// let prompt = Prompt::from("Is customer JOHNDOE123 active?").with_caller(caller);
    /// ```
    #[must_use]
    pub fn with_caller(mut self, caller: Caller) -> Self {
        self.caller = Some(caller);
        self
    }

    /// Offers the model these tools, and none of a server: whoever asks runs them. The model's calls of them are neither decided
    /// about nor made here; they end the conversation, and are handed over with its [`Answer`](crate::Answer::calls). Without
    /// any, the model is asked alone. Default: the servers' tools, behind the gate.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate, get_time: toolgate::Tool) -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::Prompt;
    ///
    /// let prompt = Prompt::from("What time is it?").with_own_tools([get_time], None);
    /// for call in toolgate.chat(&toolgate.models()?, prompt).await?.calls {
    ///     println!("{}({})", call.name, call.raw_arguments);
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_own_tools(mut self, tools: impl Into<Arc<[Tool]>>, choice: Option<ToolChoice>) -> Self {
        self.own_tools = Some(OwnTools { tools: tools.into(), choice });
        self
    }

    /// A conversation that was not begun.
    pub(crate) fn refused(self, failure: ChatFailure) -> ChatError {
        let (passages, given_up, usage) = (Vec::new(), Vec::new(), Usage::default());
        ChatError { failure, messages: self.messages, passages, given_up, usage }
    }
}

impl From<&str> for Prompt {
    fn from(question: &str) -> Self {
        Self::new(vec![Message::user(question)])
    }
}

impl From<String> for Prompt {
    fn from(question: String) -> Self {
        Self::new(vec![Message::user(question)])
    }
}

impl From<Vec<Message>> for Prompt {
    fn from(messages: Vec<Message>) -> Self {
        Self::new(messages)
    }
}
