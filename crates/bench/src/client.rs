//! `bench client WHO URL FOLDER IN_FLIGHT MILLIS`: one HTTP client in a process of its own. Prints one line for the table
//! of the transport.

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::{BodyExt, Full};
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_tls_config::ClientTls;

use crate::{load, peers};

/// The clients that are compared, by the names that `transport` uses.
enum Client {
    Ours(HyperClient),
    Hyper(peers::Bare),
    Reqwest(reqwest::Client),
}

impl Client {
    fn new(who: &str, folder: &str) -> Self {
        let authority = fs::read(format!("{folder}/ca.pem")).unwrap();
        let tls = ClientTls::new().with_only_extra_roots().with_ca_pem(authority).build().unwrap();
        match who {
            "toolgate" => Self::Ours(peers::toolgate(tls)),
            "hyper-util" => Self::Hyper(peers::bare(tls)),
            _ => Self::Reqwest(peers::reqwest(tls)),
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

/// Warms up, measures and prints.
pub(crate) fn run(who: &str, url: &str, folder: &str, in_flight: usize, millis: u64) {
    load::on_one_thread(async {
        let uri: http::Uri = url.parse().unwrap();
        let shared = Arc::new((Client::new(who, folder), uri, url.to_owned()));
        load::measure(in_flight, millis, move || {
            let shared = Arc::clone(&shared);
            async move { assert!(shared.0.exchange(&shared.1, &shared.2).await > 500) }
        })
        .await;
    });
}
