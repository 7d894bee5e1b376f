//! `toolgate chat`: a question and its answer, or a conversation at a terminal.

mod approval;
mod calls;
mod editor;
mod finish;
mod interactive;
mod markdown;
mod one_shot;
mod screen;

use std::fmt::Display;
use std::io::{IsTerminal, Read, stdin, stdout};
use std::sync::Arc;

use toolgate::{Config, Message, Models, Toolgate};

use super::rehearsal::Source;
use crate::args::Chat;
use crate::failure::Failure;
use crate::say::tell;
use crate::signals::Signals;
use crate::style::{BAD, plain};
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
        None if !stdin().is_terminal() => Some(piped(toolgate.config().limits.bytes)?),
        question => question,
    };
    if question.as_ref().is_some_and(|question| question.trim().is_empty()) {
        return Err(Failure::setup(
            "the question is empty; give one as an argument or on standard input, or none at a terminal for a conversation",
        ));
    }
    let mut left = Signals::to_leave();
    let ended = match question {
        Some(question) => answered(toolgate.clone(), &models, question, arguments, left).await,
        None => tokio::select! {
            ended = talk(toolgate.clone(), models, arguments) => ended,
            () = left.next() => Err(Failure::interrupted()),
        },
    };
    // A run that failed is worth keeping too; its own failure is told last, where the eye is.
    let kept = source.finish(&toolgate).await;
    super::leave(&toolgate).await;
    if let (Err(_), Err(unkept)) = (&ended, &kept) {
        tell!("{BAD}error:{BAD:#} {}", plain(&unkept.to_string()));
    }
    ended.and(kept)
}

/// The question on standard input, which may be no larger than a conversation.
fn piped(most: u64) -> Result<String, Failure> {
    let unusable = |reason: &dyn Display| {
        Failure::setup(format_args!("the question on standard input cannot be used: {reason}"))
    };
    let mut question = Vec::new();
    // One more than is allowed: whoever sends without end is not waited for.
    let read = stdin()
        .lock()
        .take(most.saturating_add(1))
        .read_to_end(&mut question)
        .map_err(|error| unusable(&error))?;
    if read as u64 > most {
        return Err(unusable(&format_args!(
            "it is larger than {most} bytes; send less, or raise bytes under [limits]"
        )));
    }
    String::from_utf8(question).map_err(|_| unusable(&"expected text in UTF-8"))
}

/// One question. Whoever gives up the waiting, by Ctrl-C or because all is to end, still hears what was done.
async fn answered(
    toolgate: Toolgate,
    models: &Models,
    question: String,
    arguments: Chat,
    mut left: Signals,
) -> Result<(), Failure> {
    let terminal = Terminal::default();
    let asking = terminal.asking();
    let toolgate = toolgate.with_approval(Arc::new(terminal));
    let mut messages: Vec<Message> = arguments.system.map(Message::system).into_iter().collect();
    messages.push(Message::user(question));
    let interrupted = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = left.next() => {}
        }
    };
    if stdout().is_terminal() && !arguments.json {
        one_shot::watched(&toolgate, models, messages, asking, interrupted).await
    } else {
        one_shot::whole(&toolgate, models, messages, arguments.json, interrupted).await
    }
}

/// A conversation at the terminal.
async fn talk(toolgate: Toolgate, models: Models, arguments: Chat) -> Result<(), Failure> {
    if stdout().is_terminal() && !arguments.json {
        return interactive::run(toolgate, models, arguments.system).await;
    }
    Err(Failure::setup("no question: give one, or leave the output to the terminal for a conversation"))
}
