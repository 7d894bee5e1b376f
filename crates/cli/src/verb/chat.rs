//! `toolgate chat`: a question and its answer, or a conversation at a terminal.

mod approval;
mod calls;
mod editor;
mod interactive;
mod markdown;
mod one_shot;
mod screen;

use std::io::{IsTerminal, stdin, stdout};
use std::sync::Arc;

use toolgate::{Config, Message, Models, Toolgate};

use super::rehearsal::Source;
use crate::args::Chat;
use crate::failure::Failure;
use crate::signals::Signals;
use approval::Terminal;

pub(crate) async fn run(config: Config, mut arguments: Chat) -> Result<(), Failure> {
    let (toolgate, source) = Source::open(config, arguments.record.as_deref(), arguments.replay.as_deref())?;
    let models = match arguments.model.as_deref() {
        Some(id) => toolgate.model(Some(id)).map(|model| Models::from(&model)),
        None => toolgate.models(),
    };
    let models = models.map_err(Failure::setup)?;
    // Waiting for standard input cannot be given up, so that a signal must end it as it always did.
    let question = match arguments.question.take() {
        None if !stdin().is_terminal() => Some(std::io::read_to_string(stdin()).map_err(Failure::setup)?),
        question => question,
    };
    let mut left = Signals::to_leave();
    let ended = tokio::select! {
        ended = talk(toolgate.clone(), models, question, arguments) => ended,
        () = left.next() => Err(Failure::interrupted()),
    };
    // A run that failed is worth keeping too; its own failure is told first.
    let kept = source.finish(&toolgate).await;
    super::leave(&toolgate).await;
    ended.and(kept)
}

async fn talk(
    toolgate: Toolgate,
    models: Models,
    question: Option<String>,
    arguments: Chat,
) -> Result<(), Failure> {
    let question = match question {
        Some(question) => question,
        None if stdout().is_terminal() && !arguments.json => {
            return interactive::run(toolgate, models, arguments.system).await;
        }
        None => {
            return Err(Failure::setup(
                "no question: give one, or leave the output to the terminal for a conversation",
            ));
        }
    };
    let terminal = Terminal::default();
    let asking = terminal.asking();
    let toolgate = toolgate.with_approval(Arc::new(terminal));
    let mut messages: Vec<Message> = arguments.system.map(Message::system).into_iter().collect();
    messages.push(Message::user(question));
    if stdout().is_terminal() && !arguments.json {
        one_shot::watched(&toolgate, &models, messages, asking).await
    } else {
        one_shot::whole(&toolgate, &models, messages, arguments.json).await
    }
}
