//! A person at the terminal says yes or no to a call. Without a terminal nobody does.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::sync::{Mutex, oneshot};
use toolgate::{ApprovalRequest, Approve};

use crate::style::{STRONG, in_row, plain};

/// The terminal, for one question at a time.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    turn: Mutex<()>,
    asking: Arc<AtomicBool>,
}

impl Terminal {
    /// Set while a person is asked.
    pub(super) fn asking(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asking)
    }
}

#[async_trait]
impl Approve for Terminal {
    async fn approve(&self, request: ApprovalRequest<'_>) -> bool {
        if !stdin().is_terminal() || !stderr().is_terminal() {
            return false;
        }
        let _turn = self.turn.lock().await;
        // What was told before the question is shown first: a conversation goes on when all of it was read.
        tokio::task::yield_now().await;
        self.asking.store(true, Ordering::Relaxed);
        forget_typed_ahead();
        // What is waited for may stand in the line.
        let _ = write!(anstream::stderr(), "\r\x1b[2K{}\nMake this call? [y/N] ", question(&request));
        let said = line().await.is_some_and(|line| is_yes(&line));
        self.asking.store(false, Ordering::Relaxed);
        said
    }
}

/// The question, in one block: a model's line feeds cannot write lines of their own.
pub(super) fn question(request: &ApprovalRequest<'_>) -> String {
    let arguments = in_row(request.arguments.as_str());
    let (tool, server, rule) = (plain(request.tool), plain(request.server), plain(request.rule));
    format!("{STRONG}{tool}{STRONG:#} of {server} with {arguments}\nRule {rule} asks for your word.")
}

/// Drops what was typed before a question shows: nobody meant it as the answer.
pub(super) fn forget_typed_ahead() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(rustix::stdio::stdin(), rustix::termios::QueueSelector::IFlush);
}

pub(super) fn is_yes(line: &str) -> bool {
    matches!(line.trim(), "y" | "Y" | "yes" | "Yes")
}

/// One line, read by a thread that nobody waits for at the end: a runtime would wait for its own.
async fn line() -> Option<String> {
    let (done, read) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if stdin().read_line(&mut line).is_ok() {
            // The conversation may have ended meanwhile.
            let _ = done.send(line);
        }
    });
    read.await.ok()
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_clear_yes_is_one() {
        assert!(is_yes("y\n") && is_yes("yes\r\n"));
        for no in ["", "\n", "n\n", "yy\n", "yes please\n", "no\n"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
