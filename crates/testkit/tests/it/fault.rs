//! The fault server seen by a bare client: healthy, failing and healthy again, and what it counts.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Full;
use toolgate_testkit::{Fault, FaultServer};

use crate::client::{Answer, Client, Failure};

const PATIENCE: Duration = Duration::from_secs(3);

async fn ask(server: &FaultServer, version: Version) -> Result<Answer, Failure> {
    let protocol: &[u8] = if version == Version::HTTP_2 { b"h2" } else { b"http/1.1" };
    let client = Client::offering(&server.ca_pem(), &[protocol]);
    let request =
        Request::post(format!("{}/", server.url())).body(Full::from(Bytes::from_static(b"question")));
    client.send(request?).await
}

#[test]
fn every_fault_is_listed_once() {
    assert_eq!(HashSet::from(Fault::ALL).len(), Fault::ALL.len());
    let everywhere = |fault: &Fault| {
        [Version::HTTP_11, Version::HTTP_2].into_iter().any(|version| fault.applies_to(version))
    };
    assert!(Fault::ALL.iter().all(everywhere));
}

#[tokio::test]
async fn it_fails_only_while_it_is_told_to() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let server = FaultServer::start(version).await;
        for fault in
            [Fault::Refuse, Fault::ResetInBody, Fault::TooShort, Fault::ExpiredCertificate, Fault::Refuse]
        {
            server.fail(fault).await;
            assert!(ask(&server, version).await.is_err(), "{fault:?} over {version:?}");
            server.heal().await;
            let answer = ask(&server, version).await.unwrap();
            assert_eq!((answer.version, &*answer.body), (version, b"fine" as &[u8]), "after {fault:?}");
        }
        // Five sound exchanges; nobody accepts a refused connection, and a wrong certificate gets no request.
        assert_eq!((server.accepted(), server.requests()), (8, 7), "{version:?}");
        assert!(server.is_left_within(PATIENCE).await, "{} connections are open", server.open());
    }
}

#[tokio::test]
async fn an_open_connection_is_counted_until_it_is_closed() {
    let server = FaultServer::start(Version::HTTP_2).await;
    let port = server.url().rsplit_once(':').unwrap().1.parse().unwrap();
    let connection = Client::offering(&server.ca_pem(), &[b"h2"]).connect(port).await.unwrap();
    assert_eq!((server.open(), server.accepted(), server.requests()), (1, 1, 0));
    assert!(!server.is_left_within(Duration::from_millis(20)).await);
    drop(connection);
    assert!(server.is_left_within(PATIENCE).await);
}
