//! A question to a model outside a conversation: no server's tool is offered and none is run here, and `[limits]` hold all the
//! same. For who passes on calls that somebody else makes, as an OpenAI-compatible server does.

use toolgate_llm_providers::{ChatModel, ChatRequest, Usage};

use super::Toolgate;
use crate::LimitReached;
use crate::conversation::bounded;

impl Toolgate {
    /// `request` as it may be sent to `model` by itself: bytes, tokens and cost are looked at as before the first request of
    /// a conversation, and the answer is bounded by what is left. How long it may take is
    /// [`Limits::wall_time`](crate::Limits::wall_time), and the caller's to keep.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::{ChatRequest, Message};
    ///
    /// let model = toolgate.model(None)?;
    /// let request = toolgate.within_limits(&model, ChatRequest::new(vec![Message::user("Why is the sky blue?")]))?;
    /// let answer = model.chat(&request).await?;
    /// toolgate.count_usage(&answer.usage);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`LimitReached`] when it may not be sent.
    pub fn within_limits(
        &self,
        model: &ChatModel,
        request: ChatRequest,
    ) -> Result<ChatRequest, LimitReached> {
        let config = self.config();
        let id = format!("{}/{}", model.provider().id(), model.name()).into();
        bounded(config.limits, config.prices.clone(), &id, request)
    }

    /// Counts what such a request took, as [`metrics`](Self::metrics) then says: tokens of conversations are counted without
    /// this.
    pub fn count_usage(&self, usage: &Usage) {
        self.setup().gate.metrics.used(usage);
    }
}
