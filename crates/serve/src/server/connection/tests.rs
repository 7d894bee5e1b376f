//! Connections over pipes, with paused time.

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
    (theirs, tokio::spawn(exchange(Arc::clone(service), ours, peer, stopping.subscribe())))
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
    let client = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(theirs)).await;
    let (mut asking, theirs) = client.unwrap();
    let theirs = tokio::spawn(theirs);
    let mut last = Instant::now();
    for _ in 0..3 {
        let request = http::Request::get("http://localhost/healthz").body(String::new()).unwrap();
        assert_eq!(asking.send_request(request).await.unwrap().status(), 200);
        last = Instant::now();
        sleep(IDLE * 3 / 4).await;
    }
    connection.await.unwrap();
    assert_eq!(last.elapsed(), IDLE);
    theirs.await.unwrap().unwrap();
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
