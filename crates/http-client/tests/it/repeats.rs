//! Repeats: only where marked, only where they may help, and not without end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use toolgate_http_client::{
    Body, HttpClient, HttpError, Origin, Phase, Request, Response, Retry, SendOptions,
};

use crate::server::{builder, get};

/// Answers with the statuses in order, then 200; a status of 0 is a failed connection, 1 a broken exchange, 2 and 3
/// deadlines for a connection and for an answer, 4 an address that must not be asked, 5 a credential that may be had later.
#[derive(Debug)]
struct Script(Vec<u16>, AtomicUsize, &'static str);

#[async_trait]
impl HttpClient for Script {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let origin = Origin::of(request.uri())?;
        let status = self.0.get(self.1.fetch_add(1, Ordering::SeqCst)).copied().unwrap_or(200);
        match status {
            0 => Err(HttpError::Connect { origin, reason: "refused".to_owned() }),
            1 => Err(HttpError::Exchange { origin, reason: "reset".to_owned() }),
            2 => Err(HttpError::Timeout { origin, phase: Phase::Connect, after: Duration::ZERO }),
            3 => Err(HttpError::Timeout { origin, phase: Phase::FirstByte, after: Duration::ZERO }),
            4 => Err(HttpError::BlockedAddress { origin, address: String::new(), reason: "private" }),
            5 => {
                let source = Box::new(std::io::Error::other("its issuer is away"));
                Err(HttpError::Credential { origin, transient: true, source })
            }
            _ => {
                let mut response = Response::new(Body::from(Bytes::new()));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                if !self.2.is_empty() {
                    response.headers_mut().insert("retry-after", self.2.parse().unwrap());
                }
                Ok(response)
            }
        }
    }
}

fn request(repeatable: bool) -> Request {
    let mut request = http::Request::get("https://a.test/").body(Bytes::new()).unwrap();
    SendOptions::default().with_repeatable(repeatable).attach(&mut request);
    request
}

