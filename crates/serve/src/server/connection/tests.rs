//! Connections over pipes, with paused time.

use http_body_util::BodyExt as _;
use hyper::client::conn::http2;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use toolgate::{Config, Environment, Toolgate};

use super::*;
use crate::router::House;

fn service() -> Arc<ArcSwap<Service>> {
    let set = [("OAUTH_CLIENT_ID", "c"), ("OAUTH_CLIENT_SECRET", "s"), ("OPENAI_API_KEY", "k")];
    let mut config = Config::from_environment(Environment::from_iter(set));
    config.model = Some("openai/m".to_owned());
    config.serve.open_to_this_machine = true;
    let house = Arc::new(House::new(&config.serve));
    let toolgate = Toolgate::open(config).unwrap();
    Arc::new(ArcSwap::from_pointee(Service::new(&toolgate, &toolgate, house).unwrap()))
}

/// A connection of this service, and its end when it comes.
fn connected(
    service: &Arc<ArcSwap<Service>>,
    stopping: &watch::Sender<bool>,
) -> (DuplexStream, JoinHandle<()>) {
    let (ours, theirs) = duplex(1024);
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    (theirs, tokio::spawn(exchange(Arc::clone(service), patient(ours), peer, stopping.subscribe())))
}

/// The bytes of the answer of `/healthz`.
const HEALTHY: u32 = 15;

fn get(path: &str) -> http::Request<String> {
    http::Request::get(format!("http://localhost{path}")).body(String::new()).unwrap()
}

/// A client that lets `window` bytes of an answer come before it reads them, and its end when that comes.
async fn asking(
    theirs: DuplexStream,
    window: u32,
) -> (http2::SendRequest<String>, JoinHandle<hyper::Result<()>>) {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(window);
    let (asking, theirs) = builder.handshake(TokioIo::new(theirs)).await.unwrap();
    (asking, tokio::spawn(theirs))
}

