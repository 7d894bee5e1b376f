//! An answer that arrives while it is written.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use toolgate_http_client::Body;

use crate::lossiness::Losses;
use crate::{ChatEvent, ChatResponse, Loss, ProviderError, RateLimits, StreamDecoder};

/// A streamed answer. It is read as fast as it is asked for: whoever does not ask holds the provider up. Dropping it
/// closes the request; the provider may still count what it wrote.
///
/// ```no_run
/// # use toolgate_llm_providers::{ChatEvent, ChatModel, ChatRequest, ProviderError};
/// # async fn example(model: ChatModel, request: ChatRequest) -> Result<(), ProviderError> {
/// let mut stream = model.stream(&request).await?;
/// while let Some(event) = stream.next().await? {
///     if let ChatEvent::Text { delta } = event {
///         print!("{delta}");
///     }
/// }
/// let answer = stream.collect().await?; // what `chat` would have given
/// println!("\n{:?}, {:?} tokens", answer.finish, answer.usage.total());
/// # Ok(()) }
/// ```
pub struct ChatStream {
    decoder: StreamDecoder,
    body: Body,
    model: Arc<str>,
    rate_limits: RateLimits,
    lossiness: Vec<Loss>,
}

impl ChatStream {
    pub(crate) fn new(
        decoder: StreamDecoder,
        body: Body,
        model: Arc<str>,
        rate_limits: RateLimits,
        lossiness: Vec<Loss>,
    ) -> Self {
        Self { decoder, body, model, rate_limits, lossiness }
    }

    /// The next event; `None` after [`ChatEvent::Finish`], which is told of a complete answer only.
    ///
    /// # Errors
    /// The provider's error in mid-stream, [`TruncatedStream`](crate::ErrorKind::TruncatedStream) when the stream ended
    /// before the answer, or what became of the connection. Every later call gives the same error.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; the next call continues.
    pub async fn next(&mut self) -> Result<Option<ChatEvent>, ProviderError> {
        loop {
            let event = self.decoder.next_event();
            self.let_go();
            if event.is_some() {
                return Ok(event);
            }
            if let Some(error) = self.decoder.error() {
                return Err(error.clone());
            }
            if self.decoder.is_over() {
                return Ok(None);
            }
            match self.body.chunk().await {
                Ok(Some(chunk)) => self.decoder.push(chunk),
                Ok(None) => self.decoder.end(),
                Err(error) => self.decoder.fail(error),
            }
        }
    }

    /// Lets go of the body of a whole answer. The mark of its end mostly comes after the answer's own, such as `[DONE]`, and
    /// only then is the connection good for the next request.
    fn let_go(&mut self) {
        if self.decoder.is_over() && self.decoder.error().is_none() {
            std::mem::replace(&mut self.body, Body::from(Bytes::new())).drain();
        }
    }

    /// What the provider's headers say about its limits.
    #[must_use]
    pub fn rate_limits(&self) -> RateLimits {
        self.rate_limits
    }

    /// What the conversion of the request lost.
    #[must_use]
    pub fn lossiness(&self) -> &[Loss] {
        &self.lossiness
    }

    /// Reads to the end. The whole answer, the same as [`ChatModel::chat`](crate::ChatModel::chat) would give,
    /// whether its events were taken before or not.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    ///
    /// # Cancel safety
    /// Dropping the future abandons the answer.
    pub async fn collect(mut self) -> Result<ChatResponse, ProviderError> {
        while self.next().await?.is_some() {}
        let mut response = self.decoder.into_response()?;
        response.rate_limits = self.rate_limits;
        response.message.written_by(&self.model);
        let mut all = Losses::default();
        all.extend(&self.lossiness);
        all.extend(&response.lossiness);
        response.lossiness = all.into_vec();
        Ok(response)
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatStream({:?})", self.decoder)
    }
}
