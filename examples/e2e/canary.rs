//! The secrets of the whole run, searched for in everything that it shows: every log line of every crate at every level,
//! every answer, every error, every `Debug`, every audit record.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use toolgate_examples::rig::{FULL, LIMITED};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::check::{Outcome, equal, holds};

/// What may stand nowhere.
const SECRETS: [&str; 15] = [
    FULL.secret,
    LIMITED.secret,
    crate::denials::WRONG_SECRET,
    // How the credentials of either client begin in `Authorization: Basic`.
    "b3BlbmFpLW1jcC1jbGllbnQ6",
    "cmVhZC1vbmx5LWNsaWVu",
    "sk-openai-rig",
    "sk-ant-rig",
    "gemini-key",
    "cohere-rig",
    "mistral-rig",
    "bedrock-rig",
    // How Google's access tokens begin.
    "ya29.",
    // How every JWT begins, by the first member of its header: `alg`, `kid` or `typ`.
    "eyJhbGciOi",
    "eyJraWQiOi",
    "eyJ0eXAiOi",
];

/// Who has to be heard, or the search proves nothing.
const SPEAKERS: [&str; 6] = ["toolgate", "http_request{", "hyper_util::", "h2::", "rustls::", "rmcp::"];

/// What has been searched so far.
#[derive(Default)]
struct Seen {
    heard: [bool; SPEAKERS.len()],
    records: usize,
    leaks: Vec<String>,
}

static SEEN: Mutex<Option<Seen>> = Mutex::new(None);

fn with_seen<T>(work: impl FnOnce(&mut Seen) -> T) -> T {
    work(SEEN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

impl Seen {
    fn search(&mut self, text: &str) {
        for line in text.lines() {
            if SECRETS.iter().any(|secret| line.contains(secret)) {
                self.leaks.push(line.chars().take(500).collect());
            }
        }
    }
}

/// A writer that keeps nothing.
struct Search;

impl Write for Search {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        with_seen(|seen| {
            for (speaker, heard) in SPEAKERS.iter().zip(&mut seen.heard) {
                *heard |= text.contains(speaker);
            }
            seen.search(&text);
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From here on, searches what any crate logs, through `tracing` or `log`.
pub(crate) fn listen() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(|| Search)
        .init();
}

/// Searches what a person may be shown.
pub(crate) fn show(text: impl std::fmt::Debug) {
    with_seen(|seen| seen.search(&format!("{text:?}")));
}

/// Searches what was recorded.
pub(crate) fn record(text: &str) {
    with_seen(|seen| {
        seen.records += text.lines().count();
        seen.search(text);
    });
}

/// Holds when no secret was found until now.
pub(crate) fn nothing_found() -> Outcome {
    with_seen(|seen| equal("secrets shown", &seen.leaks, &Vec::new()))
}

/// Holds when no secret was found in the whole run, and there was everything to find it in.
pub(crate) async fn silent() -> Outcome {
    nothing_found()?;
    with_seen(|seen| {
        equal("heard at TRACE", SPEAKERS.iter().zip(seen.heard).find(|(_, heard)| !heard), None)?;
        holds(format_args!("{} audit records", seen.records), seen.records > 30)
    })?;
    // The search itself, last of all.
    tracing::trace!(secret = FULL.secret, "planted");
    with_seen(|seen| equal("planted secrets found", seen.leaks.len(), 1))
}
