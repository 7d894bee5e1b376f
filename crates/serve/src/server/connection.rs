//! One connection: its TLS, its protocol, and its end when nobody asks on it any more.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutWriter;

use super::answering::{self, Answering, Streams, Turn};
use crate::head::MOST_READ;
use crate::service::Service;

/// How long a client may take for its TLS handshake, for its first request, and for the headers of each.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a connection is kept on which nothing is asked and nothing answered. HTTP/1.1 ends sooner, by [`PATIENCE`].
const IDLE: Duration = Duration::from_secs(300);

/// How long what the system was given to send may wait to be taken, in milliseconds (RFC 5482): as long as what is left here.
#[cfg(target_os = "linux")]
const UNTAKEN: u32 = 60_000;

/// Serves `stream` until its end; once `stop` says so, no longer than what is under way on it.
pub(super) async fn serve(
    service: Arc<ArcSwap<Service>>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: watch::Receiver<bool>,
) {
    if let Err(error) = prepare(&stream) {
        tracing::debug!(%error, "a connection's options could not be set");
    }
    let stream = patient(stream);
    let Some(tls) = service.load().tls.clone() else { return exchange(service, stream, peer, stop).await };
    match timeout(PATIENCE, tls.accept(stream)).await {
        Ok(Ok(stream)) => exchange(service, stream, peer, stop).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
    }
}

fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    // Without it, pieces of a streamed answer wait for the peer's delayed acknowledgement (about 40 ms each).
    stream.set_nodelay(true)?;
    // A client that takes nothing, or is gone without a word, would be sent to for a quarter of an hour or for ever.
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(stream, UNTAKEN)?;
    Ok(())
}

/// `stream`, but for a peer that takes nothing any more while there is something to send: writing then fails. What the
/// system has taken is the system's to give up ([`UNTAKEN`]).
fn patient<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutWriter<S>>> {
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(answering::PATIENCE));
    Box::pin(stream)
}

async fn exchange(
    service: Arc<ArcSwap<Service>>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    mut stop: watch::Receiver<bool>,
) {
    let mut builder = auto::Builder::new(Streams);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(MOST_READ);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(MOST_READ).unwrap_or(u32::MAX))
        // A client that has vanished gives its place free within 40 s.
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10));
    let (running, mut seen) = watch::channel(0);
    // Each request is answered by what is in force when it comes, on connections that were there before too.
    let answering = service_fn(move |request: http::Request<Incoming>| {
        let turn = Turn::of(&running);
        let answer = TowerToHyperService::new(service.load().router.clone()).call(request);
        async move { answer.await.map(|answer| answer.map(|body| Answering::new(body, turn))) }
    });
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), answering));
    let mut silence = pin!(silence(seen.clone()));
    let mut leaving = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "a connection ended early");
                }
                return;
            }
            asked = silence.as_mut() => {
                // Until it has seen which protocol is spoken, hyper-util waits for ever; and h2 for the answer to its last
                // ping, from a client that is told to go and answers all others.
                if !asked || leaving {
                    return tracing::debug!(%peer, "no request came");
                }
                tracing::debug!(%peer, "no request came any more");
            }
            _ = stop.wait_for(|stopping| *stopping), if !leaving => {}
        }
        // GOAWAY (RFC 9113 section 6.8): what a client asked until it came is answered to its end.
        served.as_mut().graceful_shutdown();
        leaving = true;
        seen.mark_unchanged();
        silence.set(self::silence(seen.clone()));
    }
}

/// Ready when nothing was asked in time, and nothing is being answered; whether anything had been asked before.
async fn silence(mut running: watch::Receiver<usize>) -> bool {
    let mut asked = running.has_changed().unwrap_or(false);
    loop {
        // A channel that is closed belongs to a connection that has ended.
        if running.wait_for(|turns| *turns == 0).await.is_err() {
            return std::future::pending().await;
        }
        if timeout(if asked { IDLE } else { PATIENCE }, running.changed()).await.is_err() {
            return asked;
        }
        asked = true;
    }
}

#[cfg(test)]
mod tests;
