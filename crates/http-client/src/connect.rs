//! How connections are made: TCP without Nagle's delay, happy eyeballs, a proxy's tunnel, TLS, one deadline over all.

mod dns;
mod greeting;
mod proxy;
pub(crate) mod refusal;
mod stream;
mod tls;
mod turn;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

pub use self::dns::Resolve;
pub(crate) use self::dns::{Blocked, Dns, Elsewhere, Reach};
use self::greeting::{Awaited, Greeting};
pub use self::proxy::Proxy;
pub(crate) use self::proxy::Tcp;
use self::stream::Stream;
pub(crate) use self::tls::{TlsSource, with_alpn, with_http1_only};
use self::turn::Turn;
use crate::Origin;
use crate::lanes::{Origins, Protocol, Speaks};

/// Connects within a deadline; clones share the TLS configuration and its session cache. One pointer, since hyper-util
/// clones it for every request.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Ways>);

struct Ways {
    tcp: Tcp,
    tls: TlsSource,
    deadline: Duration,
    /// Who is told what was connected to.
    origins: Arc<Origins>,
    speaks: Speaks,
}

/// The deadline of [`Connector`] passed.
#[derive(Debug, thiserror::Error)]
#[error("no connection within {0:?}")]
pub(crate) struct ConnectTimeout(pub(crate) Duration);

/// The server chose HTTP/1.1, where it chose HTTP/2 before. The next request knows.
#[derive(Debug, thiserror::Error)]
#[error("the server does not speak HTTP/2 any more")]
struct NoHttp2;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    /// The connect deadline of the request that is being sent. hyper-util shows a connector only the URL.
    pub(crate) static CONNECT_DEADLINE: Duration;
}

impl Connector {
    pub(crate) fn new(
        tls: TlsSource,
        dns: Dns,
        proxy: Option<Proxy>,
        deadline: Duration,
        origins: Arc<Origins>,
        speaks: Speaks,
    ) -> Self {
        Self(Arc::new(Ways { tcp: Tcp::new(dns, proxy), tls, deadline, origins, speaks }))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream<MaybeHttpsStream<TokioIo<TcpStream>>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Ways { tcp, tls, deadline, .. } = &*self.0;
        let origin = Origin::of(&uri);
        let tls = tls.current(origin.as_ref().ok());
        let connecting = HttpsConnector::from((tcp.clone(), tls)).call(uri);
        let deadline = CONNECT_DEADLINE.try_with(|own| *own).unwrap_or(*deadline);
        let ways = Arc::clone(&self.0);
        Box::pin(async move {
            let connected = tokio::time::timeout(deadline, connecting).await;
            let stream = connected.unwrap_or_else(|_| Err(ConnectTimeout(deadline).into()))?;
            let origin = origin?;
            let mut standing = ways.origins.connected(&origin, ways.speaks);
            if speaks_http2(&stream) {
                return Ok(Stream::new(stream, Turn::Next, Some(Greeting::of(standing, Awaited::Settings))));
            }
            standing.says(Protocol::Http1);
            if ways.speaks == Speaks::Http2 {
                return Err(NoHttp2.into());
            }
            let awaited = if origin.is_secure() { Awaited::Anything } else { Awaited::Nothing };
            Ok(Stream::new(stream, Turn::Never, Some(Greeting::of(standing, awaited))))
        })
    }
}

/// What ALPN said (RFC 7301); in clear there is HTTP/1.1 alone.
fn speaks_http2(stream: &MaybeHttpsStream<TokioIo<TcpStream>>) -> bool {
    match stream {
        MaybeHttpsStream::Http(_) => false,
        MaybeHttpsStream::Https(stream) => stream.inner().get_ref().1.alpn_protocol() == Some(b"h2"),
    }
}

#[cfg(test)]
mod tests {
    use toolgate_tls_config::ClientTls;

    use super::*;

    #[tokio::test]
    async fn small_requests_are_not_held_back() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
        let dns = Dns { given: None, reach: Reach::Anywhere };
        let mut connector = Connector::new(
            TlsSource::fixed(&tls),
            dns,
            None,
            Duration::from_secs(5),
            Arc::default(),
            Speaks::Either,
        );
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let connection = connector.call(url.parse().unwrap()).await.unwrap();
        let MaybeHttpsStream::Http(stream) = connection.inner() else { panic!("TLS") };
        assert!(stream.inner().nodelay().unwrap());
    }
}
