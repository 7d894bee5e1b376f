//! A request that hyper-util's pool was given, until its answer begins.
//!
//! hyper can lose one (hyperium/hyper#4122). The channel to a connection takes a request in two steps; a connection that
//! ends between them empties its end of the channel too early, and whoever sent the request keeps the other end open. So
//! nobody ever answers, and only the deadline of the request would end it. A request that nobody has begun to write when
//! any connection for it must have been there, and one has ended, is therefore taken for lost.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::Either;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Error as PoolError, ResponseFuture};
use tokio::task::futures::TaskLocalFuture;
use tokio::time::{Instant, timeout_at};

use super::Pool;
use crate::connect::CONNECT_DEADLINE;
use crate::options::later;
use crate::{Request, SendOptions};

/// With the deadline of its own that a connection for the request has.
type WithDeadline = Pin<Box<TaskLocalFuture<Duration, ResponseFuture>>>;

/// How long hyper gets to begin with a request once its connection must be there.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Sending {
    /// Until it has come, or is given up.
    answer: Option<Either<WithDeadline, ResponseFuture>>,
    whole: Weak<()>,
    /// When somebody must have begun to write it.
    begun_by: Instant,
}

/// In a request as long as it is in one piece, so not yet on any connection: hyper takes it apart to write it.
#[derive(Clone)]
struct Whole(#[expect(dead_code, reason = "counted")] Arc<()>);

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The deadline passed.
    Late,
    /// Nothing of the request was written, and nothing will be.
    Lost,
}

impl Sending {
    /// Gives the request to the pool, where a connection may take `connect`, or as long as the request says.
    pub(super) fn start(pool: &Pool, mut request: Request, connect: Duration) -> Self {
        let whole = Arc::new(());
        let weak = Arc::downgrade(&whole);
        // In the place of its options, which have been read.
        let options = request.extensions_mut().remove::<SendOptions>();
        request.extensions_mut().insert(Whole(whole));
        let own = options.and_then(|options| options.connect);
        let sending = pool.request(request.map(Full::new));
        let answer = match own {
            Some(deadline) => Either::Left(Box::pin(CONNECT_DEADLINE.scope(deadline, sending))),
            None => Either::Right(sending),
        };
        let begun_by = later(Instant::now(), own.unwrap_or(connect).saturating_add(PATIENCE));
        Self { answer: Some(answer), whole: weak, begun_by }
    }

