//! The loop: ask the model, pass its tool calls through the gate, ask again, until it answers or a limit is reached.

mod asking;

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::{Either, select, try_join_all};
use tokio::time::timeout;
use toolgate_audit_log::Caller;
use toolgate_llm_providers::{ChatRequest, ChatResponse, FinishReason, Loss, Message, Usage};
use toolgate_tool_types::ToolCall;
use tracing::Instrument;

use super::budget::Budget;
use super::open_calls::{OpenCalls, Origin};
use super::prompt::OwnTools;
use super::telling::{Telling, Told};
use super::{Answer, Event, Prompt, Timing};
use crate::failover::{Models, Route};
use crate::gate::{Approve, Passage};
use crate::setup::Setup;
use crate::{ChatError, ChatFailure, LimitReached, Limits, size, trace};

/// A model's last answer.
struct Last {
    model: Arc<str>,
    text: String,
    finish: FinishReason,
    finish_message: Arc<str>,
}

/// One conversation, from its prompt to its end.
pub(crate) struct Course {
    /// The one that it began with, whatever is reloaded meanwhile.
    setup: Arc<Setup>,
    approval: Arc<dyn Approve>,
    route: Route,
    limits: Limits,
    telling: Telling,
    id: Arc<str>,
    caller: Option<Caller>,
    started: Instant,
    request: ChatRequest,
    /// The tools are those of whoever asks, and are not run here.
    own_tools: bool,
    open: OpenCalls,
    passages: Vec<Passage>,
    budget: Budget,
    usage: Usage,
    lossiness: Vec<Loss>,
    rounds: u32,
    timing: Timing,
}

impl Course {
    pub(crate) fn new(
        setup: Arc<Setup>,
        approval: Arc<dyn Approve>,
        models: &Models,
        prompt: Prompt,
        id: String,
    ) -> Self {
        let Prompt { messages, options, caller, own_tools } = prompt;
        let config = &setup.config;
        let (limits, prices) = (config.limits, config.prices.clone());
        let (budget, route) = (Budget::new(limits, prices, options.max_tokens), models.route(&messages));
        let mut request = ChatRequest::new(messages).with_options(options);
        let own = own_tools.is_some();
        if let Some(OwnTools { tools, choice }) = own_tools {
            (request.tools, request.tool_choice) = (tools, choice);
        }
        Self {
            route,
            limits,
            budget,
            telling: Telling::default(),
            id: id.into(),
            caller,
            started: Instant::now(),
            request,
            own_tools: own,
            open: OpenCalls::default(),
            passages: Vec::new(),
            usage: Usage::default(),
            lossiness: Vec::new(),
            rounds: 0,
            timing: Timing::default(),
            setup,
            approval,
        }
    }

