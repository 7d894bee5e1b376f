//! `bench mock [PROCESSOR]`: a provider that answers at once, on one thread, by default of the second processor. The path says what is asked for:
//! `/text`, `/tool` or `/stream`, and behind it the path of an API. Prints its port and runs until it is killed.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use toolgate_bench::chats::{self, Api, Kind};

use crate::processes;

/// How much of a stream is sent at once, so that reading it costs more than receiving it.
const PIECE: usize = 16 << 10;

/// What is answered to each API and kind.
type Answers = Vec<(Api, Kind, Bytes)>;

/// Serves until the process is killed.
pub(crate) fn run(processor: usize) {
    processes::pin(processor);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let answers: Arc<Answers> = Arc::new(
            [Api::OpenAi, Api::Anthropic]
                .into_iter()
                .flat_map(|api| [Kind::Text, Kind::Tool, Kind::Stream].map(|kind| (api, kind)))
                .map(|(api, kind)| (api, kind, chats::answer(api, kind).into()))
                .collect(),
        );
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answers = Arc::clone(&answers);
            let service = service_fn(move |request| answer(Arc::clone(&answers), request));
            // A client that leaves ends its connection in its own way.
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
}

async fn answer(
    answers: Arc<Answers>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let path = request.uri().path();
    let kind: Option<Kind> = path.split('/').nth(1).and_then(|word| word.parse().ok());
    let api = if path.ends_with("/v1/messages") { Api::Anthropic } else { Api::OpenAi };
    let found = answers.iter().find(|(its, of, _)| *its == api && Some(*of) == kind);
    let Some((_, kind, answer)) = found else {
        eprintln!("the mock has nothing at {path}");
        let mut missing = Response::new(Full::new(Bytes::new()).boxed());
        *missing.status_mut() = http::StatusCode::NOT_FOUND;
        return Ok(missing);
    };
    let (kind, answer) = (*kind, answer.clone());
    let _ = request.into_body().collect().await;
    let streamed = kind == Kind::Stream;
    let body = if streamed { pieces(&answer) } else { Full::new(answer).boxed() };
    let mut response = Response::new(body);
    let content_type = if streamed { "text/event-stream" } else { "application/json" };
    for (name, value) in chats::headers(api).iter().chain(&[("content-type", content_type)]) {
        response.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn pieces(answer: &Bytes) -> BoxBody<Bytes, Infallible> {
    let pieces: Vec<_> = (0..answer.len())
        .step_by(PIECE)
        .map(|start| Ok(Frame::data(answer.slice(start..answer.len().min(start + PIECE)))))
        .collect();
    BodyExt::boxed(StreamBody::new(stream::iter(pieces)))
}
