//! The loop: ask the model, pass its tool calls through the gate, ask again, until it answers or a limit is reached.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use toolgate_llm_providers::{ChatModel, ChatRequest, ChatResponse, FinishReason, Message, Usage};
use toolgate_tool_types::ToolCall;

use crate::gate::{Approve, Gate, Passage};
use crate::{ChatError, ChatFailure, LimitReached, Limits};

/// A finished conversation.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The model's last text.
    pub text: String,
    /// Every tool call, in the order of asking.
    pub passages: Vec<Passage>,
    /// The whole transcript: the caller's messages and everything after them.
    pub messages: Vec<Message>,
    /// Tokens used, over all rounds.
    pub usage: Usage,
    /// How often the model was asked.
    pub rounds: u32,
    /// Where the time went.
    pub timing: Timing,
}

/// Where the time of a conversation went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// From the call to the answer.
    pub total: Duration,
    /// Waiting for the model, its requests' encoding included.
    pub models: Duration,
    /// In the gate and the tools.
    pub tools: Duration,
}

/// One conversation under way.
pub(crate) struct Conversation<'a> {
    gate: &'a Gate,
    approval: &'a dyn Approve,
    model: &'a ChatModel,
    limits: Limits,
    id: String,
    started: Instant,
    request: ChatRequest,
    passages: Vec<Passage>,
    usage: Usage,
    rounds: u32,
    timing: Timing,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(
        gate: &'a Gate,
        approval: &'a dyn Approve,
        model: &'a ChatModel,
        limits: Limits,
        id: String,
        request: ChatRequest,
    ) -> Self {
        Self {
            gate,
            approval,
            model,
            limits,
            id,
            started: Instant::now(),
            request,
            passages: Vec::new(),
            usage: Usage::default(),
            rounds: 0,
            timing: Timing::default(),
        }
    }

    /// Runs to the answer. An error carries everything that happened until then.
    pub(crate) async fn run(mut self) -> Result<Answer, ChatError> {
        let deadline = self.limits.wall_time();
        let ended = match tokio::time::timeout(deadline, self.rounds()).await {
            Ok(ended) => ended,
            Err(_) => Err(LimitReached::WallTime(deadline).into()),
        };
        self.timing.total = self.started.elapsed();
        match ended {
            Ok(text) => Ok(Answer {
                text,
                passages: self.passages,
                messages: self.request.messages,
                usage: self.usage,
                rounds: self.rounds,
                timing: self.timing,
            }),
            Err(failure) => {
                Err(ChatError { failure, messages: self.request.messages, passages: self.passages })
            }
        }
    }

    async fn rounds(&mut self) -> Result<String, ChatFailure> {
        loop {
            let response = self.ask().await?;
            let calls: Vec<ToolCall> = response.tool_calls().cloned().collect();
            let text = response.text();
            let cut_off = response.finish == FinishReason::Length && !calls.is_empty();
            self.request.messages.push(Message::Assistant(response.message));
            if cut_off {
                return Err(ChatFailure::CutOff);
            }
            if calls.is_empty() {
                return Ok(text);
            }
            self.pass(calls).await?;
        }
    }

    async fn ask(&mut self) -> Result<ChatResponse, ChatFailure> {
        if self.rounds == self.limits.rounds {
            return Err(LimitReached::Rounds(self.limits.rounds).into());
        }
        self.rounds += 1;
        let asked = Instant::now();
        let response = self.model.chat(&self.request).await?;
        self.timing.models += asked.elapsed();
        self.usage += response.usage;
        Ok(response)
    }

    /// Passes one reply's calls side by side; results keep the order of the calls.
    async fn pass(&mut self, calls: Vec<ToolCall>) -> Result<(), ChatFailure> {
        let made = self.passages.len();
        if made + calls.len() > self.limits.tool_calls as usize {
            return Err(LimitReached::ToolCalls(self.limits.tool_calls).into());
        }
        let asked = Instant::now();
        let passing = calls.into_iter().enumerate().map(|(index, call)| {
            let request = format!("{}.{}", self.id, made + index + 1);
            self.gate.pass(request, call, self.approval)
        });
        let passages = try_join_all(passing).await?;
        self.timing.tools += asked.elapsed();
        for passage in passages {
            self.request.messages.push(Message::tool_result(&passage.call, passage.result.clone()));
            self.passages.push(passage);
        }
        Ok(())
    }
}
