//! Servers that do exactly what a test tells them, byte by byte, and a client that may talk to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use toolgate_http_client::{HyperClient, HyperClientBuilder, Request, SendOptions};
use toolgate_tls_config::ClientTls;

/// A server on a free port of this machine.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// How many connections were accepted.
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Server {
    /// Gives each connection, with its number from 0, to `serve`.
    pub(crate) async fn start<F>(serve: impl Fn(TcpStream, usize) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), connections: Arc::default() };
        let connections = Arc::clone(&server.connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, connections.fetch_add(1, Ordering::SeqCst)));
            }
        });
        server
    }

    /// Answers the n-th request, over all connections, with the n-th text, and the last one ever after.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let answers: Arc<Vec<Vec<u8>>> = Arc::new(answers.into_iter().map(Into::into).collect());
        let next = Arc::new(AtomicUsize::new(0));
        Self::start(move |mut stream, _| {
            let (answers, next) = (Arc::clone(&answers), Arc::clone(&next));
            async move {
                while read_head(&mut stream).await.is_some() {
                    let number = next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
                    if stream.write_all(&answers[number]).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn accepted(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// The head of the next request, or `None` at the end. Requests of these tests have no body.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

/// Writes and then keeps the connection open.
pub(crate) async fn write_and_stall(stream: &mut (impl AsyncWrite + Unpin), text: &[u8]) {
    stream.write_all(text).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3600)).await;
}

pub(crate) fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub(crate) fn builder() -> HyperClientBuilder {
    let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
    HyperClient::builder(tls).with_insecure_loopback(true)
}

pub(crate) fn get(url: &str, options: SendOptions) -> Request {
    let mut request = http::Request::get(url).body(Bytes::new()).unwrap();
    options.attach(&mut request);
    request
}
