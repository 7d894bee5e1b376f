//! A streamed answer from its bytes: pure, and the same whatever pieces the bytes come in.
//!
//! Each dialect has a [`State`] that reads one event after the other into a draft; here is what is the same for
//! all: telling a complete answer from one that broke off.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use toolgate_http_client::HttpError;
use toolgate_http_client::sse::Event;

use super::Context;
use super::draft::Draft;
use super::frames::{self, Frames};
use super::mended::mended;
use super::wrapped;
use crate::error::ErrorBody;
use crate::{
    ApiKey, ChatEvent, ChatRequest, ChatResponse, ErrorKind, FinishReason, Provider, ProviderError,
    RenderedTools, Usage,
};

/// A piece of a streamed answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// What kind of piece it is, where that is said beside the data and not in it.
    pub(super) name: &'a [u8],
    pub(super) data: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(super) fn of(data: &'a [u8]) -> Self {
        Self { name: b"", data }
    }

    /// What it is called.
    pub(super) fn kind(&self) -> &'a str {
        std::str::from_utf8(self.name).unwrap_or_default()
    }
}

/// How one dialect reads a stream.
pub(crate) trait State: Send {
    /// Reads one frame; whether it says that it is the last.
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError>;

    /// Why the model stopped and what the answer cost; no reason when the stream has not come to its end.
    fn finish(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError>;
}

/// Reads a streamed answer: bytes in, events out.
///
/// [`push`](Self::push) each piece of the body, take the events that it gave from [`next_event`](Self::next_event), and
/// say with [`end`](Self::end) that the body ended. [`ChatModel::stream`](crate::ChatModel::stream) does this.
pub struct StreamDecoder {
    provider: Arc<Provider>,
    tools: Arc<RenderedTools>,
    turn: usize,
    key: Option<ApiKey>,
    frames: Frames,
    state: Box<dyn State>,
    draft: Draft,
    /// Whether an event was read that is more than a sign of life.
    has_begun: bool,
    outcome: Option<Result<(FinishReason, Usage), ProviderError>>,
}

impl StreamDecoder {
    /// A decoder for the streamed answer to `request`. With the `key` that was sent, a provider that echoes it in an
    /// error is not repeated.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use toolgate_llm_providers::{Catalogue, ChatEvent, ChatRequest, Message, RenderedTools, StreamDecoder};
    /// let openai = Arc::new(Catalogue::builtin().provider("openai")?.clone());
    /// let request = ChatRequest::new(vec![Message::user("hello")]);
    /// let tools = Arc::new(RenderedTools::new(openai.dialect(), request.tools.clone()));
    /// let mut decoder = StreamDecoder::new(openai, tools, &request, None);
    /// decoder.push("data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n".into());
    /// assert_eq!(decoder.next_event(), Some(ChatEvent::Text { delta: "hi".to_owned() }));
    /// decoder.end();
    /// assert!(decoder.into_response().is_err(), "it has not said that it finished");
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    #[must_use]
    pub fn new(
        provider: Arc<Provider>,
        tools: Arc<RenderedTools>,
        request: &ChatRequest,
        key: Option<ApiKey>,
    ) -> Self {
        let turn = request.messages.len();
        let context = Context::reading(&provider, &tools, turn, key.as_ref());
        let draft = Draft::streamed(&context);
        let format = provider.dialect().format();
        let (state, frames) = ((format.stream)(), Frames::new(format.framing));
        Self { provider, tools, turn, key, frames, state, draft, has_begun: false, outcome: None }
    }

    /// Takes the next piece of the body. What comes after the end or an error is ignored.
    pub fn push(&mut self, bytes: Bytes) {
        // What nobody has asked for yet waits as events: pieces are not joined.
        while self.read(|_| true) {}
        if self.outcome.is_none()
            && let Err(error) = self.frames.push(&self.provider, bytes)
        {
            self.outcome = Some(Err(error));
        }
    }

    /// The next event that the bytes so far gave. They are read when they are asked for: a piece may hold hundreds of
    /// events, which take more memory than its bytes.
    pub fn next_event(&mut self) -> Option<ChatEvent> {
        let mut event = self.draft.pop_event();
        while event.is_none() && self.read(|_| true) {
            event = self.draft.pop_event();
        }
        // The last of the body's events ends the answer, which has more to tell.
        event.or_else(|| self.draft.pop_event())
    }

    /// Whether nothing more is to come but the events that wait: the answer is complete, or an error ended it. Known when
    /// [`next_event`](Self::next_event) has given all.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.outcome.is_some()
    }

    /// Takes note that the body ended. An answer that had not come to its own end is an error from here on.
    pub fn end(&mut self) {
        while self.read(|_| true) {}
        if self.outcome.is_some() {
            return;
        }
        if let Err(error) = self.frames.end(&self.provider) {
            self.outcome = Some(Err(error));
        }
        while self.read(frames::is_whole) {}
        if self.outcome.is_none() {
            self.read_stray();
        }
        if self.outcome.is_none() {
            self.conclude();
        }
    }

    /// The error that ended the stream. Known when [`next_event`](Self::next_event) has given all.
    #[must_use]
    pub fn error(&self) -> Option<&ProviderError> {
        self.outcome.as_ref()?.as_ref().err()
    }

    /// The whole answer, the same as if it had not been streamed.
    ///
    /// # Errors
    /// The error that ended the stream; [`ErrorKind::TruncatedStream`] when it had not come to its end.
    pub fn into_response(mut self) -> Result<ChatResponse, ProviderError> {
        self.end();
        match self.outcome {
            Some(Ok((finish, usage))) => Ok(self.draft.into_response(finish, usage)),
            Some(Err(error)) => Err(error),
            None => Err(truncated(&self.provider)),
        }
    }

