//! Records what goes over an HTTP client.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use futures_util::StreamExt;
use toolgate_audit_log::Digest;
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};

use super::entry::{Answer, Content, Exchange, FORMAT, HEADERS, Head};
use super::scrub::{self, Secrets};
use super::{LARGEST, RecordingError};

/// An HTTP client that keeps what came over another, to be [replayed](super::Replayer) without any server.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<dyn HttpClient>,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    exchanges: Vec<Kept>,
    secrets: Secrets,
}

/// An exchange, with the body as it comes.
struct Kept {
    exchange: Exchange,
    body: Vec<u8>,
}

impl Recorder {
    /// Records what goes over `inner`.
    ///
    /// ```no_run
    /// # fn example(mut config: toolgate::Config) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    /// use toolgate::{Recorder, Toolgate};
    ///
    /// config.prepare_for_recording()?;
    /// let recorder = Recorder::new(config.http_client()?);
    /// let toolgate = Toolgate::open_with(config, Arc::new(recorder.clone()))?;
    /// // … talk …
    /// recorder.write("run.jsonl")?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(inner: Arc<dyn HttpClient>) -> Self {
        Self { inner, log: Arc::default() }
    }

    /// Writes what was recorded until now. Secrets (keys, tokens, client secrets, what stands in queries) are taken out,
    /// and the whole is searched for them before a byte is written. What people, models and tools said stays: keep the file accordingly.
    ///
    /// # Errors
    /// [`RecordingError::Secret`] when a secret is left; [`RecordingError::File`] when the file exists, cannot be written
    /// or would be larger than the 256 MiB that are read again.
    pub fn write(&self, file: impl AsRef<Path>) -> Result<(), RecordingError> {
        let file = file.as_ref();
        let text = self.text()?;
        let failed = |source| RecordingError::File { path: file.to_owned(), source };
        if text.len() as u64 > LARGEST << 20 {
            let large = format!("it would be larger than {LARGEST} MiB; record less at once");
            return Err(failed(std::io::Error::other(large)));
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut written = options.open(file).map_err(failed)?;
        std::io::Write::write_all(&mut written, text.as_bytes()).map_err(|source| {
            // A part of it is no recording, and would be in the way of the next.
            let _ = std::fs::remove_file(file);
            failed(source)
        })
    }

    fn text(&self) -> Result<String, RecordingError> {
        let mut log = self.lock();
        let Log { exchanges, secrets } = &mut *log;
        exchanges.iter().for_each(|kept| secrets.of_response(&String::from_utf8_lossy(&kept.body)));
        let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let head = Head { format: FORMAT.to_owned(), recorded_at: since, tokens: secrets.tokens.clone() };
        let mut text = line(&head)?;
        for kept in exchanges.iter() {
            let mut exchange = kept.exchange.clone();
            if let Answer::Response { body, .. } = &mut exchange.answer {
                *body = content(&kept.body, secrets)?;
            }
            text.push_str(&line(&exchange)?);
        }
        if secrets.any_in(&text) {
            return Err(RecordingError::Secret);
        }
        Ok(text)
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an exchange; its place.
    fn keep(&self, mut exchange: Exchange, answer: Answer) -> usize {
        exchange.answer = answer;
        let mut log = self.lock();
        log.exchanges.push(Kept { exchange, body: Vec::new() });
        log.exchanges.len() - 1
    }
}

/// A body without secrets. What is no text cannot lose one without being broken.
fn content(body: &[u8], secrets: &Secrets) -> Result<Content, RecordingError> {
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => Ok(Content::Text(secrets.scrubbed(text))),
        Cow::Owned(text) if secrets.any_in(&text) => Err(RecordingError::Secret),
        Cow::Owned(_) => Ok(Content::Bytes { base64: body.to_vec() }),
    }
}

fn line(value: &impl serde::Serialize) -> Result<String, RecordingError> {
    let line = serde_json::to_string(value)
        .map_err(|error| RecordingError::Malformed { line: 0, reason: error.to_string() })?;
    Ok(line + "\n")
}

/// What is kept of a request before it is answered.
pub(super) fn asked(request: &Request) -> Exchange {
    Exchange {
        method: request.method().to_string(),
        url: scrub::address(&request.uri().to_string()),
        asked: Digest::of(&scrub::question(request)).sha256,
        answer: Answer::Failure { not_sent: false, reason: "the run ended before the answer".to_owned() },
    }
}

#[async_trait]
impl HttpClient for Recorder {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.lock().secrets.of_request(&request);
        let exchange = asked(&request);
        let response = match self.inner.send(request).await {
            Ok(response) => response,
            Err(error) => {
                let answer =
                    Answer::Failure { not_sent: error.surely_did_nothing(), reason: error.to_string() };
                self.keep(exchange, answer);
                return Err(error);
            }
        };
        let (head, body) = response.into_parts();
        let shown =
            |name: &&str| Some(((*name).to_owned(), head.headers.get(*name)?.to_str().ok()?.to_owned()));
        let headers: BTreeMap<String, String> = HEADERS.iter().filter_map(shown).collect();
        let answer =
            Answer::Response { status: head.status.as_u16(), headers, body: Content::Text(String::new()) };
        let place = self.keep(exchange, answer);
        let recorder = self.clone();
        let body = body.into_stream().inspect(move |chunk| {
            if let Ok(chunk) = chunk
                && let Some(kept) = recorder.lock().exchanges.get_mut(place)
            {
                kept.body.extend_from_slice(chunk);
            }
        });
        Ok(Response::from_parts(head, Body::from_stream(body)))
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("exchanges", &self.lock().exchanges.len()).finish_non_exhaustive()
    }
}