    /// The head of the answer, or why the pool has none; `ended` says whether a connection to its origin ended meanwhile.
    pub(super) async fn answer(
        &mut self,
        deadline: Instant,
        ended: impl Fn() -> bool,
    ) -> Result<Result<http::Response<Incoming>, PoolError>, Unanswered> {
        let mut until = self.begun_by.min(deadline);
        while let Some(waited_for) = &mut self.answer {
            if let Ok(answered) = timeout_at(until, waited_for).await {
                return Ok(answered);
            }
            if until == deadline {
                break;
            }
            // Of the many that stand in line for a connection that stands, nobody begins with any either.
            if self.whole.strong_count() > 0 && ended() {
                // From here on nobody begins with it, unless somebody just did.
                self.answer = None;
                return Err(if self.whole.strong_count() > 0 { Unanswered::Lost } else { Unanswered::Late });
            }
            until = later(Instant::now(), PATIENCE).min(deadline);
        }
        Err(Unanswered::Late)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;
    use hyper::rt::Executor;
    use hyper_util::client::legacy::Client;
    use tokio::net::TcpListener;
    use tokio::task::{JoinHandle, yield_now};
    use toolgate_tls_config::ClientTls;

    use super::*;
    use crate::connect::{Connector, Dns, Reach, TlsSource};
    use crate::hyper_client::classify::classify;
    use crate::lanes::Speaks;
    use crate::{HttpError, Origin};

    /// What hyper starts for an HTTP/2 connection, in this order: what reads and writes, and what takes requests from its
    /// queue. Then a task for each request.
    const CONNECTION: usize = 0;
    const QUEUE: usize = 1;
    const DEADLINE: Duration = Duration::from_secs(30);
    const CONNECT: Duration = Duration::from_secs(10);

    type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
    type Answer = Result<Result<http::Response<Incoming>, PoolError>, Unanswered>;

    /// Tasks that run, or end, only when the test says so.
    #[derive(Clone, Default)]
    struct Held(Arc<Mutex<Vec<Option<Task>>>>);

    impl Executor<Task> for Held {
        fn execute(&self, task: Task) {
            self.0.lock().unwrap().push(Some(task));
        }
    }

    impl Held {
        fn take(&self, number: usize) -> Task {
            self.0.lock().unwrap()[number].take().unwrap()
        }

        /// Ends a task that never ran.
        fn end(&self, number: usize) {
            drop(self.take(number));
        }

        fn run(&self, number: usize) {
            tokio::spawn(self.take(number));
        }

        async fn started(&self, tasks: usize) {
            while self.0.lock().unwrap().len() < tasks {
                yield_now().await;
            }
        }
    }

    struct Rig {
        held: Held,
        pool: Pool,
        listener: TcpListener,
    }

    impl Rig {
        async fn new() -> Self {
            let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
            let dns = Dns { given: None, reach: Reach::Anywhere };
            let (origins, held) = (Arc::default(), Held::default());
            let connector =
                Connector::new(TlsSource::fixed(&tls), dns, None, CONNECT, origins, Speaks::Either);
            let pool = Client::builder(held.clone()).http2_only(true).build(connector);
            Self { held, pool, listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
        }

        /// `ended` is whether a connection has ended.
        fn send(&self, ended: bool) -> JoinHandle<Answer> {
            let url = format!("http://{}/", self.listener.local_addr().unwrap());
            let request = http::Request::post(url).body(Bytes::new()).unwrap();
            let ended = move || ended;
            let mut sending = Sending::start(&self.pool, request, CONNECT);
            tokio::spawn(async move { sending.answer(later(Instant::now(), DEADLINE), ended).await })
        }

        /// A request that waits in the queue of its connection.
        async fn queued(&self, ended: bool) -> JoinHandle<Answer> {
            let sent = self.send(ended);
            self.held.started(QUEUE + 1).await;
            sent
        }
    }

    /// What hyper leaves behind when it loses a request: the queue with the request in it, and no connection.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_nobody_begins_to_write_does_not_wait_for_its_deadline() {
        let rig = Rig::new().await;
        let sent = rig.queued(true).await;
        let started = Instant::now();
        rig.held.end(CONNECTION);
        assert_eq!(sent.await.unwrap().unwrap_err(), Unanswered::Lost);
        assert!(started.elapsed() <= CONNECT + 2 * PATIENCE, "{:?}", started.elapsed());
    }

    /// It stands in line, and may yet be taken.
    #[tokio::test(start_paused = true)]
    async fn while_no_connection_ended_a_request_waits_for_its_deadline() {
        let rig = Rig::new().await;
        let started = Instant::now();
        assert_eq!(rig.queued(false).await.await.unwrap().unwrap_err(), Unanswered::Late);
        assert!(started.elapsed() >= DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_was_taken_waits_for_its_deadline() {
        let rig = Rig::new().await;
        let started = Instant::now();
        let sent = rig.queued(true).await;
        rig.held.run(QUEUE);
        rig.held.started(QUEUE + 2).await;
        assert_eq!(sent.await.unwrap().unwrap_err(), Unanswered::Late);
        assert!(started.elapsed() >= DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_back_was_not_sent() {
        let rig = Rig::new().await;
        let sent = rig.queued(true).await;
        rig.held.end(QUEUE);
        let error = sent.await.unwrap().unwrap().unwrap_err();
        let origin = || Origin::of(&"https://a.test".parse().unwrap()).unwrap();
        let told = classify(&error, origin(), || None);
        assert!(matches!(told, HttpError::Connect { .. }) && told.surely_did_nothing(), "{told:?}");
        let said = "the connection ended before the request was sent: connection closed";
        assert_eq!(told.to_string(), format!("cannot connect to https://a.test: {said}"));
        let refusal = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        assert!(matches!(classify(&error, origin(), || Some(refusal)), HttpError::Tls { .. }));
    }
}
