//! A planted secret must not appear in logs of any level, in errors or in `Debug` (LP-04, LP-14).

use std::io;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use toolgate_http_client::{
    Credential, HttpClient, HyperClient, ModelProvider, Origin, ProtectedResource, Proxy, Purpose, Request,
    Retry, SendOptions, TokenEndpoint,
};
use toolgate_testkit::{Fault, FaultServer};
use toolgate_tls_config::ClientTls;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::every_fault;
use crate::server::{Server, builder, get, ok};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Every level of every crate, until the guard is dropped.
    fn of_everything() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        // rustls logs through `log`; the first test sets this up for all of them.
        let _ = tracing_log::LogTracer::init();
        // As long as there is one subscriber, tracing asks only the thread that comes to a place first whether anybody
        // listens, and remembers the no of another test's thread.
        static ANOTHER: OnceLock<Dispatch> = OnceLock::new();
        ANOTHER.get_or_init(|| Dispatch::new(NoSubscriber::default()));
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

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
    let (log, _guard) = Log::of_everything();
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
    let log = log.text();
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

/// A request with the secret in its path, its query, its body and its credential of purpose `P`.
fn secret_request<P: Purpose>(origin: &str, options: SendOptions) -> Request {
    let url = format!("{origin}/path-canary?key=canary");
    let mut request = http::Request::post(url).body("client_secret=canary".into()).unwrap();
    options.attach(&mut request);
    let origin = Origin::of(request.uri()).unwrap();
    Credential::<P>::authorization(origin, HeaderValue::from_static("Bearer canary")).attach(&mut request);
    request
}

/// What a caller may show of an exchange, its errors to the last byte of the body included.
async fn shown(client: &HyperClient, request: Request) -> String {
    let mut shown = format!("{client:?} {:?}", request.extensions());
    let response = match client.send(request).await {
        Ok(response) => response,
        Err(error) => return shown + &format!("{error} {error:?}"),
    };
    shown += &format!("{response:?}");
    match response.into_body().bytes().await {
        Ok(_) => shown,
        Err(error) => shown + &format!("{error} {error:?}"),
    }
}

#[tokio::test]
async fn no_credential_is_shown_under_any_fault() {
    let (log, _guard) = Log::of_everything();
    for version in [http::Version::HTTP_11, http::Version::HTTP_2] {
        let server = FaultServer::start(version).await;
        let client = every_fault::client(&server);
        let faults = Fault::ALL.into_iter().filter(|fault| fault.applies_to(version)).map(Some);
        for (turn, fault) in faults.chain([None]).enumerate() {
            match fault {
                Some(fault) => server.fail(fault).await,
                None => server.heal().await,
            }
            let options = fault.map_or_else(SendOptions::default, every_fault::options);
            // The purposes take turns, since most faults take their time.
            let request = match turn % 3 {
                0 => secret_request::<ModelProvider>(&server.url(), options),
                1 => secret_request::<ProtectedResource>(&server.url(), options),
                _ => secret_request::<TokenEndpoint>(&server.url(), options),
            };
            let shown = shown(&client, request).await;
            assert!(!shown.contains("canary"), "{fault:?} over {version:?}: {shown}");
        }
    }
    let log = log.text();
    assert!(log.contains("error.type=\"exchange\"") && log.contains("error.type=\"tls\""), "{log}");
    assert!(!log.contains("canary"), "{:?}", log.lines().find(|line| line.contains("canary")));
}

#[tokio::test]
async fn a_credential_that_is_not_sent_and_a_proxys_password_are_not_shown() {
    let (log, _guard) = Log::of_everything();
    let proxy = Server::answering([b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]).await;
    let proxy = Proxy::new(&format!("http://user:canary@127.0.0.1:{}", proxy.port), "").unwrap();
    let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
    let builder = HyperClient::builder(tls).with_proxy(proxy.clone());
    let mut text = format!("{proxy:?} {builder:?}");
    let client = builder.build();
    text +=
        &shown(&client, secret_request::<TokenEndpoint>("https://far.example", SendOptions::default())).await;
    let mut elsewhere = secret_request::<ModelProvider>("https://far.example", SendOptions::default());
    *elsewhere.uri_mut() = "https://other.example/canary".parse().unwrap();
    text += &shown(&client, elsewhere).await;
    assert!(text.contains("was not sent to https://other.example"), "{text}");
    assert!(text.contains("proxy"), "{text}");
    for line in log.text().lines().chain(text.lines()) {
        assert!(!line.contains("canary"), "{line}");
    }
}
