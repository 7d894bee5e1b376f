//! A conversation on a terminal while it happens: the text as it is written, each tool call with its decision, and what
//! is waited for when that takes longer than a second.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, interval_at};
use toolgate::{Answer, ChatError, Conversation, Decision, Event, ProviderError, ToolCall, ToolProgress};

use super::markdown::Markdown;
use super::{calls, finish};
use crate::say::{self, tell};
use crate::style::{FAINT, plain};
use crate::wait::{pass, passing};

/// How long nothing is said about waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// The terminal during one turn.
pub(super) struct Screen {
    markdown: Markdown,
    /// Whether the cursor stands behind text.
    in_line: bool,
    /// Whether a person sees what is waited for, and whether the last line tells it.
    watched: bool,
    waiting: bool,
    awaited: String,
    /// Whether something of this round's answer was shown.
    answering: bool,
    calls: BTreeMap<usize, (ToolCall, Option<Decision>)>,
    /// Set while a person is asked something, when nothing else may be written: what a tool says could pass for the question.
    asking: Arc<AtomicBool>,
    /// What happened meanwhile.
    held: Vec<Event>,
}

impl Screen {
    pub(super) fn new(asking: Arc<AtomicBool>) -> Self {
        let styled = anstream::stdout().current_choice() != anstream::ColorChoice::Never;
        Self {
            markdown: Markdown::new(styled),
            in_line: false,
            watched: std::io::stderr().is_terminal(),
            waiting: false,
            // Before the model is asked, the tools are.
            awaited: "tools".to_owned(),
            answering: false,
            calls: BTreeMap::new(),
            asking,
            held: Vec::new(),
        }
    }

    /// Shows `conversation` until it ends, or until `interrupted` is ready, when it is given up. `None` only if it had
    /// ended before.
    pub(super) async fn follow(
        mut self,
        mut conversation: Conversation,
        interrupted: impl Future<Output = ()>,
    ) -> Option<Result<Answer, ChatError>> {
        let started = Instant::now();
        let mut ticks = interval_at(started + PATIENCE, PATIENCE);
        let mut interrupted = std::pin::pin!(interrupted);
        let mut given_up = false;
        loop {
            tokio::select! {
                event = conversation.next() => match event? {
                    Ok(Event::Done(answer)) => {
                        self.end();
                        if let Some(line) = finish::line(&answer.finish, &answer.finish_message) {
                            self.line(&line);
                        }
                        return Some(Ok(*answer));
                    }
                    Ok(event) if self.asking.load(Ordering::Relaxed) => self.hold(event),
                    Ok(event) => {
                        self.let_go();
                        self.show(event);
                    }
                    Err(error) => {
                        self.end();
                        return Some(Err(error));
                    }
                },
                _ = ticks.tick() => self.wait(started.elapsed()),
                () = &mut interrupted, if !given_up => {
                    given_up = true;
                    conversation.cancel();
                }
            }
            // Nobody can be told how it goes on.
            if say::is_unwritten() && !given_up {
                given_up = true;
                conversation.cancel();
            }
        }
    }

    fn show(&mut self, event: Event) {
        match event {
            Event::Model { id, .. } => {
                self.awaited = plain(&id);
                self.answering = false;
            }
            Event::Failover { from, to, error } => self.fail_over(&from, &to, &error),
            Event::Waiting { id, .. } => self.awaited = format!("{} is busy", plain(&id)),
            Event::Reasoning { .. } => "thinking".clone_into(&mut self.awaited),
            Event::Text { delta } => self.text(&delta),
            Event::ToolRequested { number, call } => {
                self.awaited = plain(&call.name);
                self.calls.insert(number, (call, None));
            }
            Event::Decision { number, decision } => {
                if let Some((_, decided)) = self.calls.get_mut(&number) {
                    *decided = Some(decision);
                }
            }
            Event::ToolProgress { number, progress } => self.progress(number, &progress),
            Event::ToolResult { number, result, duration } => {
                let Some((call, Some(decision))) = self.calls.remove(&number) else { return };
                let error = result.is_error.then(|| result.to_text(&call.name));
                self.line(&calls::ended(&call, &decision, error.as_deref(), duration));
            }
            _ => {}
        }
    }

    /// How far a call has come, where the waiting is told.
    fn progress(&mut self, number: usize, progress: &ToolProgress) {
        let Some((call, _)) = self.calls.get(&number) else { return };
        let of = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
        let message = progress.message.as_deref().unwrap_or_default();
        self.awaited =
            plain(&format!("{} {}{of} {message}", call.name, progress.progress)).trim_end().to_owned();
    }

    /// Another model answers: what the first one wrote is void.
    fn fail_over(&mut self, from: &str, to: &str, error: &ProviderError) {
        self.end();
        let void = if std::mem::take(&mut self.answering) { ", what it wrote is void" } else { "" };
        let failed = format!("{from}: {error}{void}; asking {to}");
        self.line(&format!("{FAINT}{}{FAINT:#}", plain(&failed)));
    }

    fn text(&mut self, delta: &str) {
        self.answering = true;
        let text = self.markdown.push(&plain(delta));
        if let Some(last) = text.chars().last() {
            self.clear();
            say::text(text.as_bytes());
            self.in_line = last != '\n';
        }
    }

    /// A line of its own, beside the answer.
    fn line(&mut self, line: &str) {
        self.break_line();
        tell!("{line}");
    }

    /// Holds `event` back. How far a call has come is soon told anew, and a server could tell it without end.
    fn hold(&mut self, event: Event) {
        if !matches!(event, Event::ToolProgress { .. }) {
            self.held.push(event);
        }
    }

    /// Shows what was held back.
    fn let_go(&mut self) {
        std::mem::take(&mut self.held).into_iter().for_each(|event| self.show(event));
    }

    fn end(&mut self) {
        self.let_go();
        let rest = self.markdown.end();
        say::text(rest.as_bytes());
        self.in_line |= !rest.is_empty();
        self.break_line();
    }

    fn break_line(&mut self) {
        self.clear();
        if std::mem::take(&mut self.in_line) {
            say::text(b"\n");
        }
    }

    /// Says what is waited for, where that disturbs nothing.
    fn wait(&mut self, since: Duration) {
        if self.asking.load(Ordering::Relaxed) {
            return;
        }
        self.let_go();
        if !self.watched || self.in_line || self.awaited.is_empty() {
            return;
        }
        self.clear();
        passing(&format!("… {} {} s", self.awaited, since.as_secs()));
        self.waiting = true;
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.waiting) {
            pass();
        }
    }
}
