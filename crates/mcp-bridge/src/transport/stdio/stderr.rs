//! What a server writes to its standard error: logged at `debug`, and the last lines kept for whoever asks why it ended.
//!
//! It is read to its end whatever it holds: a process that nobody reads blocks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStderr;
use tokio::task::JoinSet;

use crate::redaction::Redaction;
use crate::text::escaped;

use super::StdioCommand;

/// As much of one line as is looked at, in bytes. Much more than is shown, so that no secret is cut in the shown part.
const MAX_LINE: usize = 4 << 10;
/// The most lines of one process that are logged.
const MAX_LOGGED: usize = 1_000;
/// How many lines are kept.
const KEPT: usize = 3;
/// How long the end is waited for when the process has ended: a process of its own may hold it open.
const SETTLING: Duration = Duration::from_millis(200);

/// The standard error of one process, read for as long as this lives.
#[derive(Debug)]
pub(super) struct Stderr {
    last: Arc<Mutex<VecDeque<String>>>,
    reading: JoinSet<()>,
}

impl Stderr {
    pub(super) fn read(stderr: ChildStderr, source: Source) -> Self {
        let last: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let mut reading = JoinSet::new();
        reading.spawn(drain(stderr, source, last.clone()));
        Self { last, reading }
    }

    /// The last lines, once all has been read.
    pub(super) async fn last_lines(&mut self) -> String {
        // Late lines are worth a short wait, and no more.
        let _late = tokio::time::timeout(SETTLING, self.reading.join_next()).await;
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
    }
}

/// Whose lines they are, and what may not be seen of them.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) server: Arc<str>,
    pub(super) command: Arc<StdioCommand>,
    pub(super) redaction: Redaction,
}

impl Source {
    /// The line as it may be shown.
    fn shown(&self, line: &[u8]) -> String {
        let text = String::from_utf8_lossy(line);
        let mut clean = self.redaction.text(text.trim_end()).into_owned();
        for secret in self.command.secrets() {
            clean = clean.replace(secret, "[redacted]");
        }
        escaped(&clean)
    }
}

async fn drain(stderr: ChildStderr, source: Source, last: Arc<Mutex<VecDeque<String>>>) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut logged = 0;
    let mut note = |line: &mut Vec<u8>| {
        let shown = source.shown(line);
        line.clear();
        if shown.is_empty() {
            return;
        }
        if logged < MAX_LOGGED {
            tracing::debug!(server = &*source.server, line = %shown, "an MCP server wrote to its standard error");
        }
        logged += 1;
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        last.push_back(shown);
        if last.len() > KEPT {
            last.pop_front();
        }
    };
    while let Ok(chunk) = reader.fill_buf().await {
        if chunk.is_empty() {
            break;
        }
        for (index, part) in chunk.split(|byte| *byte == b'\n').enumerate() {
            if index > 0 {
                note(&mut line);
            }
            line.extend(part.iter().take(MAX_LINE - line.len()));
        }
        let used = chunk.len();
        reader.consume(used);
    }
    note(&mut line);
}
