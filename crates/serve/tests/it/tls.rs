//! TLS, and client certificates where they are asked for.

use toolgate::Toolgate;
use toolgate_serve::{ServeError, Server};
use toolgate_testkit::LeafKind;

use crate::{Bench, LOOK_UP, question};

#[tokio::test(flavor = "multi_thread")]
async fn the_server_speaks_tls_and_asks_for_certificates() {
    let bench = Bench::start().await;
    let file = |name: &str, text: &str| {
        let path = bench.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let leaf = bench.rig.ca().localhost();
    let certificate = file("server.pem", leaf.cert_pem());
    let key = file("server.key", leaf.key_pem());
    let mut config = bench.config();
    config.serve.certificate = Some(certificate);
    assert!(matches!(
        Server::bind(Toolgate::open(config.clone()).unwrap()).await.map(drop),
        Err(ServeError::HalfTls)
    ));
    config.serve.key = Some(key);
    let server = bench.serve(config.clone()).await;
    assert!(server.url.starts_with("https://localhost:"), "{}", server.url);
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);

    config.audit.file = bench.folder.path().join("second.jsonl");
    config.serve.client_ca = Some(bench.rig.ca_path().to_owned());
    let mut server = bench.serve(config).await;
    let health = || http::Request::get(format!("{}/healthz", server.url)).body(bytes::Bytes::new()).unwrap();
    assert_eq!(server.http.send(health()).await.unwrap_err().kind(), "tls", "no certificate was shown");
    let mut client = bench.config();
    let own = bench.rig.ca().leaf(LeafKind::Client);
    client.tls.client_certificate = Some(file("client.pem", own.cert_pem()));
    client.tls.client_key = Some(file("client.key", own.key_pem()));
    let http = client.http_client().unwrap();
    assert_eq!(http.send(health()).await.unwrap().status(), 200);
    server.http = http;
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);
}
