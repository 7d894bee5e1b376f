//! `toolgate chat`: one question, the tool calls with their decisions, the answer.

mod approval;

use std::sync::Arc;

use serde_json::{Value, json};
use toolgate::{Answer, Config, Message, Passage, Toolgate};

use crate::args::Chat;
use crate::failure::Failure;
use crate::say::say;
use crate::style::{BAD, FAINT, GOOD, plain};
use approval::Terminal;

pub(crate) async fn run(config: Config, arguments: Chat) -> Result<(), Failure> {
    let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
    let toolgate = toolgate.with_approval(Arc::new(Terminal::default()));
    let model = toolgate.model(arguments.model.as_deref()).map_err(Failure::setup)?;
    let mut messages: Vec<Message> = arguments.system.map(Message::system).into_iter().collect();
    messages.push(Message::user(arguments.question));
    let answer = toolgate.chat(&model, messages).await;
    let (passages, result) = match answer {
        Ok(answer) if arguments.json => {
            say!("{}", report(&answer));
            return Ok(());
        }
        Ok(answer) => (answer.passages, Ok(answer.text)),
        Err(error) => (error.passages, Err(Failure::of_chat(error.failure))),
    };
    for passage in &passages {
        anstream::eprintln!("{}", line(passage));
    }
    say!("{}", plain(&result?));
    Ok(())
}

/// One line about a tool call, for a person.
fn line(passage: &Passage) -> String {
    let call = plain(&format!("{} {}", passage.call.name, passage.call.raw_arguments));
    match (&passage.decision.denial, &passage.failure) {
        (Some(denial), _) => {
            let remedy = passage.decision.remedy();
            let remedy = remedy.map_or_else(String::new, |remedy| format!("\n  {FAINT}{remedy}{FAINT:#}"));
            format!("{BAD}✗{BAD:#} {call}\n  {denial}{remedy}")
        }
        (None, Some(failure)) => format!("{BAD}!{BAD:#} {call}\n  {failure}"),
        (None, None) => {
            let milliseconds = passage.duration.as_secs_f64() * 1000.0;
            let rule = &passage.decision.rule;
            format!("{GOOD}✓{GOOD:#} {call}  {FAINT}rule {rule} · {milliseconds:.1} ms{FAINT:#}")
        }
    }
}

fn report(answer: &Answer) -> Value {
    let passages: Vec<Value> = answer
        .passages
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
        .collect();
    json!({"answer": answer.text, "tool_calls": passages, "rounds": answer.rounds, "usage": answer.usage})
}
