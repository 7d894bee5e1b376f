//! What a conversation starts from.

use toolgate_audit_log::Caller;
use toolgate_llm_providers::{ChatOptions, Message, Usage};

use crate::{ChatError, ChatFailure};

/// What a conversation starts from: one question, or messages; and how the model is to answer.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    pub(super) messages: Vec<Message>,
    pub(super) options: ChatOptions,
    pub(super) caller: Option<Caller>,
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
        Self { messages, options: ChatOptions::default(), caller: None }
    }

    /// Sets sampling, limits and the form of the answers. Default: each provider's own.
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
