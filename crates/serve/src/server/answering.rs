//! A request that is being answered: from its headers until its client has taken the answer.
//!
//! A client that takes nothing for too long is not waited for: what it does not take would hold the conversation behind it,
//! a place among the others and memory for as long as the client likes. Over HTTP/1.1 that shows on the connection, which
//! then takes no bytes. Over HTTP/2 a client may take nothing of one answer and all of the others, and go on to answer pings
//! (RFC 9113 section 5.2): each stream is watched by itself, and reset.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes};
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// How long a client may take nothing of what is sent to it. A streamed answer has something to give every 15 s.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// How often a stream is looked at.
const LOOK: Duration = Duration::from_secs(15);

/// What is less than this, in bytes, is nothing, unless there was no more: who takes a byte a minute would never end.
const LEAST: usize = 1024;

/// A request that is being answered, among those of its connection.
pub(super) struct Turn(watch::Sender<usize>);

impl Turn {
    pub(super) fn of(running: &watch::Sender<usize>) -> Self {
        running.send_modify(|turns| *turns += 1);
        Self(running.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.send_modify(|turns| *turns -= 1);
    }
}

tokio::task_local! {
    /// What is on its way to the client of this task's stream.
    static ON_THE_WAY: Arc<OnTheWay>;
}

/// Runs the streams of an HTTP/2 connection, each for as long as its client takes what it is sent.
#[derive(Clone, Copy)]
pub(super) struct Streams;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let on_the_way = Arc::<OnTheWay>::default();
        let stream = ON_THE_WAY.scope(Arc::clone(&on_the_way), stream);
        tokio::spawn(async move {
            tokio::select! {
                () = stream => {}
                () = on_the_way.left_lying() => {
                    tracing::debug!("a client took nothing of its answer for {} s", PATIENCE.as_secs());
                }
            }
        });
    }
}

/// The body of an answer, which is under way until the body and all of its pieces are gone.
pub(super) struct Answering {
    body: Body,
    ended: bool,
    /// `None` over HTTP/1.1.
    on_the_way: Option<Arc<OnTheWay>>,
    turn: Arc<Turn>,
}

impl Answering {
    /// To be called in the task that answers.
    pub(super) fn new(body: Body, turn: Turn) -> Self {
        let on_the_way = ON_THE_WAY.try_with(Arc::clone).ok();
        Self { body, ended: false, on_the_way, turn: Arc::new(turn) }
    }

    fn piece(&self, bytes: Bytes) -> Piece {
        self.on_the_way.iter().for_each(|pieces| pieces.begin());
        Piece { bytes, on_the_way: self.on_the_way.clone(), _turn: Arc::clone(&self.turn) }
    }
}

impl hyper::body::Body for Answering {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        if !self.ended {
            if let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                return Poll::Ready(Some(frame.map(|frame| frame.map_data(|bytes| self.piece(bytes)))));
            }
            self.ended = true;
        }
        // hyper forgets a stream whose body has ended, and leaves to h2 what the client has yet to take.
        match &self.on_the_way {
            Some(on_the_way) => on_the_way.poll_all_taken(cx).map(|()| None),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.on_the_way.as_ref().is_none_or(|pieces| pieces.is_all_taken())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A piece of an answer, which is gone when the connection has taken it.
pub(super) struct Piece {
    bytes: Bytes,
    on_the_way: Option<Arc<OnTheWay>>,
    _turn: Arc<Turn>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, bytes: usize) {
        self.bytes.advance(bytes);
        self.on_the_way.iter().for_each(|pieces| pieces.take(bytes));
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.on_the_way.iter().for_each(|pieces| pieces.end());
    }
}

/// The pieces of one stream that its client has yet to take.
#[derive(Default)]
struct OnTheWay {
    pieces: Mutex<Pieces>,
    all_taken: AtomicWaker,
}

#[derive(Default)]
struct Pieces {
    number: usize,
    /// Since when nothing of them was taken, where there are any.
    since: Option<Instant>,
    /// The bytes that were taken since then.
    taken: usize,
}

impl OnTheWay {
    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        let mut pieces = self.lock();
        pieces.number += 1;
        pieces.since.get_or_insert_with(Instant::now);
    }

    fn take(&self, bytes: usize) {
        let mut pieces = self.lock();
        pieces.taken += bytes;
        if pieces.taken >= LEAST {
            (pieces.since, pieces.taken) = (Some(Instant::now()), 0);
        }
    }

    fn end(&self) {
        let mut pieces = self.lock();
        pieces.number -= 1;
        (pieces.since, pieces.taken) = ((pieces.number > 0).then(Instant::now), 0);
        if pieces.number == 0 {
            self.all_taken.wake();
        }
    }

    fn is_all_taken(&self) -> bool {
        self.lock().number == 0
    }

    fn poll_all_taken(&self, cx: &Context<'_>) -> Poll<()> {
        self.all_taken.register(cx.waker());
        if self.is_all_taken() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Ready when nothing was taken for too long of what there was to take.
    async fn left_lying(&self) {
        while self.lock().since.is_none_or(|since| since.elapsed() < PATIENCE) {
            sleep(LOOK).await;
        }
    }
}
