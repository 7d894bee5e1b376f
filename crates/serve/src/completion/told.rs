//! A conversation as pieces of a stream.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Fuse};
use futures_util::stream::{self, StreamExt};
use toolgate::{ChatError, Conversation, Event};

use super::answer::{Passed, declined};
use super::events::{Piece, Pieces, SILENCE};
use crate::refusal::Refusal;

/// The pieces of `conversation`, until `out_of_time` is ready.
pub(super) async fn pieces(
    conversation: Conversation,
    out_of_time: impl Future<Output = ()> + Send + 'static,
) -> Result<Pieces, Refusal> {
    let out_of_time = out_of_time.boxed().fuse();
    let teller = Teller { conversation, out_of_time, gap: Gap::Nothing, told: false };
    let pieces = stream::unfold(teller, |mut teller| async {
        let piece = teller.next().await?;
        Some((piece, teller))
    });
    begun(Box::pin(pieces)).await
}

/// The pieces once there is something to tell. What ends them before the first is a refusal: the client still gets a status. But a
/// head cannot wait as long as a model may think, as clients and proxies take a server without one for gone (Node after 300 s, nginx
/// after 60): after a silence the answer begins all the same.
async fn begun(mut pieces: Pieces) -> Result<Pieces, Refusal> {
    match tokio::time::timeout(SILENCE, pieces.next()).await {
        Ok(first) => {
            let first = first.transpose()?;
            Ok(Box::pin(stream::iter(first.map(Ok)).chain(pieces)))
        }
        Err(_) => Ok(pieces),
    }
}

struct Teller {
    conversation: Conversation,
    out_of_time: Fuse<BoxFuture<'static, ()>>,
    gap: Gap,
    /// Whether something of this round's answer was told.
    told: bool,
}

/// Whether the next text must be set apart: each round's text is one of its own, and the client sees them as one.
#[derive(PartialEq)]
enum Gap {
    Nothing,
    Text,
    TextAndTools,
}

impl Teller {
    async fn next(&mut self) -> Option<Result<Piece, Refusal>> {
        loop {
            let event = tokio::select! {
                event = self.conversation.next() => event,
                () = &mut self.out_of_time => {
                    self.conversation.cancel();
                    self.conversation.next().await
                }
            };
            match event? {
                // Another model begins again, and no client of OpenAI's can be told to forget what it has.
                Ok(Event::Failover { error, .. }) if self.told => {
                    return Some(Err(Refusal::of_provider(&error)));
                }
                Ok(event) => {
                    if let Some(piece) = self.piece(event) {
                        return Some(Ok(piece));
                    }
                }
                Err(error) => return Some(Err(refusal(&error))),
            }
        }
    }

    fn piece(&mut self, event: Event) -> Option<Piece> {
        let piece = self.of_event(event);
        self.told |= piece.as_ref().is_some_and(|piece| !matches!(piece, Piece::Passed(_)));
        piece
    }

    fn of_event(&mut self, event: Event) -> Option<Piece> {
        match event {
            Event::Text { delta } => {
                let apart = std::mem::replace(&mut self.gap, Gap::Text) == Gap::TextAndTools;
                Some(Piece::Text(if apart { format!("\n\n{delta}") } else { delta }))
            }
            Event::Reasoning { delta } => Some(Piece::Reasoning(delta)),
            Event::CallBegin { index, id, name } => {
                Some(Piece::CallBegin { index, id: id.to_string(), name: name.to_string() })
            }
            Event::CallDelta { index, delta } => Some(Piece::CallDelta { index, delta }),
            Event::Usage(_) => {
                self.told = false;
                None
            }
            Event::ToolRequested { .. } => {
                if self.gap == Gap::Text {
                    self.gap = Gap::TextAndTools;
                }
                None
            }
            Event::Decision { decision, .. } => {
                let tool = decision.tool.to_string();
                Some(Piece::Passed(Passed::by(&decision, tool)))
            }
            Event::Done(answer) => {
                Some(Piece::End { refusal: declined(&answer), finish: answer.finish, usage: answer.usage })
            }
            _ => None,
        }
    }
}

/// What the client is told of a conversation that ended without an answer. Once a tool may have run, it must not repeat
/// the request by itself.
pub(super) fn refusal(error: &ChatError) -> Refusal {
    let refusal = Refusal::of_chat(&error.failure);
    if error.may_have_run() { refusal.without_retry() } else { refusal }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// Pieces that end in a refusal after so many seconds.
    fn refused_after(seconds: u64) -> Pieces {
        Box::pin(stream::once(async move {
            sleep(Duration::from_secs(seconds)).await;
            Err(Refusal::new(StatusCode::BAD_GATEWAY, "no_answer", "nothing came"))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_begins_with_its_first_piece_or_after_a_silence() {
        assert!(begun(refused_after(14)).await.is_err(), "the client gets a status");
        let start = Instant::now();
        let mut pieces = begun(refused_after(400)).await.unwrap();
        assert_eq!(start.elapsed(), SILENCE);
        assert!(pieces.next().await.unwrap().is_err(), "it is told in the stream");
        assert_eq!(start.elapsed(), Duration::from_secs(400));
    }
}
