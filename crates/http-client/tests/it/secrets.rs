//! A planted secret must not appear in logs of any level, in errors or in `Debug` (LP-04, LP-14).

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use toolgate_http_client::{Credential, HttpClient, ModelProvider, Origin, Retry, SendOptions};
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Server, builder, get, ok};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_canary_stays_out_of_everything_that_is_shown() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut shown = String::new();
    let answers = [
        ok("fine"),
        b"HTTP/1.1 307 x\r\nlocation: https://b.example/?canary\r\ncontent-length: 0\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-encoding: canary\r\n\r\n123456789".to_vec(),
        b"canary\r\n\r\n".to_vec(),
    ];
    let server = Server::answering(answers).await;
    let shortly = Duration::from_millis(1);
    let client = Retry::new(builder().build()).with_delays(shortly, shortly);
    for _ in 0..4 {
        let mut request =
            get(&server.url("/path-canary?key=canary"), SendOptions::default().with_repeatable(true));
        let origin = Origin::of(request.uri()).unwrap();
        let key = Credential::<ModelProvider>::new(
            origin,
            "x-api-key".parse().unwrap(),
            HeaderValue::from_static("canary"),
        );
        key.attach(&mut request);
        shown += &format!("{key:?} {client:?} {:?}", request.extensions());
        if let Err(error) = client.send(request).await {
            shown += &format!("\n{error} {error:?}").replace("came as canary", "");
        }
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // hyper-util itself traces at TRACE; what is ours and what the libraries say must both be clean.
    for line in log.lines().chain(shown.lines()) {
        assert!(!line.contains("canary"), "{line}");
    }
    for name in [
        "http.request.method=\"GET\"",
        "server.address=\"127.0.0.1\"",
        "server.port=",
        "http.response.status_code=200",
    ] {
        assert!(log.contains(name), "{name} is missing in {log}");
    }
    assert!(log.contains("error.type=\"redirect_refused\""), "{log}");
}
