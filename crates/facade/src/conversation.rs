//! A conversation as it happens: a stream of events that ends with the answer.
//!
//! Nothing runs beside it. Whoever asks for the next event drives the conversation, so dropping it stops everything that
//! it was doing; the gate records what was given up.

mod answer;
mod budget;
mod course;
mod event;
mod form;
mod open_calls;
mod prompt;
mod telling;
mod transcript;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::sync::oneshot;

pub use answer::{Answer, Timing};
pub(crate) use course::Course;
pub use event::Event;
pub(crate) use form::Form;
pub use form::FormError;
#[cfg(feature = "schemars")]
pub use form::schema_of;
pub use prompt::Prompt;
use telling::Told;
pub use transcript::{Transcript, TranscriptError};

use crate::ChatError;

/// A conversation under way. Events come as fast as they are asked for; the last one is [`Event::Done`], or else the
/// stream ends with a [`ChatError`] that holds everything until then.
///
/// Dropping it cancels: the model's answer is abandoned, calls under way are given up and recorded as that.
/// [`cancel`](Self::cancel) does the same and hands over the transcript.
///
/// ```no_run
/// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
/// use toolgate::{ChatFailure, Event};
///
/// let mut conversation = toolgate.chat_stream(&toolgate.models()?, "Is customer JOHNDOE123 active?");
/// while let Some(event) = conversation.next().await {
///     match event {
///         Ok(Event::Text { delta }) => print!("{delta}"),
///         Ok(Event::Decision { decision, .. }) if !decision.is_allowed() => conversation.cancel(),
///         Err(error) if matches!(error.failure, ChatFailure::Cancelled) => {
///             println!("stopped, with {} messages to keep", error.messages.len());
///         }
///         event => drop(event?),
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing happens until events are asked for"]
pub struct Conversation {
    id: Arc<str>,
    told: Told,
    /// `None` once it has ended.
    running: Option<Running>,
    end: Option<Result<Answer, ChatError>>,
    cancel: Option<oneshot::Sender<()>>,
}

type Running = Pin<Box<dyn Future<Output = Result<Answer, ChatError>> + Send>>;

impl Conversation {
    pub(crate) fn new(course: Course) -> Self {
        let (course, told) = course.told();
        let (cancel, cancelled) = oneshot::channel();
        let id = Arc::clone(course.id());
        let running: Running = Box::pin(course.run(async move { drop(cancelled.await) }));
        Self { id, told, running: Some(running), end: None, cancel: Some(cancel) }
    }

    /// What its records in the audit file have as `request`, before a dot and the call's number.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The next event; `None` after [`Event::Done`] or an error.
    ///
    /// # Errors
    /// [`ChatError`] with everything that happened until then.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; the next call continues.
    pub async fn next(&mut self) -> Option<Result<Event, ChatError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Stops it: what is under way is given up and recorded as that. The events that are left then end with
    /// [`Cancelled`](crate::ChatFailure::Cancelled) and the transcript, unless the answer was there already.
    pub fn cancel(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            // Nobody listens any more when it has ended.
            let _ = cancel.send(());
        }
    }
}

impl Stream for Conversation {
    type Item = Result<Event, ChatError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Events first: the conversation goes on only when everything that was told is read.
        if let Some(event) = self.told.next() {
            return Poll::Ready(Some(Ok(event)));
        }
        if let Some(running) = &mut self.running
            && let Poll::Ready(end) = running.as_mut().poll(context)
        {
            self.running = None;
            self.end = Some(end);
        }
        if let Some(event) = self.told.next() {
            return Poll::Ready(Some(Ok(event)));
        }
        match self.end.take() {
            Some(end) => Poll::Ready(Some(end.map(|answer| Event::Done(Box::new(answer))))),
            None if self.running.is_some() => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("id", &self.id)
            .field("running", &self.running.is_some())
            .finish_non_exhaustive()
    }
}
