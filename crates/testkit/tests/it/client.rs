//! A bare HTTPS client: one TLS connection per request, nothing hidden.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Clone)]
pub(crate) struct Client(Arc<ClientConfig>);

impl Client {
    pub(crate) fn trusting(ca_pem: &str) -> Self {
        Self::offering(ca_pem, &[b"http/1.1"])
    }

    pub(crate) fn offering(ca_pem: &str, protocols: &[&[u8]]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Self(Arc::new(config))
    }

    /// Sends one request to `localhost` at the port in its URL.
    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let port = request.uri().port_u16().expect("a port in the URL");
        let stream = self.connect(port).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = TokioIo::new(stream);
        let response = if http2 {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(connection);
            sender.send_request(request).await?
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
            tokio::spawn(connection);
            let authority = request.uri().authority().unwrap().as_str().parse()?;
            request.headers_mut().insert("host", authority);
            *request.uri_mut() = request.uri().path_and_query().unwrap().as_str().parse()?;
            sender.send_request(request).await?
        };
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, version: parts.version, headers: parts.headers, body })
    }

    /// A connection on which nothing was sent yet.
    pub(crate) async fn connect(&self, port: u16) -> Result<TlsStream<TcpStream>, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let name = ServerName::try_from("localhost")?;
        Ok(TlsConnector::from(self.0.clone()).connect(name, stream).await?)
    }

    pub(crate) async fn fetch(&self, url: impl AsRef<str>) -> Answer {
        let request = Request::get(url.as_ref()).body(Full::default()).unwrap();
        self.send(request).await.unwrap()
    }

    /// Posts a form; `authorization` may be empty.
    pub(crate) async fn post_form(&self, url: impl AsRef<str>, authorization: &str, form: &str) -> Answer {
        let mut request =
            Request::post(url.as_ref()).header("content-type", "application/x-www-form-urlencoded");
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        self.send(request.body(Full::from(form.to_owned())).unwrap()).await.unwrap()
    }
}
