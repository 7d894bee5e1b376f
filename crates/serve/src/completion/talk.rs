//! From a request to an answer: through the gate with the servers' tools, or by the model alone with the client's.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};
use toolgate::{Answer, ChatFailure, FinishReason, LimitReached, Passage, Prompt, ProviderError, Usage};
use toolgate_llm_providers::{AssistantMessage, AssistantPart, ChatEvent, ChatRequest, ToolChoice};

use super::answer::{Completion, Passed};
use super::events::{Piece, Pieces};
use super::request::Asked;
use super::told;
use crate::models::Offer;
use crate::refusal::Refusal;
use crate::router::{Shared, unknown_model};

/// The whole answer.
pub(super) async fn completion(shared: &Shared, asked: Asked) -> Result<Completion, Refusal> {
    let offer = offer(shared, &asked)?;
    if let Some(request) = alone(shared, offer, &asked)? {
        let limit = shared.config.limits.wall_time();
        let answered = timeout_at(Instant::now() + limit, offer.model.chat(&request)).await;
        let response = in_time(answered, limit)?;
        let usage = response.usage;
        shared.toolgate.count_usage(&usage);
        return Ok(from_message(&response.message, response.finish, usage, Vec::new()));
    }
    match shared.toolgate.chat(&offer.models, prompt(asked)).await {
        Ok(answer) => {
            let passed = answer.passages.iter().map(passed).collect();
            let Answer { text, finish, usage, .. } = answer;
            Ok(Completion { text, reasoning: String::new(), calls: Vec::new(), finish, usage, passed })
        }
        Err(error) => Err(told::refusal(&error)),
    }
}

/// The conversation, and how the model is to answer.
fn prompt(asked: Asked) -> Prompt {
    let prompt = Prompt::new(asked.messages).with_options(asked.options);
    match asked.caller {
        Some(caller) => prompt.with_caller(caller),
        None => prompt,
    }
}

/// The answer as it is written.
pub(super) async fn pieces(shared: &Shared, asked: Asked) -> Result<Pieces, Refusal> {
    let offer = offer(shared, &asked)?;
    if let Some(request) = alone(shared, offer, &asked)? {
        let limit = shared.config.limits.wall_time();
        let deadline = Instant::now() + limit;
        let answer = in_time(timeout_at(deadline, offer.model.stream(&request)).await, limit)?;
        let events = stream::try_unfold(answer, move |mut answer| async move {
            let event = in_time(timeout_at(deadline, answer.next()).await, limit)?;
            Ok(event.map(|event| (event, answer)))
        });
        let (mut usage, toolgate) = (Usage::default(), shared.toolgate.clone());
        return Ok(Box::pin(events.filter_map(move |event| {
            let piece = match event {
                Ok(event) => piece(event, &mut usage).map(Ok),
                Err(refusal) => Some(Err(refusal)),
            };
            if let Some(Ok(Piece::End { usage, .. })) = &piece {
                toolgate.count_usage(usage);
            }
            std::future::ready(piece)
        })));
    }
    told::pieces(shared.toolgate.chat_stream(&offer.models, prompt(asked))).await
}

fn offer<'a>(shared: &'a Shared, asked: &Asked) -> Result<&'a Offer, Refusal> {
    shared.models.named(&asked.model).ok_or_else(|| unknown_model(&shared.models, &asked.model))
}

/// What the model alone is asked, within `[limits]`: where the client brings its own tools, or wants none.
fn alone(shared: &Shared, offer: &Offer, asked: &Asked) -> Result<Option<ChatRequest>, Refusal> {
    if asked.tools.is_empty() && asked.tool_choice != Some(ToolChoice::None) {
        return Ok(None);
    }
    let request = ChatRequest::new(asked.messages.clone())
        .with_tools(asked.tools.clone())
        .with_options(asked.options.clone());
    let request = match &asked.tool_choice {
        Some(choice) if !asked.tools.is_empty() => request.with_tool_choice(choice.clone()),
        _ => request,
    };
    let bounded = shared.toolgate.within_limits(&offer.model, request);
    bounded.map(Some).map_err(|limit| Refusal::of_chat(&ChatFailure::Limit(limit)))
}

/// What a model answered, if it did so in time.
fn in_time<T>(answered: Result<Result<T, ProviderError>, Elapsed>, limit: Duration) -> Result<T, Refusal> {
    match answered {
        Ok(answered) => answered.map_err(|error| Refusal::of_provider(&error)),
        Err(_) => Err(Refusal::of_chat(&ChatFailure::Limit(LimitReached::WallTime(limit)))),
    }
}

fn from_message(
    message: &AssistantMessage,
    finish: FinishReason,
    usage: Usage,
    passed: Vec<Passed>,
) -> Completion {
    let reasoning = message.parts.iter().filter_map(|part| match part {
        AssistantPart::Reasoning(reasoning) => Some(&*reasoning.text),
        _ => None,
    });
    Completion {
        text: message.text(),
        reasoning: reasoning.collect(),
        calls: message.tool_calls().cloned().collect(),
        finish,
        usage,
        passed,
    }
}

fn piece(event: ChatEvent, usage: &mut Usage) -> Option<Piece> {
    match event {
        ChatEvent::Text { delta } => Some(Piece::Text(delta)),
        ChatEvent::Reasoning { delta } => Some(Piece::Reasoning(delta)),
        ChatEvent::ToolCallBegin { index, id, name } => {
            Some(Piece::CallBegin { index, id: id.to_string(), name: name.to_string() })
        }
        ChatEvent::ToolCallDelta { index, delta } => Some(Piece::CallDelta { index, delta }),
        ChatEvent::Usage(said) => {
            *usage = said;
            None
        }
        ChatEvent::Finish(finish) => Some(Piece::End { finish, usage: *usage }),
        _ => None,
    }
}

fn passed(passage: &Passage) -> Passed {
    let reason = passage.decision.denial.as_ref().map(ToString::to_string);
    Passed { tool: passage.call.name.to_string(), allowed: passage.decision.is_allowed(), reason }
}
