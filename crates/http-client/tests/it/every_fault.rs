//! Every fault of the test kit's fault server over HTTP/1.1 and HTTP/2: what the table in the README says happens, within
//! the deadline, and nothing is left over.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Version;
use tokio::runtime::Handle;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Phase, SendOptions};
use toolgate_testkit::{Fault, FaultServer};
use toolgate_tls_config::ClientTls;

use crate::server::get;

/// The deadline that a fault is to meet.
const DEADLINE: Duration = Duration::from_millis(250);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(3);

/// What the README's table promises for a fault.
struct Promise {
    kind: &'static str,
    transient: bool,
}

fn promise(fault: Fault, version: Version) -> Promise {
    let name = format!("| `{fault:?}` |");
    let row = include_str!("../../README.md").lines().find(|line| line.starts_with(&name));
    let cells: Vec<_> = row.unwrap_or_else(|| panic!("no row {name}")).split('|').map(str::trim).collect();
    let kind = if version == Version::HTTP_2 { cells[3] } else { cells[2] };
    Promise { kind: kind.trim_matches('`'), transient: cells[4] == "yes" }
}

/// What never happens under this fault.
fn awaited(fault: Fault) -> Option<Phase> {
    match fault {
        Fault::StallHandshake => Some(Phase::Connect),
        Fault::StallBeforeHead => Some(Phase::FirstByte),
        Fault::StallInBody => Some(Phase::Idle),
        Fault::ByteDrip => Some(Phase::Total),
        _ => None,
    }
}

/// Generous in everything but the deadline that the fault is to meet.
pub(crate) fn options(fault: Fault) -> SendOptions {
    let options = SendOptions::default().with_max_body(1 << 20);
    match awaited(fault) {
        Some(Phase::Connect) => options.with_connect(DEADLINE),
        Some(Phase::FirstByte) => options.with_first_byte(DEADLINE),
        Some(Phase::Idle) => options.with_idle(DEADLINE),
        Some(Phase::Total) => options.with_total(DEADLINE),
        _ => options,
    }
}

pub(crate) fn client(server: &FaultServer) -> HyperClient {
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), server.crl_pem()).unwrap();
    let tls =
        ClientTls::new().with_only_extra_roots().with_ca_pem(server.ca_pem()).with_crl_file(list.path());
    HyperClient::builder(tls.build().unwrap()).build()
}

async fn whole(client: &HyperClient, server: &FaultServer, options: SendOptions) -> Result<Bytes, HttpError> {
    client.send(get(&server.url(), options)).await?.into_body().bytes().await
}

async fn kept(fault: Fault, server: &FaultServer, promise: &Promise) {
    let client = client(server);
    server.fail(fault).await;
    let started = Instant::now();
    let outcome = whole(&client, server, options(fault)).await;
    let took = started.elapsed();
    assert!(took < DEADLINE + SLACK, "{fault:?} took {took:?}: {outcome:?}");
    match outcome {
        Ok(body) => assert_eq!((promise.kind, &*body), ("ok", b"fine" as &[u8]), "{fault:?}"),
        Err(error) => {
            assert_eq!(error.kind(), promise.kind, "{fault:?}: {error}");
            assert_eq!(error.is_transient(), promise.transient, "{fault:?}: {error}");
            let did_nothing = matches!(promise.kind, "connect" | "connect_timeout" | "tls" | "unprocessed");
            assert_eq!(error.surely_did_nothing(), did_nothing, "{fault:?}: {error}");
            assert!(error.to_string().contains(&server.url()), "{fault:?}: {error}");
            if let HttpError::Timeout { phase, after, .. } = error {
                assert_eq!((Some(phase), after), (awaited(fault), DEADLINE), "{fault:?}");
            }
        }
    }
    server.heal().await;
    let next = whole(&client, server, SendOptions::default()).await;
    assert_eq!(next.unwrap_or_else(|error| panic!("after {fault:?}: {error}")), "fine");
    drop(client);
    assert!(server.is_left_within(SLACK).await, "{fault:?} left {} connections open", server.open());
}

/// Tasks of this runtime once those that are about to end have ended.
async fn tasks_left(expected: usize) -> usize {
    let patience = Instant::now() + SLACK;
    loop {
        let alive = Handle::current().metrics().num_alive_tasks();
        if alive <= expected || Instant::now() > patience {
            return alive;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn every_fault_over(version: Version) {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let reported = panic::take_hook();
    // A panic in a task of the client would reach nobody.
    panic::set_hook(Box::new(move |panicked| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        reported(panicked);
    }));
    let server = FaultServer::start(version).await;
    let before = Handle::current().metrics().num_alive_tasks();
    for fault in Fault::ALL {
        let promise = promise(fault, version);
        if !fault.applies_to(version) {
            assert_eq!(promise.kind, "–", "{fault:?} does not exist in {version:?}");
            continue;
        }
        kept(fault, &server, &promise).await;
        assert_eq!(tasks_left(before).await, before, "{fault:?} left a task behind");
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn over_http1() {
    every_fault_over(Version::HTTP_11).await;
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn over_http2() {
    every_fault_over(Version::HTTP_2).await;
}

/// A stream that is reset costs one request and not the connection; a server that leaves is reached anew.
#[tokio::test]
async fn only_what_is_broken_is_made_anew() {
    for (fault, connections) in
        [(Fault::ResetStream, 1), (Fault::RefuseStream, 1), (Fault::StallBeforeHead, 1), (Fault::GoAway, 2)]
    {
        let server = FaultServer::start(Version::HTTP_2).await;
        let client = client(&server);
        whole(&client, &server, SendOptions::default()).await.unwrap();
        server.fail(fault).await;
        assert!(whole(&client, &server, options(fault)).await.is_err(), "{fault:?}");
        server.heal().await;
        whole(&client, &server, SendOptions::default()).await.unwrap();
        assert_eq!((server.accepted(), server.requests()), (connections, 3), "{fault:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_reads_like_a_sentence() {
    let server = FaultServer::start(Version::HTTP_11).await;
    server.fail(Fault::Refuse).await;
    let error = whole(&client(&server), &server, SendOptions::default()).await.unwrap_err();
    assert!(error.surely_did_nothing());
    let address = server.url().replace("https://localhost", "127.0.0.1");
    let refused = tokio::net::TcpStream::connect(address).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot connect to {}: {refused}", server.url()));
}
