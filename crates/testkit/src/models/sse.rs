//! Streams: bodies that arrive piece by piece, and the pieces a model speaks in.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;

/// Letters per piece. Small, so that most texts and arguments come in several.
const PIECE: usize = 12;

/// A response whose body is sent one event at a time.
pub(crate) fn response<T>(content_type: &'static str, events: Vec<T>) -> Response
where
    T: Into<Bytes> + Send + 'static,
{
    let frames = stream::iter(events.into_iter().map(Ok::<_, Infallible>));
    let response = Response::builder().header(CONTENT_TYPE, content_type);
    response.body(Body::from_stream(frames)).expect("a static content type")
}

/// `text` in pieces, as a model streams it.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(PIECE).map(|piece| piece.iter().collect()).collect()
}
