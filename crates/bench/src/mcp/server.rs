//! `bench mcp server`: the server of [`peer`] over HTTP in clear, on twenty ports and one thread of the second processor.
//! Prints the ports and runs until it is killed.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::HeaderValue;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::peer::{self, Reply};
use crate::processes::{self, SERVER};

const SERVERS: usize = 20;

type Response = http::Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Serves until the process is killed.
pub(super) fn run() {
    processes::pin(SERVER);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut ports = Vec::new();
        for _ in 0..SERVERS {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.push(listener.local_addr().unwrap().port().to_string());
            tokio::spawn(accept(listener));
        }
        println!("{}", ports.join(" "));
        std::future::pending::<()>().await;
    });
}

async fn accept(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(serve(stream));
    }
}

async fn serve(stream: TcpStream) {
    let service = service_fn(|request: http::Request<Incoming>| async move {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok::<_, hyper::Error>(response(peer::reply(&parts.method, parts.uri.path(), &body)))
    });
    // A client that leaves ends its connection in its own way.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn response(reply: Reply) -> Response {
    match reply {
        Reply::Json(text) => whole("application/json", text),
        Reply::Session(text) => {
            let mut response = whole("application/json", text);
            response.headers_mut().insert("mcp-session-id", HeaderValue::from_static("0123456789abcdef"));
            response
        }
        Reply::Stream(first) => {
            let first = stream::once(async { Ok::<_, Infallible>(Frame::data(Bytes::from(first))) });
            let body = StreamBody::new(first.chain(stream::pending())).boxed_unsync();
            typed("text/event-stream", http::Response::new(body))
        }
        Reply::Status(status) => {
            let mut response = whole("text/plain", String::new());
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            response
        }
    }
}

fn whole(media_type: &'static str, text: String) -> Response {
    typed(media_type, http::Response::new(Full::from(text).boxed_unsync()))
}

fn typed(media_type: &'static str, mut response: Response) -> Response {
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