#[tokio::test(start_paused = true)]
async fn who_asks_nothing_is_not_kept() {
    let (service, stopping) = (service(), watch::Sender::new(false));
    for said in ["", "PRI * HTTP/2", "GET / HTTP/1.1\r\n"] {
        let (mut theirs, connection) = connected(&service, &stopping);
        theirs.write_all(said.as_bytes()).await.unwrap();
        let start = Instant::now();
        connection.await.unwrap();
        assert_eq!(start.elapsed(), PATIENCE, "{said:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_sent_goes_out_at_once_and_does_not_wait_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ours, theirs) = tokio::join!(listener.accept(), TcpStream::connect(listener.local_addr().unwrap()));
    let (ours, _) = ours.unwrap();
    prepare(&ours).unwrap();
    assert!(ours.nodelay().unwrap());
    assert_eq!(rustix::net::sockopt::tcp_user_timeout(&ours).unwrap(), UNTAKEN);
    assert_eq!(u128::from(UNTAKEN), answering::PATIENCE.as_millis());
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn who_has_asked_may_ask_again() {
    let stopping = watch::Sender::new(false);
    let (mut theirs, _connection) = connected(&service(), &stopping);
    for _ in 0..5 {
        sleep(PATIENCE * 3 / 4).await;
        theirs.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        assert!(theirs.read(&mut [0; 1024]).await.unwrap() > 0);
    }
}

/// An idle connection of HTTP/2 answers pings for ever, and each is an open file.
#[tokio::test(start_paused = true)]
async fn who_asks_no_more_over_http2_is_told_to_go_and_may_ask_again_before() {
    let stopping = watch::Sender::new(false);
    let (theirs, connection) = connected(&service(), &stopping);
    let (mut asking, theirs) = asking(theirs, 1000).await;
    let mut last = Instant::now();
    for _ in 0..3 {
        assert_eq!(asking.send_request(get("/healthz")).await.unwrap().status(), 200);
        last = Instant::now();
        sleep(IDLE * 3 / 4).await;
    }
    connection.await.unwrap();
    assert_eq!(last.elapsed(), IDLE);
    theirs.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn over_http2_an_answer_that_is_not_taken_is_given_up_and_no_other() {
    let (service, stopping) = (service(), watch::Sender::new(false));
    // None of it, the beginning of it, all but its last byte.
    for window in [0, 1, HEALTHY - 1] {
        let (theirs, _connection) = connected(&service, &stopping);
        let (mut asking, _theirs) = asking(theirs, window).await;
        let answer = asking.send_request(get("/healthz")).await.unwrap();
        sleep(answering::PATIENCE * 2).await;
        let broken = answer.into_body().collect().await.unwrap_err();
        assert!(format!("{broken:?}").contains("CANCEL"), "{window}: {broken:?}");
        assert!(!asking.is_closed(), "{window}");
    }
    let (theirs, _connection) = connected(&service, &stopping);
    let (mut asking, _theirs) = asking(theirs, HEALTHY).await;
    let answer = asking.send_request(get("/healthz")).await.unwrap();
    assert_eq!(answer.headers()["content-length"], HEALTHY.to_string().as_str());
    let untaken = asking.send_request(get("/metrics")).await.unwrap();
    for _ in 0..5 {
        sleep(answering::PATIENCE / 2).await;
        let answer = asking.send_request(get("/healthz")).await.unwrap();
        assert!(answer.into_body().collect().await.is_ok());
    }
    assert!(untaken.into_body().collect().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn over_http2_what_is_taken_slowly_is_kept() {
    let stopping = watch::Sender::new(false);
    let (theirs, _connection) = connected(&service(), &stopping);
    let (mut asking, _theirs) = asking(theirs, 2048).await;
    let mut body = asking.send_request(get("/metrics")).await.unwrap().into_body();
    let start = Instant::now();
    while let Some(frame) = body.frame().await {
        assert!(frame.unwrap().is_data());
        sleep(answering::PATIENCE * 3 / 4).await;
    }
    assert!(start.elapsed() > answering::PATIENCE * 2);
}

#[tokio::test(start_paused = true)]
async fn over_http1_what_is_taken_slowly_is_kept() {
    let stopping = watch::Sender::new(false);
    let (mut theirs, _connection) = connected(&service(), &stopping);
    let asked = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    theirs.write_all(asked).await.unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 1024]);
    while let length @ 1.. = theirs.read(&mut piece).await.unwrap() {
        read.extend_from_slice(&piece[..length]);
        sleep(answering::PATIENCE * 3 / 4).await;
    }
    let read = String::from_utf8(read).unwrap();
    let length = read.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    assert_eq!(read.split_once("\r\n\r\n").unwrap().1.len(), length.parse::<usize>().unwrap());
    assert!(read.len() > 4096, "{read}");
}

#[tokio::test(start_paused = true)]
async fn over_http1_an_answer_that_is_not_taken_ends_its_connection() {
    let stopping = watch::Sender::new(false);
    let (mut theirs, connection) = connected(&service(), &stopping);
    theirs.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let start = Instant::now();
    connection.await.unwrap();
    assert_eq!(start.elapsed(), answering::PATIENCE);
}

/// h2 says good-bye when the client has answered a last ping; this client answers all others.
#[tokio::test(start_paused = true)]
async fn who_is_told_to_go_and_stays_is_hung_up_on() {
    const SHUTDOWN: [u8; 8] = [0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    let stopping = watch::Sender::new(false);
    let (mut theirs, connection) = connected(&service(), &stopping);
    let start = Instant::now();
    theirs.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    // GET http://localhost/, of tables that each side has from the beginning (RFC 7541 appendix A).
    theirs.write_all(b"\0\0\x0e\x01\x05\0\0\0\x01\x82\x86\x84\x41\x09localhost").await.unwrap();
    let mut head = [0; 9];
    while theirs.read_exact(&mut head).await.is_ok() {
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        theirs.read_exact(&mut payload).await.unwrap();
        let (kind, is_answer) = (head[3], head[4] & 1 == 1);
        if matches!(kind, SETTINGS | PING) && !is_answer && payload != SHUTDOWN {
            let payload: &[u8] = if kind == PING { &payload } else { &[] };
            let length = u8::try_from(payload.len()).unwrap();
            theirs.write_all(&[0, 0, length, kind, 1, 0, 0, 0, 0]).await.unwrap();
            theirs.write_all(payload).await.unwrap();
        }
    }
    connection.await.unwrap();
    // A ping that falls due with the good-bye may end it sooner; without a limit of our own, one a while later would.
    assert!(IDLE < start.elapsed() && start.elapsed() <= IDLE + PATIENCE, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_being_answered_is_no_silence() {
    let (running, seen) = watch::channel(0);
    let mut silence = tokio::spawn(silence(seen));
    let (first, second) = (Turn::of(&running), Turn::of(&running));
    drop(first);
    assert!(timeout(IDLE * 100, &mut silence).await.is_err(), "one is still under way");
    drop(second);
    let start = Instant::now();
    assert!(silence.await.unwrap());
    assert_eq!(start.elapsed(), IDLE);
}
