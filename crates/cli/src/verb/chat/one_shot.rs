//! One question, the tool calls with their decisions, the answer: as it is written for a terminal, whole for a program.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};
use toolgate::{Answer, ChatFailure, Message, Models, Passage, Prompt, ToolCall, Toolgate};

use super::screen::Screen;
use super::{calls, finish};
use crate::failure::Failure;
use crate::say::{say, tell};
use crate::style::plain;
use crate::wait::wait;

pub(super) async fn watched(
    toolgate: &Toolgate,
    models: &Models,
    messages: Vec<Message>,
    asking: Arc<AtomicBool>,
    interrupted: impl Future<Output = ()> + Send,
) -> Result<(), Failure> {
    let conversation = toolgate.chat_stream(models, Prompt::new(messages));
    match Screen::new(asking).follow(conversation, interrupted).await {
        Some(Err(error)) => {
            error.given_up.iter().for_each(|call| tell!("{}", calls::given_up(call)));
            Err(failure(error.failure))
        }
        Some(Ok(_)) | None => Ok(()),
    }
}

pub(super) async fn whole(
    toolgate: &Toolgate,
    models: &Models,
    messages: Vec<Message>,
    as_json: bool,
    interrupted: impl Future<Output = ()> + Send,
) -> Result<(), Failure> {
    let asked = models.ids().next().unwrap_or_default().to_owned();
    let ended = wait(&asked, toolgate.chat_until(models, messages, interrupted)).await;
    let (passages, given_up, result, unfinished) = match ended {
        Ok(answer) if as_json => {
            say!("{}", report(&answer));
            return Ok(());
        }
        Ok(answer) => {
            let unfinished = finish::line(&answer.finish, &answer.finish_message);
            (answer.passages, Vec::new(), Ok(answer.text), unfinished)
        }
        Err(error) if as_json => {
            let calls = calls_of(&error.passages);
            let given_up: Vec<Value> = error.given_up.iter().map(asked_for).collect();
            let failure = failure(error.failure);
            // What was done before it went wrong: a program must know which tools ran.
            say!(
                "{}",
                json!({
                    "error": failure.to_string(),
                    "fix": failure.fix(),
                    "tool_calls": calls,
                    "given_up": given_up,
                    "usage": error.usage,
                })
            );
            return Err(failure);
        }
        Err(error) => (error.passages, error.given_up, Err(failure(error.failure)), None),
    };
    for passage in &passages {
        tell!("{}", calls::passage(passage));
    }
    given_up.iter().for_each(|call| tell!("{}", calls::given_up(call)));
    say!("{}", plain(&result?));
    unfinished.iter().for_each(|line| tell!("{line}"));
    Ok(())
}

/// Why there is no answer. Whoever gave up the waiting is told that, and no more.
fn failure(failure: ChatFailure) -> Failure {
    match failure {
        ChatFailure::Cancelled => Failure::interrupted(),
        failure => Failure::of_chat(failure),
    }
}

/// A call as the model wrote it.
fn asked_for(call: &ToolCall) -> Value {
    json!({ "tool": call.name, "arguments": call.raw_arguments })
}

fn report(answer: &Answer) -> Value {
    json!({
        "answer": answer.text,
        "finish": finish::word(&answer.finish),
        "finish_message": &*answer.finish_message,
        "model": answer.model,
        "tool_calls": calls_of(&answer.passages),
        "rounds": answer.rounds,
        "usage": answer.usage,
    })
}

fn calls_of(passages: &[Passage]) -> Vec<Value> {
    passages
        .iter()
        .map(|passage| {
            json!({
                "tool": passage.call.name,
                "arguments": passage.call.raw_arguments,
                "allowed": passage.decision.is_allowed(),
                "rule": passage.decision.rule,
                "reason": passage.decision.denial.as_ref().map(ToString::to_string),
                "remedy": passage.decision.remedy(),
                "failure": passage.failure.as_ref().map(ToString::to_string),
                "is_error": passage.result.is_error,
            })
        })
        .collect()
}
