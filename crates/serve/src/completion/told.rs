//! A conversation as pieces of a stream.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Fuse};
use futures_util::stream::{self, StreamExt};
use toolgate::{ChatError, Conversation, Event};

use super::answer::{Passed, declined};
use super::events::{Piece, Pieces};
use crate::refusal::Refusal;

/// The pieces of `conversation`, until `out_of_time` is ready. What ends it before the first piece is a refusal: the client
/// still gets a status.
pub(super) async fn pieces(
    conversation: Conversation,
    out_of_time: impl Future<Output = ()> + Send + 'static,
) -> Result<Pieces, Refusal> {
    let out_of_time = out_of_time.boxed().fuse();
    let mut teller = Teller { conversation, out_of_time, gap: Gap::Nothing, told: false };
    let first = teller.next().await.transpose()?;
    let rest = stream::unfold(teller, |mut teller| async {
        let piece = teller.next().await?;
        Some((piece, teller))
    });
    Ok(Box::pin(stream::iter(first.map(Ok)).chain(rest)))
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
