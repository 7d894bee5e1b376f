//! The way to a server, step by step: each step says what it found, or fails by itself.

use http::Version;
use toolgate_http_client::{HttpError, Probe};
use toolgate_testkit::{Fault, FaultServer};
use toolgate_tls_config::ClientTls;

async fn to(server: &FaultServer) -> Probe {
    let trust = ClientTls::new().with_only_extra_roots().with_ca_pem(server.ca_pem());
    Probe::new(&server.url(), trust.build().unwrap(), None).unwrap()
}

#[tokio::test]
async fn each_step_tells_what_it_found() {
    let server = FaultServer::start(Version::HTTP_2).await;
    let probe = to(&server).await;
    assert!(probe.resolve().await.unwrap().iter().all(|address| address.ip().is_loopback()));
    let connection = probe.connect().await.unwrap();
    assert!(connection.peer.ip().is_loopback());
    let session = probe.handshake(connection).await.unwrap();
    assert_eq!((&*session.version, session.protocol.as_deref()), ("TLSv1_3", Some("h2")));
    assert_eq!((session.certificates.len(), &*session.key_exchange), (1, "X25519MLKEM768"));
    assert_eq!(server.requests(), 0, "nothing was asked");
}

#[tokio::test]
async fn each_step_fails_by_itself() {
    let server = FaultServer::start(Version::HTTP_11).await;
    let probe = to(&server).await;
    server.fail(Fault::Refuse).await;
    assert!(probe.resolve().await.is_ok());
    assert!(matches!(probe.connect().await, Err(HttpError::Connect { .. })));
    for (fault, says) in [
        (Fault::ExpiredCertificate, "expired"),
        (Fault::UntrustedCertificate, "not issued by an authority that is trusted here"),
        (Fault::WrongHostCertificate, "not for the name localhost"),
    ] {
        server.fail(fault).await;
        let connection = probe.connect().await.unwrap();
        let error = probe.handshake(connection).await.unwrap_err();
        assert!(matches!(&error, HttpError::Tls { reason, .. } if reason.contains(says)), "{error}");
    }
    let nowhere =
        Probe::new("https://no-such-host.invalid/?key=canary", ClientTls::new().build().unwrap(), None)
            .unwrap();
    assert!(!format!("{nowhere:?}").contains("canary"));
    let error = nowhere.resolve().await.unwrap_err().to_string();
    assert!(error.contains("the name was not found"), "{error}");
    assert!(Probe::new("nonsense", ClientTls::new().build().unwrap(), None).is_err());
}

#[tokio::test]
async fn an_ipv6_address_is_an_address() {
    let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
    let probe = Probe::new("https://[::1]:1/", tls, None).unwrap();
    assert_eq!(probe.resolve().await.unwrap(), ["[::1]:1".parse().unwrap()]);
}