    /// Takes a plain answer in place of a stream, from a server that did not stream. One that calls its events JSON did.
    pub(crate) fn take_whole(&mut self, body: Bytes) {
        let framing = self.provider.dialect().format().framing;
        let context = Context::reading(&self.provider, &self.tools, self.turn, self.key.as_ref());
        let read = (!framing.are_events(&body)).then(|| wrapped::decode(&context, &body));
        let Some(read) = read.filter(|read| read.is_ok() || !framing.are_lines(&body)) else {
            self.push(body);
            return self.end();
        };
        let told = read.and_then(|response| self.draft.retell(response));
        if let Ok((finish, usage)) = &told {
            self.draft.conclude(finish, *usage);
        }
        self.outcome = Some(told);
    }

    /// Ends the stream with an error of the connection.
    pub(crate) fn fail(&mut self, error: HttpError) {
        while self.read(|_| true) {}
        let error = self.broken(error);
        self.outcome.get_or_insert(Err(error));
    }

    /// Reads an event of the body, if one is there and `counts` lets it pass; whether there may be another.
    fn read(&mut self, counts: impl FnOnce(&Event) -> bool) -> bool {
        if self.outcome.is_some() {
            return false;
        }
        let Self { provider, tools, turn, key, .. } = self;
        let context = Context::reading(provider, tools, *turn, key.as_ref());
        let is_last = self.frames.next(&context).and_then(|event| match event {
            // Whatever the dialect, and in JSON or in plain words.
            Some(event) if &*event.name == b"error" => Err(context.exception("", &event.data)),
            Some(event) if is_sign_of_life(&event) => Ok(Some(false)),
            Some(event) if counts(&event) => {
                self.has_begun = true;
                let frame = Frame { name: &event.name, data: event.data.trim_ascii() };
                let read = self.state.read(&context, &mut self.draft, frame);
                let is_malformed = matches!(&read, Err(error) if error.kind() == ErrorKind::MalformedOutput);
                match is_malformed.then(|| mended(frame.data)).flatten() {
                    Some(data) => {
                        let frame = Frame { data: &data, ..frame };
                        self.state.read(&context, &mut self.draft, frame).map(Some)
                    }
                    None => read.map(Some),
                }
            }
            event => Ok(event.map(|_| false)),
        });
        match is_last {
            Ok(Some(true)) => self.conclude(),
            Ok(Some(false)) => return true,
            Ok(None) => {}
            Err(error) => self.outcome = Some(Err(error)),
        }
        false
    }

    /// Reads what a server wrote outside of the events: an error, or all that it answered, where it did not stream and only
    /// called the answer a stream.
    fn read_stray(&mut self) {
        if let Some(error) = self.stray_error() {
            self.outcome = Some(Err(error));
        } else if !self.has_begun && frames::is_json(self.frames.stray()) {
            self.take_whole(Bytes::copy_from_slice(self.frames.stray()));
        }
    }

    /// The error that a server wrote outside of the events. Gemini ends a stream so, in the middle of an answer and after
    /// one, and Google's own client (js-genai) reads it there.
    fn stray_error(&self) -> Option<ProviderError> {
        let body = ErrorBody::parse(std::str::from_utf8(self.frames.stray()).ok()?);
        body.tells().then(|| body.into_error(&self.provider, StatusCode::OK, self.key.as_ref()))
    }

    fn conclude(&mut self) {
        // llama.cpp wrote its errors so, with the mark of the end behind them.
        if let Some(error) = self.stray_error() {
            self.outcome = Some(Err(error));
            return;
        }
        let Self { provider, tools, turn, key, .. } = self;
        let context = Context::reading(provider, tools, *turn, key.as_ref());
        let outcome = match self.state.finish(&context, &mut self.draft) {
            Ok((Some(finish), usage)) => {
                self.draft.conclude(&finish, usage);
                Ok((finish, usage))
            }
            Ok((None, _)) => Err(truncated(provider)),
            Err(error) => Err(error),
        };
        self.outcome = Some(outcome);
    }

    fn broken(&self, error: HttpError) -> ProviderError {
        ProviderError::transport(self.provider.id(), error)
    }
}

/// Whether an event says nothing but that there is somebody: what it is called, or that it holds nothing, or a comment that a
/// gateway took for data.
fn is_sign_of_life(event: &Event) -> bool {
    matches!(&*event.name, b"ping" | b"heartbeat" | b"keepalive" | b"keep-alive")
        || matches!(event.data.trim_ascii(), b"" | b"null" | [b':', ..])
}

/// What ends a stream of chat completions, and a few others.
pub(super) const DONE: &[u8] = b"[DONE]";

pub(super) fn truncated(provider: &Provider) -> ProviderError {
    provider.error(ErrorKind::TruncatedStream, "expected the end of the answer, found the end of the stream")
}

impl std::fmt::Debug for StreamDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamDecoder({})", self.provider.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, Message};

    #[test]
    fn events_do_not_wait_in_numbers() {
        let provider = Arc::new(Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap());
        let request = ChatRequest::new(vec![Message::user("hello")]);
        let tools = Arc::new(RenderedTools::new(provider.dialect(), request.tools.clone()));
        let mut decoder = StreamDecoder::new(provider, tools, &request, None);
        decoder.push("data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n".repeat(500).into());
        for _ in 0..500 {
            assert!(decoder.next_event().is_some());
            assert_eq!(decoder.draft.waiting(), 0);
        }
        assert!(decoder.next_event().is_none() && !decoder.is_over());
    }
}
