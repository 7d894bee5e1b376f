//! Our HTTP client and its peers, made alike: one TLS configuration, the same windows.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use toolgate_http_client::HyperClient;

/// HTTP/2's windows of a stream and of a connection, as ours has them: with adaptive ones, h2 gives a connection up now
/// and then when 512 answers wait on it (`too_many_data_frames`).
const WINDOWS: (u32, u32) = (2 << 20, 16 << 20);

/// hyper-util's client with nothing around it.
pub(crate) type Bare = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

pub(crate) fn toolgate(tls: Arc<ClientConfig>) -> HyperClient {
    HyperClient::builder(tls).with_insecure_loopback(true).build()
}

pub(crate) fn bare(tls: Arc<ClientConfig>) -> Bare {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(Arc::unwrap_or_clone(tls))
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp);
    let mut client = Client::builder(TokioExecutor::new());
    client.http2_initial_stream_window_size(WINDOWS.0);
    client.http2_initial_connection_window_size(WINDOWS.1);
    client.build(connector)
}

pub(crate) fn reqwest(tls: Arc<ClientConfig>) -> reqwest::Client {
    let mut tls = Arc::unwrap_or_clone(tls);
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .http2_initial_stream_window_size(WINDOWS.0)
        .http2_initial_connection_window_size(WINDOWS.1);
    client.build().unwrap()
}
