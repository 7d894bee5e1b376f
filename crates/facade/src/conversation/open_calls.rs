//! The calls of one reply on their way through the gate.
//!
//! Whatever ends a conversation, each call of the transcript has a result: a provider refuses a transcript with a call
//! that nothing answers, and a call that may have run must not be made again by whoever resumes it.

use std::pin::pin;

use futures_util::stream::{FuturesUnordered, StreamExt};
use toolgate_audit_log::{AuditError, Caller};
use toolgate_llm_providers::Message;
use toolgate_mcp_bridge::CheckedCall;
use toolgate_tool_types::{ToolCall, ToolResult};
use tracing::{Instrument, Span};

use super::Event;
use super::telling::Telling;
use super::transcript;
use crate::gate::{Approve, Gate, Watch};
use crate::{Decision, Passage, trace};

/// The calls of the model's last reply that have no result in the transcript.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    calls: Vec<(ToolCall, State)>,
}

#[derive(Debug)]
enum State {
    Waiting,
    UnderWay,
    Ended(Box<Passage>),
}

/// Tells the conversation's listener what becomes of the call with this number.
struct Watched<'a> {
    telling: &'a Telling,
    number: usize,
}

impl Watch for Watched<'_> {
    fn decided(&self, decision: &Decision) {
        trace::decided(&Span::current(), decision);
        self.telling.tell(|| Event::Decision { number: self.number, decision: decision.clone() });
    }

    fn running(&self, call: CheckedCall) -> CheckedCall {
        if !self.telling.is_heard() {
            return call;
        }
        let (telling, number) = (self.telling.clone(), self.number);
        call.with_progress(move |progress| telling.tell(|| Event::ToolProgress { number, progress }))
    }
}

/// Where calls come from, for their records.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) conversation: &'a str,
    pub(super) caller: Option<&'a Caller>,
}

impl OpenCalls {
    pub(super) fn of(calls: impl Iterator<Item = ToolCall>) -> Self {
        Self { calls: calls.map(|call| (call, State::Waiting)).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ToolCall> {
        self.calls.iter().map(|(call, _)| call)
    }

    /// Passes all of them through the gate, side by side. The first one has the number `first` in its conversation.
    pub(super) async fn pass(
        &mut self,
        gate: &Gate,
        approval: &dyn Approve,
        telling: &Telling,
        origin: Origin<'_>,
        first: usize,
    ) -> Result<(), AuditError> {
        let mut passing: FuturesUnordered<_> = self
            .calls
            .iter_mut()
            .enumerate()
            .map(|(index, (call, state))| {
                let number = first + index;
                let call = call.clone();
                *state = State::UnderWay;
                // In a box, as the set moves what it is given several times; a span would too, so it is given a pin.
                Box::pin(async move {
                    let watch = Watched { telling, number };
                    let span = trace::tool(&call);
                    let request = format!("{}.{number}", origin.conversation);
                    let passing = pin!(gate.pass(request, call, origin.caller, approval, &watch));
                    let passage = passing.instrument(span.clone()).await?;
                    trace::passed(&span, &passage);
                    telling.tell(|| Event::ToolResult {
                        number,
                        result: passage.result.clone(),
                        duration: passage.duration,
                    });
                    *state = State::Ended(Box::new(passage));
                    Ok::<(), AuditError>(())
                })
            })
            .collect();
        while let Some(ended) = passing.next().await {
            ended?;
        }
        Ok(())
    }

    /// Moves what became of the calls into the transcript, in their order; with a mark around what tools said, if `mark`.
    /// Those that were given up.
    pub(super) fn settle(
        &mut self,
        mark: bool,
        messages: &mut Vec<Message>,
        passages: &mut Vec<Passage>,
    ) -> Vec<ToolCall> {
        let mut given_up = Vec::new();
        for (call, state) in self.calls.drain(..) {
            match state {
                State::Ended(passage) => {
                    messages.push(Message::tool_result(&call, passage.told(mark)));
                    passages.push(*passage);
                }
                State::UnderWay => {
                    messages.push(transcript::given_up(&call));
                    given_up.push(call);
                }
                State::Waiting => {
                    let told = format!("Tool {} was not called.", call.name);
                    messages.push(Message::tool_result(&call, ToolResult::error(told)));
                }
            }
        }
        given_up
    }
}
