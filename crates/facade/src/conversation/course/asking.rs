//! Asks for one answer, of one model after the other until one gives it.

use std::pin::pin;
use std::sync::Arc;

use toolgate_llm_providers::{
    ChatEvent, ChatModel, ChatResponse, ErrorKind, FinishReason, ProviderError, Usage,
};
use tracing::Instrument;

use super::Course;
use crate::conversation::Event;
use crate::failover::Step;
use crate::{ChatFailure, trace};

impl Course {
    /// Asks for one answer, of one model after the other where the route says so; who gave it.
    pub(super) async fn attempts(&mut self) -> Result<(Arc<str>, ChatResponse), ChatFailure> {
        self.route.begin();
        // The answer, where nobody gives another.
        let mut declined: Option<(Arc<str>, ChatResponse)> = None;
        loop {
            let (target, permit) = match self.route.step(tokio::time::Instant::now()) {
                Step::Ask { target, permit, instead } => {
                    if let Some((from, error)) = instead {
                        self.failed_over(from, target.id(), error);
                    }
                    (target, permit)
                }
                Step::Wait { id, duration } => {
                    self.telling.tell(|| Event::Waiting { id, duration });
                    tokio::time::sleep(duration).await;
                    continue;
                }
                Step::GiveUp(failure) => return declined.ok_or(failure),
            };
            if let Some((_, response)) = &mut declined
                && response.usage != Usage::default()
            {
                self.count(std::mem::take(&mut response.usage));
            }
            let allowance = match self.budget.allow(target.id(), &self.request) {
                Ok(allowance) => allowance,
                Err(limit) => return declined.ok_or(limit.into()),
            };
            self.request.options.max_tokens = allowance.answer;
            self.telling.tell(|| Event::Model { id: Arc::clone(target.id()), round: self.rounds });
            let mut shown = false;
            let span = trace::chat(target.model(), allowance.answer);
            let answered = pin!(self.answered(target.model(), &mut shown)).instrument(span.clone()).await;
            trace::answered(&span, &answered);
            let now = tokio::time::Instant::now();
            match answered {
                Ok(response) => {
                    self.budget.spend(target.id(), allowance, &response.usage, &response.message);
                    let answer = (Arc::clone(target.id()), response);
                    let Some(error) = refusal(target.model(), &answer.1) else {
                        permit.answered(now);
                        return Ok(answer);
                    };
                    if self.route.note(permit, error, shown, now).is_err() {
                        return Ok(answer);
                    }
                    declined = Some(answer);
                }
                Err(error) => {
                    if may_have_worked(&error) {
                        self.budget.spend_on_nothing(target.id(), allowance);
                    }
                    if let Err(error) = self.route.note(permit, error, shown, now) {
                        return declined.ok_or(error.into());
                    }
                }
            }
        }
    }

    fn failed_over(&self, from: Arc<str>, to: &Arc<str>, error: ProviderError) {
        if from != *to {
            tracing::warn!(from = &*from, to = &**to, %error, "a model failed, and another one is asked");
            self.setup.gate.metrics.failed_over();
        }
        self.telling.tell(|| Event::Failover { from, to: Arc::clone(to), error });
    }

    /// The model's reply: in pieces for somebody who listens, else as a whole, which is less work for both sides.
    async fn answered(&self, model: &ChatModel, shown: &mut bool) -> Result<ChatResponse, ProviderError> {
        if !self.telling.is_heard() {
            return model.chat(&self.request).await;
        }
        let mut answer = model.stream(&self.request).await?;
        while let Some(event) = answer.next().await? {
            let event = match event {
                ChatEvent::Text { delta } => Event::Text { delta },
                ChatEvent::Reasoning { delta } => Event::Reasoning { delta },
                ChatEvent::ToolCallBegin { index, id, name } if self.own_tools => {
                    Event::CallBegin { index, id, name }
                }
                ChatEvent::ToolCallDelta { index, delta } if self.own_tools => {
                    Event::CallDelta { index, delta }
                }
                // Calls of servers' tools are told when they are whole.
                _ => continue,
            };
            *shown = true;
            self.telling.tell(|| event);
        }
        answer.collect().await
    }
}

/// Whether the provider may have done its work for a request that failed, and count it.
fn may_have_worked(error: &ProviderError) -> bool {
    error.status().is_none() && !error.surely_did_nothing()
}

/// An answer that a model declined to give, or a filter stopped, as the error that other providers make of it.
fn refusal(model: &ChatModel, response: &ChatResponse) -> Option<ProviderError> {
    if !matches!(response.finish, FinishReason::Refusal | FinishReason::ContentFilter) {
        return None;
    }
    let told = match &*response.finish_message {
        "" => "the answer was not given",
        told => told,
    };
    Some(ProviderError::new(ErrorKind::ContentPolicy, model.provider().id(), told))
}
