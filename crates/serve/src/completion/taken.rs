//! A streamed answer that nobody takes is given up: it holds a place among the conversations, and the calls under way.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::Stream;
use tokio::task::JoinSet;

/// How long a client may take nothing, looked at so often. An answer has something to give every 15 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// The client took nothing for too long.
#[derive(Debug, thiserror::Error)]
#[error("the client took nothing of the answer for {} s", PATIENCE.as_secs())]
pub(super) struct GivenUp;

/// The pieces of a stream, for as long as they are taken. Then the stream is dropped, whether or not anybody asks again.
pub(super) struct Taken<S> {
    shared: Arc<Shared<S>>,
    /// Ends with this.
    _watch: JoinSet<()>,
}

struct Shared<S> {
    /// `None` once it was given up.
    stream: Mutex<Option<Pin<Box<S>>>>,
    asked: AtomicBool,
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Option<Pin<Box<S>>>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Stream<Item = Bytes> + Send + 'static> Taken<S> {
    pub(super) fn of(stream: S) -> Self {
        let stream = Mutex::new(Some(Box::pin(stream)));
        let shared = Arc::new(Shared { stream, asked: AtomicBool::new(true) });
        let mut watch = JoinSet::new();
        watch.spawn(watched(Arc::clone(&shared)));
        Self { shared, _watch: watch }
    }
}

async fn watched<S>(shared: Arc<Shared<S>>) {
    while shared.asked.swap(false, Ordering::Relaxed) {
        tokio::time::sleep(PATIENCE).await;
    }
    tracing::debug!("{GivenUp}");
    let given_up = shared.lock().take();
    drop(given_up);
}

impl<S: Stream<Item = Bytes>> Stream for Taken<S> {
    type Item = Result<Bytes, GivenUp>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.shared.asked.store(true, Ordering::Relaxed);
        let mut stream = self.shared.lock();
        let Some(stream) = &mut *stream else { return Poll::Ready(Some(Err(GivenUp))) };
        Poll::Ready(ready!(stream.as_mut().poll_next(cx)).map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{self, StreamExt};

    use super::*;

    /// Pieces without an end, and what is gone when they are.
    fn endless() -> (Taken<impl Stream<Item = Bytes> + Send>, std::sync::Weak<()>) {
        let (held, piece) = (Arc::new(()), Bytes::from_static(b"piece"));
        let gone = Arc::downgrade(&held);
        (Taken::of(stream::repeat(piece).inspect(move |_| drop(Arc::clone(&held)))), gone)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_taken_is_given_up_without_being_asked_for() {
        let (mut taken, held) = endless();
        assert_eq!(taken.next().await.unwrap().unwrap(), "piece");
        tokio::time::sleep(PATIENCE * 3).await;
        assert!(held.upgrade().is_none());
        assert!(taken.next().await.unwrap().is_err(), "an answer that was cut short is no whole one");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_slowly_is_kept() {
        let (mut taken, held) = endless();
        for _ in 0..10 {
            tokio::time::sleep(PATIENCE / 2).await;
            assert!(taken.next().await.unwrap().is_ok());
        }
        drop(taken);
        tokio::task::yield_now().await;
        assert!(held.upgrade().is_none(), "nothing is left of one that ended");
    }
}