/// The last status (0 for an error), and how often was sent.
async fn run(statuses: &[u16], retry_after: &'static str, repeatable: bool) -> (u16, usize) {
    let sent = std::sync::Arc::new(Script(statuses.to_vec(), AtomicUsize::new(0), retry_after));
    let client = Retry::new(std::sync::Arc::clone(&sent));
    let status = client.send(request(repeatable)).await.map_or(0, |response| response.status().as_u16());
    (status, sent.1.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn passing_faults_are_repeated() {
    for status in [0, 1, 408, 429, 502, 503, 504] {
        assert_eq!(run(&[status, status], "", true).await, (200, 3), "{status}");
        let last = if status == 1 { 0 } else { status };
        assert_eq!(run(&[status; 9], "", true).await, (last, 3), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_not() {
    for status in [400, 401, 403, 404, 500, 501] {
        assert_eq!(run(&[status], "", true).await, (status, 1));
    }
    for status in [3, 4, 5] {
        assert_eq!(run(&[status], "", true).await, (0, 1), "it was sent, or will not be better");
    }
    assert_eq!(run(&[2], "", true).await, (200, 2), "it was not sent");
    for status in [0, 1, 503] {
        assert_eq!(run(&[status], "", false).await.1, 1, "not marked");
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_is_given_the_time_it_asks_for() {
    let started = tokio::time::Instant::now();
    assert_eq!(run(&[429], "7", true).await, (200, 2));
    assert!((Duration::from_secs(7)..Duration::from_secs(8)).contains(&started.elapsed()));
    assert_eq!(run(&[429], "20", true).await, (200, 2), "as long as anybody waits");
    assert_eq!(run(&[429], "21", true).await, (429, 1), "longer than anybody waits");
}

/// Times until the answer to a request that fails `failures` times, for a client set up by `set`.
async fn waits(
    failures: usize,
    retry_after: &'static str,
    set: impl Fn(Retry<Script>) -> Retry<Script>,
) -> Vec<Duration> {
    let mut waits = Vec::new();
    for _ in 0..40 {
        let client = set(Retry::new(Script(vec![503; failures], AtomicUsize::new(0), retry_after)));
        let started = tokio::time::Instant::now();
        assert_eq!(client.send(request(true)).await.unwrap().status(), 200);
        waits.push(started.elapsed());
    }
    waits
}

#[tokio::test(start_paused = true)]
async fn attempts_and_delays_are_as_they_are_set() {
    let (short, long) = (Duration::from_millis(10), Duration::from_secs(4));
    let at_once = |client: Retry<Script>| client.with_attempts(6).with_delays(Duration::ZERO, Duration::ZERO);
    assert!(waits(5, "", at_once).await.iter().all(|wait| *wait < short));
    let patient = waits(1, "", |client| client.with_delays(2 * long, long)).await;
    assert!(patient.iter().all(|wait| *wait <= long + short), "{patient:?}");
    assert!(patient.iter().any(|wait| *wait > long / 4), "{patient:?}");
    // Later than asked for by the first delay at most, however often.
    let asked = waits(4, "7", |client| client.with_attempts(5).with_delays(short, 2 * long)).await;
    let bound = 4 * Duration::from_secs(7) + 4 * short + Duration::from_millis(8);
    assert!(asked.iter().all(|wait| (4 * Duration::from_secs(7)..=bound).contains(wait)), "{asked:?}");
    let twice = Retry::new(Script(vec![503; 9], AtomicUsize::new(0), "")).with_attempts(2);
    assert_eq!(twice.send(request(true)).await.unwrap().status(), 503);
}

/// Remembers how long each attempt may take.
struct Totals(std::sync::Mutex<Vec<Duration>>);

#[async_trait]
impl HttpClient for Totals {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.0.lock().unwrap().push(SendOptions::of(&request).total);
        tokio::time::sleep(Duration::from_secs(100)).await;
        let origin = Origin::of(request.uri())?;
        Err(HttpError::Exchange { origin, reason: "reset".to_owned() })
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_what_is_left_of_the_total() {
    let mut given = request(true);
    SendOptions::of(&given).with_total(Duration::from_secs(290)).attach(&mut given);
    let totals = std::sync::Arc::new(Totals(std::sync::Mutex::default()));
    let client = Retry::new(std::sync::Arc::clone(&totals)).with_delays(Duration::ZERO, Duration::ZERO);
    assert!(client.send(given).await.is_err());
    let totals: Vec<_> = totals.0.lock().unwrap().iter().map(|total| total.as_secs_f64().round()).collect();
    assert_eq!(totals, [290.0, 190.0, 90.0]);
}

#[tokio::test(start_paused = true)]
async fn successes_earn_repeats_back() {
    let statuses = [vec![503; 14], vec![200; 200], vec![503, 503]].concat();
    let script = std::sync::Arc::new(Script(statuses, AtomicUsize::new(0), ""));
    let client = Retry::new(std::sync::Arc::clone(&script));
    while script.1.load(Ordering::SeqCst) < 14 {
        assert_eq!(client.send(request(true)).await.unwrap().status(), 503);
    }
    while script.1.load(Ordering::SeqCst) < 214 {
        assert_eq!(client.send(request(true)).await.unwrap().status(), 200);
    }
    assert_eq!(client.send(request(true)).await.unwrap().status(), 200, "after two repeats");
}

#[tokio::test(start_paused = true)]
async fn the_total_deadline_holds_for_all_attempts() {
    let client = Retry::new(Script(vec![503], AtomicUsize::new(0), "7"));
    let mut request = request(true);
    SendOptions::of(&request).with_total(Duration::from_secs(5)).attach(&mut request);
    assert_eq!(client.send(request).await.unwrap().status(), 503);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_down_is_not_hammered() {
    let down = std::sync::Arc::new(Script(vec![503; 1000], AtomicUsize::new(0), ""));
    let client = Retry::new(std::sync::Arc::clone(&down));
    for _ in 0..100 {
        client.send(request(true)).await.unwrap();
    }
    // Three times as many without the budget; and two of three failures are repeated until it is used up.
    let sent = down.1.load(Ordering::SeqCst);
    assert!((105..=110).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_real_server_is_asked_again() {
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503).insert_header("retry-after-ms", "1");
    Mock::given(any()).respond_with(busy).up_to_n_times(2).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let shortly = Duration::from_millis(1);
    let client = Retry::new(builder().build()).with_delays(shortly, Duration::from_secs(1));
    let request = get(&server.uri(), SendOptions::default().with_repeatable(true));
    assert_eq!(client.send(request).await.unwrap().status(), 200);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
