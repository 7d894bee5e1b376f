//! From a request to an answer: with the servers' tools, behind the gate, or with the client's own, which it runs itself.

use toolgate::{Answer, Message, Passage, Prompt, ToolChoice};
use toolgate_llm_providers::{AssistantMessage, AssistantPart};

use super::answer::{Completion, Passed, declined};
use super::events::Pieces;
use super::request::Asked;
use super::{offer, told};
use crate::refusal::Refusal;
use crate::router::Shared;

/// The whole answer.
pub(super) async fn completion(shared: &Shared, asked: Asked) -> Result<Completion, Refusal> {
    let offer = offer(shared, &asked.model)?;
    let out_of_time = shared.house.until_out_of_time();
    let answered = shared.toolgate.chat_until(&offer.models, prompt(asked), out_of_time).await;
    answered.map(Completion::from).map_err(|error| told::refusal(&error))
}

/// The answer as it is written.
pub(super) async fn pieces(shared: &Shared, asked: Asked) -> Result<Pieces, Refusal> {
    let offer = offer(shared, &asked.model)?;
    let conversation = shared.toolgate.chat_stream(&offer.models, prompt(asked));
    told::pieces(conversation, shared.house.until_out_of_time()).await
}

/// The conversation, and how the model is to answer. The model has no servers' tools where the client brings its own, or wants
/// none.
fn prompt(asked: Asked) -> Prompt {
    let Asked { messages, options, tools, tool_choice, caller, .. } = asked;
    let mut prompt = Prompt::new(messages).with_options(options);
    if let Some(caller) = caller {
        prompt = prompt.with_caller(caller);
    }
    match tool_choice {
        // No provider is told how to choose among none.
        Some(ToolChoice::None) if tools.is_empty() => prompt.with_own_tools(tools, None),
        _ if tools.is_empty() => prompt,
        choice => prompt.with_own_tools(tools, choice),
    }
}

impl From<Answer> for Completion {
    fn from(answer: Answer) -> Self {
        let reasoning = match answer.messages.last() {
            Some(Message::Assistant(message)) => reasoning(message),
            _ => String::new(),
        };
        let passed = answer.passages.iter().map(passed).collect();
        let refusal = declined(&answer);
        let Answer { text, calls, finish, usage, .. } = answer;
        Self { text, reasoning, calls, finish, refusal, usage, passed }
    }
}

fn reasoning(message: &AssistantMessage) -> String {
    let reasoning = message.parts.iter().filter_map(|part| match part {
        AssistantPart::Reasoning(reasoning) => Some(&*reasoning.text),
        _ => None,
    });
    reasoning.collect()
}

fn passed(passage: &Passage) -> Passed {
    Passed::by(&passage.decision, passage.call.name.to_string())
}
