//! A streamed answer: server-sent events whose data are chunks, and `[DONE]` at the end.
//!
//! While nothing is written, a chunk that says nothing goes out every 15 s, so that no proxy on the way takes the connection for
//! dead: older clients (OpenAI's for Go among them) take a comment for an event without data, and end. An error in mid-stream is
//! an event of its own, as OpenAI sends it. `[DONE]` follows it too, as at vLLM: a client that waits for it (async-openai) posts the
//! request again where the body ends without.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use toolgate::Usage;
use toolgate_llm_providers::FinishReason;

use super::Head;
use super::answer::{Gate, Passed, Tokens, finish_reason};
use crate::refusal::Refusal;

/// One step of an answer.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Reasoning(String),
    CallBegin {
        index: usize,
        id: String,
        name: String,
    },
    CallDelta {
        index: usize,
        delta: String,
    },
    /// A call met the gate: told beside a `delta` that says nothing.
    Passed(Passed),
    /// The answer is complete.
    End {
        /// What the provider says of an answer that was declined.
        refusal: String,
        finish: FinishReason,
        usage: Usage,
    },
}

pub(super) type Pieces = Pin<Box<dyn Stream<Item = Result<Piece, Refusal>> + Send>>;

const DONE: &str = "data: [DONE]\n\n";

/// How long nothing is written at the most.
pub(super) const SILENCE: Duration = Duration::from_secs(15);

/// An answer under way, with its place among the conversations.
struct Writing {
    head: Head,
    pieces: Pieces,
    with_usage: bool,
    begun: bool,
    over: bool,
    _place: OwnedSemaphorePermit,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Tokens>>,
    /// As whole answers have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    toolgate: Option<Gate<'a>>,
}

#[derive(Serialize)]
struct Choice {
    index: u32,
    delta: Value,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

impl Choice {
    fn of(delta: Value, finish_reason: Option<&'static str>) -> Self {
        Self { index: 0, delta, logprobs: None, finish_reason }
    }
}

pub(super) fn response(
    head: Head,
    pieces: Pieces,
    with_usage: bool,
    place: OwnedSemaphorePermit,
) -> Response {
    let writing = Writing { head, pieces, with_usage, begun: false, over: false, _place: place };
    let events = stream::unfold(writing, |mut writing| async {
        let bytes = writing.next().await?;
        Some((Ok::<_, Infallible>(bytes), writing))
    });
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-cache"),
        // nginx would hold answers back until they are long (its proxy module, `proxy_buffering`).
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(events)).into_response()
}

impl Writing {
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            self.event(&mut text, json!({"role": "assistant", "content": ""}), None);
            return Some(text.into());
        }
        match tokio::time::timeout(SILENCE, self.pieces.next()).await {
            Err(_) => self.event(&mut text, json!({}), None),
            Ok(Some(Ok(piece))) => self.write(&mut text, piece),
            Ok(Some(Err(refusal))) => {
                self.over = true;
                text.push_str(&format!("data: {}\n\n{DONE}", refusal.json()));
            }
            // A stream of pieces ends with `End`; this one did not.
            Ok(None) => {
                self.over = true;
                let broken = Refusal::new(http::StatusCode::BAD_GATEWAY, "no_answer", "the answer broke off");
                text.push_str(&format!("data: {}\n\n{DONE}", broken.json()));
            }
        }
        Some(text.into())
    }

    fn write(&mut self, text: &mut String, piece: Piece) {
        match piece {
            Piece::Text(delta) => self.event(text, json!({"content": delta}), None),
            Piece::Reasoning(delta) => self.event(text, json!({"reasoning_content": delta}), None),
            Piece::CallBegin { index, id, name } => {
                let function = json!({"name": name, "arguments": ""});
                let call = json!({"index": index, "id": id, "type": "function", "function": function});
                self.event(text, json!({"tool_calls": [call]}), None);
            }
            Piece::CallDelta { index, delta } => {
                let call = json!({"index": index, "function": {"arguments": delta}});
                self.event(text, json!({"tool_calls": [call]}), None);
            }
            Piece::Passed(passed) => self.chunk(text, &[Choice::of(json!({}), None)], None, &[passed]),
            Piece::End { refusal, finish, usage } => {
                self.over = true;
                if !refusal.is_empty() {
                    self.event(text, json!({"refusal": refusal}), None);
                }
                self.event(text, json!({}), Some(finish_reason(&finish)));
                if self.with_usage {
                    self.chunk(text, &[], Some(usage.into()), &[]);
                }
                text.push_str(DONE);
            }
        }
    }

    fn event(&self, text: &mut String, delta: Value, finish_reason: Option<&'static str>) {
        self.chunk(text, &[Choice::of(delta, finish_reason)], None, &[]);
    }

    fn chunk(&self, text: &mut String, choices: &[Choice], usage: Option<Tokens>, passed: &[Passed]) {
        let chunk = Chunk {
            id: &self.head.id,
            object: "chat.completion.chunk",
            created: self.head.created,
            model: &self.head.model,
            choices,
            // Where usage is asked for, every chunk has the member, and the last one says it.
            usage: self.with_usage.then_some(usage),
            toolgate: Gate::of(passed),
        };
        text.push_str("data: ");
        // Texts and numbers always render.
        text.push_str(&serde_json::to_string(&chunk).unwrap_or_default());
        text.push_str("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn while_nothing_is_written_a_chunk_says_so() {
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let head = Head { id: "chatcmpl-1".into(), created: 1, model: "m".into() };
        let pieces = Box::pin(stream::pending());
        let mut writing =
            Writing { head, pieces, with_usage: false, begun: true, over: false, _place: place };
        let begun = tokio::time::Instant::now();
        let told = String::from_utf8(writing.next().await.unwrap().to_vec()).unwrap();
        assert_eq!(begun.elapsed(), SILENCE);
        let chunk: Value = serde_json::from_str(told.trim().strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(chunk["choices"][0]["delta"], json!({}));
    }
}
