//! `bench client WHO URL FOLDER IN_FLIGHT MILLIS`: one client in a process of its own, on one thread of the first
//! processor, so that its processor time and its memory are nobody else's. Prints one line for the table.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use toolgate_bench::measure::process_time;
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_tls_config::ClientTls;

use crate::transport;

/// HTTP/2's windows of a stream and of a connection, as ours has them: with adaptive ones, h2 gives a connection up now
/// and then when 512 answers wait on it (`too_many_data_frames`).
const WINDOWS: (u32, u32) = (2 << 20, 16 << 20);

/// The clients that are compared, by the names that `transport` uses; cheap to clone, as each of them is.
#[derive(Clone)]
enum Client {
    Ours(HyperClient),
    Hyper(hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
    Reqwest(reqwest::Client),
}

impl Client {
    fn new(who: &str, folder: &str) -> Self {
        let authority = fs::read(format!("{folder}/ca.pem")).unwrap();
        let tls = ClientTls::new().with_only_extra_roots().with_ca_pem(authority).build().unwrap();
        match who {
            "toolgate" => Self::Ours(HyperClient::builder(tls).with_insecure_loopback(true).build()),
            "hyper-util" => {
                let mut tcp = HttpConnector::new();
                tcp.set_nodelay(true);
                tcp.enforce_http(false);
                let connector = HttpsConnectorBuilder::new()
                    .with_tls_config(Arc::unwrap_or_clone(tls))
                    .https_or_http()
                    .enable_all_versions()
                    .wrap_connector(tcp);
                let mut client = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
                client.http2_initial_stream_window_size(WINDOWS.0);
                client.http2_initial_connection_window_size(WINDOWS.1);
                Self::Hyper(client.build(connector))
            }
            _ => {
                let tls = {
                    let mut tls = Arc::unwrap_or_clone(tls);
                    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
                    tls
                };
                let client = reqwest::Client::builder()
                    .tls_backend_preconfigured(tls)
                    .no_proxy()
                    .http2_initial_stream_window_size(WINDOWS.0)
                    .http2_initial_connection_window_size(WINDOWS.1);
                Self::Reqwest(client.build().unwrap())
            }
        }
    }

    /// One exchange with its whole body.
    async fn exchange(&self, url: &http::Uri, text: &str) -> usize {
        let headers = |request: http::request::Builder| {
            request
                .header("content-type", HeaderValue::from_static("application/json"))
                .header("authorization", HeaderValue::from_static("Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA"))
        };
        let body = Bytes::from_static(BODY);
        match self {
            Self::Ours(client) => {
                let request = headers(http::Request::post(url)).body(body).unwrap();
                client.send(request).await.unwrap().into_body().bytes().await.unwrap().len()
            }
            Self::Hyper(client) => {
                let request = headers(http::Request::post(url)).body(Full::new(body)).unwrap();
                client.request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes().len()
            }
            Self::Reqwest(client) => {
                let request = client
                    .post(text)
                    .header("content-type", HeaderValue::from_static("application/json"))
                    .header("authorization", HeaderValue::from_static("Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA"));
                request.body(body).send().await.unwrap().bytes().await.unwrap().len()
            }
        }
    }
}

const BODY: &[u8] = &[b' '; 400];

/// Warms up, measures, and prints requests/s, CPU µs per request, p50 µs, p99 µs and peak memory in KiB.
pub(crate) fn run(who: &str, url: &str, folder: &str, in_flight: usize, millis: u64) {
    transport::pin(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::new(who, folder);
        load(&client, url, in_flight, Duration::from_millis(millis / 3)).await;
        let (start, cpu) = (Instant::now(), process_time());
        let mut times = load(&client, url, in_flight, Duration::from_millis(millis)).await;
        let (wall, cpu) = (start.elapsed(), process_time() - cpu);
        times.sort_unstable();
        let count = times.len() as f64;
        let part =
            |per_cent: usize| times[(times.len() * per_cent / 100).min(times.len() - 1)] as f64 / 1000.0;
        println!(
            "{} {} {} {} {}",
            count / wall.as_secs_f64(),
            cpu.as_secs_f64() * 1e6 / count,
            part(50),
            part(99),
            peak_memory()
        );
    });
}

/// How long each exchange took, in nanoseconds.
async fn load(client: &Client, url: &str, in_flight: usize, time: Duration) -> Vec<u32> {
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (client, text, uri) = (client.clone(), url.to_owned(), url.parse().unwrap());
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let start = Instant::now();
                    assert!(client.exchange(&uri, &text).await > 500);
                    times.push(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
                    if Instant::now() >= end {
                        return times;
                    }
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.append(&mut task.await.unwrap());
    }
    all
}

/// In KiB, as Linux tells it.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
