//! A request that hyper-util's pool was given, until its answer begins.
//!
//! hyper can lose one (hyperium/hyper#4122). The channel to a connection takes a request in two steps; a connection that
//! ends between them empties its end of the channel too early, and whoever sent the request keeps the other end open. So
//! nobody ever answers, and only the deadline of the request would end it. What has waited for a while therefore asks
//! whether its connection still stands.

use std::future;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::{Either, select};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Error as PoolError, ResponseFuture};
use tokio::task::futures::TaskLocalFuture;
use tokio::time::{Instant, sleep, timeout_at};

use super::Pool;
use crate::Request;
use crate::connect::{CONNECT_DEADLINE, End};
use crate::options::later;

/// How long the answer to a request is waited for before anybody looks after its connection; and how long hyper gets, once
/// that has ended, to say so itself or to send the request again.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Sending {
    answer: Either<TaskLocalFuture<Duration, ResponseFuture>, ResponseFuture>,
    connection: CaptureConnection,
    whole: Weak<()>,
}

/// In a request as long as it is in one piece, so not yet on any connection: hyper takes it apart to write it.
#[derive(Clone)]
struct Whole(#[expect(dead_code, reason = "counted")] Arc<()>);

/// Why there is no answer.
#[derive(Debug, PartialEq)]
pub(super) enum Unanswered {
    /// The deadline passed.
    Late,
    /// The connection ended, and nothing came of the request.
    Lost {
        /// Whether nothing of it was written.
        whole: bool,
        /// Why the server ended the connection, where that is known.
        refusal: Option<rustls::Error>,
    },
}

impl Sending {
    /// Gives the request to the pool. `connect` is how long a connection may take, if the request says so.
    pub(super) fn start(pool: &Pool, request: Request, connect: Option<Duration>) -> Self {
        let (request, connection, whole) = watched(request);
        let sending = pool.request(request);
        let answer = match connect {
            Some(deadline) => Either::Left(CONNECT_DEADLINE.scope(deadline, sending)),
            None => Either::Right(sending),
        };
        Self { answer, connection, whole }
    }

    /// The head of the answer, or why the pool has none.
    pub(super) async fn answer(
        self,
        deadline: Instant,
    ) -> Result<Result<http::Response<Incoming>, PoolError>, Unanswered> {
        let mut answer = pin!(self.answer);
        // Most are answered before anything else is set up.
        let soon = later(Instant::now(), PATIENCE).min(deadline);
        if let Ok(answered) = timeout_at(soon, answer.as_mut()).await {
            return Ok(answered);
        }
        match timeout_at(deadline, select(answer, pin!(lost(self.connection)))).await {
            Ok(Either::Left((answered, _))) => Ok(answered),
            Ok(Either::Right((end, _))) => {
                Err(Unanswered::Lost { whole: self.whole.strong_count() > 0, refusal: end.refusal() })
            }
            Err(_) => Err(Unanswered::Late),
        }
    }
}

fn watched(mut request: Request) -> (http::Request<Full<bytes::Bytes>>, CaptureConnection, Weak<()>) {
    let whole = Arc::new(());
    let weak = Arc::downgrade(&whole);
    request.extensions_mut().insert(Whole(whole));
    let connection = capture_connection(&mut request);
    (request.map(Full::new), connection, weak)
}

/// Until the connection of a request has ended for so long that hyper would have said so.
async fn lost(mut connection: CaptureConnection) -> End {
    loop {
        end(&mut connection).await.come().await;
        sleep(PATIENCE).await;
        // A request that was given back is sent again by hyper-util, on another connection.
        let end = end(&mut connection).await;
        if end.has_come() {
            return end;
        }
    }
}

/// The end of the connection that the request was given to last, once there is one.
async fn end(connection: &mut CaptureConnection) -> End {
    let end = connection.wait_for_connection_metadata().await.as_ref().and_then(End::of);
    match end {
        Some(end) => end,
        // There will be no connection: the pool says why.
        None => future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Mutex;

    use bytes::Bytes;
    use hyper::rt::Executor;
    use hyper_util::client::legacy::Client;
    use tokio::net::TcpListener;
    use tokio::task::{JoinHandle, yield_now};
    use toolgate_tls_config::ClientTls;

    use super::*;
    use crate::connect::{Connector, Dns, TlsSource};
    use crate::hyper_client::classify::classify;
    use crate::lanes::Speaks;
    use crate::{HttpError, Origin};

    /// What hyper starts for an HTTP/2 connection, in this order: what reads and writes, and what takes requests from its
    /// queue. Then a task for each request.
    const CONNECTION: usize = 0;
    const QUEUE: usize = 1;
    const DEADLINE: Duration = Duration::from_secs(30);

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
            let dns = Dns { given: None, policy: None };
            let (origins, held) = (Arc::default(), Held::default());
            let connector =
                Connector::new(TlsSource::fixed(&tls), dns, None, DEADLINE, origins, Speaks::Either);
            let pool = Client::builder(held.clone()).http2_only(true).build(connector);
            Self { held, pool, listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
        }

        fn send(&self) -> JoinHandle<Answer> {
            let url = format!("http://{}/", self.listener.local_addr().unwrap());
            let request = http::Request::post(url).body(Bytes::new()).unwrap();
            tokio::spawn(Sending::start(&self.pool, request, None).answer(later(Instant::now(), DEADLINE)))
        }

        /// A request that waits in the queue of its connection.
        async fn queued(&self) -> JoinHandle<Answer> {
            let sent = self.send();
            self.held.started(QUEUE + 1).await;
            sent
        }
    }

    /// What hyper leaves behind when it loses a request: the queue with the request in it, and no connection.
    #[tokio::test(start_paused = true)]
    async fn a_request_whose_connection_has_ended_does_not_wait_for_its_deadline() {
        let rig = Rig::new().await;
        let sent = rig.queued().await;
        let started = Instant::now();
        rig.held.end(CONNECTION);
        assert_eq!(sent.await.unwrap().unwrap_err(), Unanswered::Lost { whole: true, refusal: None });
        assert!(started.elapsed() <= 3 * PATIENCE, "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_was_taken_may_have_been_sent() {
        let rig = Rig::new().await;
        let sent = rig.queued().await;
        rig.held.run(QUEUE);
        rig.held.started(QUEUE + 2).await;
        rig.held.end(CONNECTION);
        assert_eq!(sent.await.unwrap().unwrap_err(), Unanswered::Lost { whole: false, refusal: None });
    }

    #[tokio::test(start_paused = true)]
    async fn while_its_connection_stands_a_request_waits_for_its_deadline() {
        let rig = Rig::new().await;
        let started = Instant::now();
        assert_eq!(rig.queued().await.await.unwrap().unwrap_err(), Unanswered::Late);
        assert!(started.elapsed() >= DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_back_was_not_sent() {
        let rig = Rig::new().await;
        let sent = rig.queued().await;
        rig.held.end(QUEUE);
        let error = sent.await.unwrap().unwrap().unwrap_err();
        let origin = || Origin::of(&"https://a.test".parse().unwrap()).unwrap();
        let told = classify(&error, origin(), || None);
        assert!(matches!(told, HttpError::Connect { .. }) && told.was_not_sent(), "{told:?}");
        let said = "the connection ended before the request was sent: connection closed";
        assert_eq!(told.to_string(), format!("cannot connect to https://a.test: {said}"));
        let refusal = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        assert!(matches!(classify(&error, origin(), || Some(refusal)), HttpError::Tls { .. }));
    }

    /// hyper-util sends again what a connection gives back that was used before.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_sent_again_has_another_connection() {
        let rig = Rig::new().await;
        let first = rig.queued().await;
        let second = rig.send();
        // Both are in the queue, and their connection is looked after.
        sleep(2 * PATIENCE).await;
        rig.held.end(QUEUE);
        rig.held.end(CONNECTION);
        assert!(first.await.unwrap().unwrap().is_err());
        rig.held.started(2 * (QUEUE + 1)).await;
        sleep(5 * PATIENCE).await;
        assert!(!second.is_finished(), "it waits on a connection that stands");
        rig.held.end(QUEUE + 1 + CONNECTION);
        assert_eq!(second.await.unwrap().unwrap_err(), Unanswered::Lost { whole: true, refusal: None });
    }
}