    /// The same, for somebody who listens.
    pub(super) fn told(mut self) -> (Self, Told) {
        let (telling, told) = Telling::to_listener();
        self.telling = telling;
        (self, told)
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Runs to the answer, or until `cancelled` is ready. An error carries everything that happened until then.
    pub(crate) async fn run(mut self, cancelled: impl Future<Output = ()>) -> Result<Answer, ChatError> {
        let span = trace::conversation(&self.id);
        // Here and below: a span moves the future that it is given, so it is given the future's pin.
        let ended = pin!(self.converse(cancelled)).instrument(span.clone()).await;
        self.timing.total = self.started.elapsed();
        let given_up = self.settle();
        let Self { request, passages, usage, lossiness, rounds, timing, budget, own_tools, .. } = self;
        let messages = request.messages;
        trace::ended(&span, ended.as_ref().map(|last| &*last.model), &usage);
        match ended {
            Ok(Last { model, text, finish, finish_message }) => {
                let cost = budget.cost();
                let calls = match messages.last() {
                    Some(Message::Assistant(answer)) if own_tools => answer.tool_calls().cloned().collect(),
                    _ => Vec::new(),
                };
                let answer = Answer {
                    text,
                    finish,
                    finish_message,
                    model,
                    passages,
                    calls,
                    messages,
                    usage,
                    cost,
                    lossiness,
                    rounds,
                    timing,
                };
                Ok(answer)
            }
            Err(failure) => Err(ChatError { failure, messages, passages, given_up, usage }),
        }
    }

    async fn converse(&mut self, cancelled: impl Future<Output = ()>) -> Result<Last, ChatFailure> {
        let open = self.setup.gate.metrics.conversation();
        self.started = Instant::now();
        let deadline = self.limits.wall_time();
        let ended = {
            let rounds = pin!(self.rounds());
            match select(pin!(cancelled), pin!(timeout(deadline, rounds))).await {
                Either::Left(((), _)) => Err(ChatFailure::Cancelled),
                Either::Right((Ok(ended), _)) => ended,
                Either::Right((Err(_), _)) => Err(LimitReached::WallTime(deadline).into()),
            }
        };
        open.ended(ended.is_ok(), &self.usage);
        ended
    }

    async fn rounds(&mut self) -> Result<Last, ChatFailure> {
        self.offer().await?;
        loop {
            let (model, response) = self.ask().await?;
            let (text, calls) = (response.text(), OpenCalls::of(response.tool_calls().cloned()));
            let ChatResponse { message, finish, finish_message, .. } = response;
            let last = Last { model, text, finish, finish_message };
            self.request.messages.push(Message::Assistant(message));
            if self.own_tools {
                match last.finish {
                    FinishReason::Pause if calls.len() == 0 => continue,
                    _ => return Ok(last),
                }
            }
            self.open = calls;
            match last.finish {
                FinishReason::Length if self.open.len() > 0 => return Err(ChatFailure::CutOff),
                // What a filter broke off is not what the model would ask for: an empty text of arguments is a whole one.
                FinishReason::ContentFilter | FinishReason::Refusal => return Ok(last),
                // The provider wants to be asked again for the rest of a long turn.
                FinishReason::Pause => {}
                _ if self.open.len() == 0 => return Ok(last),
                _ => {}
            }
            self.pass().await?;
        }
    }

    /// The tools that the model is shown.
    async fn offer(&mut self) -> Result<(), ChatFailure> {
        let bytes = if self.own_tools {
            self.request.tools.iter().map(size::of_json).sum()
        } else {
            let offered = self.setup.prepare().await?;
            self.request.tools = offered.tools;
            offered.bytes
        };
        self.budget.offer(bytes);
        Ok(())
    }

    async fn ask(&mut self) -> Result<(Arc<str>, ChatResponse), ChatFailure> {
        if self.rounds == self.limits.rounds {
            return Err(LimitReached::Rounds(self.limits.rounds).into());
        }
        self.rounds += 1;
        let asked = Instant::now();
        let answered = self.attempts().await;
        self.timing.models += asked.elapsed();
        let (model, response) = answered?;
        self.count(response.usage);
        for loss in &response.lossiness {
            if !self.lossiness.contains(loss) {
                self.lossiness.push(loss.clone());
            }
        }
        Ok((model, response))
    }

    fn count(&mut self, usage: Usage) {
        self.usage += usage;
        self.telling.tell(|| Event::Usage(usage));
    }

    /// Passes one reply's calls side by side; results keep the order of the calls.
    async fn pass(&mut self) -> Result<(), ChatFailure> {
        let made = self.passages.len();
        for (index, call) in self.open.iter().enumerate() {
            self.telling.tell(|| Event::ToolRequested { number: made + index + 1, call: call.clone() });
        }
        let most = self.limits.tool_calls;
        if made + self.open.len() > most as usize {
            let (gate, caller) = (&self.setup.gate, self.caller.as_ref());
            let request = |index| format!("{}.{}", self.id, made + index + 1);
            let calls = self.open.iter().enumerate();
            try_join_all(calls.map(|(index, call)| gate.refuse(request(index), call, caller, most))).await?;
            return Err(LimitReached::ToolCalls(most).into());
        }
        let asked = Instant::now();
        let (gate, approval) = (&self.setup.gate, &*self.approval);
        let origin = Origin { conversation: &self.id, caller: self.caller.as_ref() };
        self.open.pass(gate, approval, &self.telling, origin, made + 1).await?;
        self.timing.tools += asked.elapsed();
        self.settle();
        Ok(())
    }

    /// Moves what became of the last reply's calls into the transcript; those that were given up.
    fn settle(&mut self) -> Vec<ToolCall> {
        self.open.settle(self.setup.config.tools.mark, &mut self.request.messages, &mut self.passages)
    }
}
