//! Answers requests from a recording.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use toolgate_http_client::{Body, HttpClient, HttpError, Origin, Request, Response};
use toolgate_oauth_cc::SigningKey;

use super::entry::{Answer, Content, Exchange, FORMAT, Head, Token};
use super::recorder::asked;
use super::{LARGEST, RecordingError, scrub};
use crate::config::text_of;

/// What tokens say about time (RFC 7519 section 4.1).
const TIMES: [&str; 4] = ["exp", "nbf", "iat", "auth_time"];

/// An HTTP client that reaches no server: it answers each request as the recording has it, once.
///
/// Recorded tokens have no signature. This stands in for their issuer: it signs what they said anew with a key of its
/// own, moves what they said about time by what has passed, and answers with that key where the issuer's keys are asked
/// for. What it signs is worth nothing anywhere else.
///
/// ```no_run
/// # async fn example(mut config: toolgate::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use toolgate::{Replayer, Toolgate};
///
/// config.prepare_for_replay("run.jsonl".as_ref())?;
/// let replayer = Replayer::read("run.jsonl")?;
/// let toolgate = Toolgate::open_with(config, Arc::new(replayer.clone()))?;
/// let answer = toolgate.chat(&toolgate.models()?, "Is customer JOHNDOE123 active?").await?; // of the recording
/// assert_eq!(replayer.differences(), (0, 0));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Replayer {
    state: Arc<Mutex<State>>,
}

struct State {
    exchanges: Vec<(Exchange, Use)>,
    /// The first request that nothing was left for.
    missing: Option<String>,
}

/// Whether an exchange was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Waiting,
    /// For the request that was recorded.
    Same,
    /// For another one to the same URL.
    Other,
}

impl Replayer {
    /// Reads a recording of at most 256 MiB.
    ///
    /// # Errors
    /// [`RecordingError`] names the file, and the line that cannot be used.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let file = file.as_ref();
        let text = text_of(file, LARGEST)
            .map_err(|source| RecordingError::File { path: file.to_owned(), source })?;
        let malformed = |line: usize| {
            move |error: serde_json::Error| RecordingError::Malformed { line, reason: error.to_string() }
        };
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default()).map_err(malformed(1))?;
        if head.format != FORMAT {
            let reason = format!("expected the format {FORMAT}, found {:?}", head.format);
            return Err(RecordingError::Malformed { line: 1, reason });
        }
        let exchanges: Result<Vec<Exchange>, _> = lines
            .enumerate()
            .map(|(index, line)| serde_json::from_str(line).map_err(malformed(index + 2)))
            .collect();
        let mut exchanges = exchanges?;
        let issuer = Issuer::new(&head)?;
        for exchange in &mut exchanges {
            // As the requests will be compared, whoever wrote the file.
            exchange.url = scrub::address(&exchange.url);
            issuer.sign(&mut exchange.answer);
        }
        let exchanges = exchanges.into_iter().map(|exchange| (exchange, Use::Waiting)).collect();
        Ok(Self { state: Arc::new(Mutex::new(State { exchanges, missing: None })) })
    }

    /// How many requests were others than those recorded at their URL, and how many recorded ones were not made. What
    /// is only read does not count.
    #[must_use]
    pub fn differences(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |wanted| {
            let asks = |entry: &&(Exchange, Use)| entry.1 == wanted && entry.0.method != "GET";
            state.exchanges.iter().filter(asks).count()
        };
        (count(Use::Other), count(Use::Waiting))
    }

    /// What to tell of the first request that the recording had no answer for: the run went on without one, and shows
    /// nothing about a run with servers.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).missing.clone()
    }

    /// The answer to this request: that of the same one, else of the next to the same URL; what was read may be read
    /// again.
    fn answer(&self, request: &Request, origin: &Origin) -> Result<Answer, String> {
        let wanted = asked(request);
        let State { exchanges: state, missing } =
            &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let same_url = |exchange: &Exchange| exchange.method == wanted.method && exchange.url == wanted.url;
        let waiting = |(exchange, used): &&mut (Exchange, Use)| *used == Use::Waiting && same_url(exchange);
        let exact = state.iter_mut().find(|entry| waiting(entry) && entry.0.asked == wanted.asked);
        if let Some((exchange, used)) = exact {
            *used = Use::Same;
            return Ok(exchange.answer.clone());
        }
        if let Some((exchange, used)) = state.iter_mut().find(waiting) {
            *used = Use::Other;
            return Ok(exchange.answer.clone());
        }
        let streams = request
            .headers()
            .get("accept")
            .is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"));
        let read_again = request.method() == http::Method::GET && !streams;
        let mut again = state.iter().rev().filter(|(exchange, _)| read_again && same_url(exchange));
        if let Some((exchange, _)) = again.next() {
            return Ok(exchange.answer.clone());
        }
        let reason = format!(
            "the recording has no answer left for {} {origin}{}; record the run anew",
            wanted.method,
            request.uri().path()
        );
        // A server that has nothing to tell by itself is not missed.
        if !streams {
            missing.get_or_insert_with(|| reason.clone());
        }
        Err(reason)
    }
}

#[async_trait]
impl HttpClient for Replayer {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let origin = Origin::of(request.uri())?;
        match self.answer(&request, &origin) {
            Ok(Answer::Response { status, headers, body }) => {
                let mut response = Response::new(Body::from(Bytes::from(body.into_bytes())));
                *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                for (name, value) in &headers {
                    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
                    {
                        response.headers_mut().insert(name, value);
                    }
                }
                Ok(response)
            }
            Ok(Answer::Failure { not_sent: true, reason }) => Err(HttpError::Connect { origin, reason }),
            Ok(Answer::Failure { reason, .. }) => Err(HttpError::Exchange { origin, reason }),
            Err(reason) => Err(HttpError::Connect { origin, reason }),
        }
    }
}

impl std::fmt::Debug for Replayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replayer")
    }
}

/// Stands in for the issuer of the recorded tokens.
struct Issuer {
    /// The tokens, by what stands for them.
    tokens: BTreeMap<String, String>,
    /// Its keys, under the names that the issuer's had.
    keys: String,
}

impl Issuer {
    fn new(head: &Head) -> Result<Self, RecordingError> {
        let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let passed = now.saturating_sub(head.recorded_at);
        let mut issuer = Self { tokens: BTreeMap::new(), keys: String::new() };
        let mut keys = BTreeMap::new();
        for token in &head.tokens {
            let id = token.header.get("kid").and_then(Value::as_str).unwrap_or_default().to_owned();
            let key = match keys.entry(id) {
                std::collections::btree_map::Entry::Occupied(key) => key.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    let key = SigningKey::generate()?.with_key_id(place.key());
                    place.insert(key)
                }
            };
            issuer.tokens.insert(token.name.clone(), signed(key, token, passed)?);
        }
        let keys = keys.iter().map(|(id, key)| {
            let mut jwk = key.public_key();
            if let Some(members) = jwk.as_object_mut() {
                let said = [("kid", id.as_str()), ("alg", "ES256"), ("use", "sig")];
                members.extend(said.map(|(name, value)| (name.to_owned(), value.into())));
            }
            jwk
        });
        issuer.keys = json!({ "keys": keys.collect::<Vec<_>>() }).to_string();
        Ok(issuer)
    }

    /// Puts tokens and keys where the recording has names for them.
    fn sign(&self, answer: &mut Answer) {
        let Answer::Response { body: Content::Text(body), .. } = answer else { return };
        let is_key_set = serde_json::from_str::<Value>(body).is_ok_and(|body| {
            body.get("keys").is_some_and(|keys| keys.is_array() && body.get("access_token").is_none())
        });
        if is_key_set {
            body.clone_from(&self.keys);
            return;
        }
        for (name, token) in &self.tokens {
            if body.contains(&format!("\"{name}\"")) {
                *body = body.replace(&format!("\"{name}\""), &format!("\"{}\"", token));
            }
        }
    }
}

fn signed(key: &SigningKey, token: &Token, passed: u64) -> Result<String, RecordingError> {
    let mut header = token.header.clone();
    header.remove("alg");
    header.remove("kid");
    let mut claims = token.claims.clone();
    for name in TIMES {
        if let Some(time) = claims.get_mut(name)
            && let Some(seconds) = time.as_u64()
        {
            *time = seconds.saturating_add(passed).into();
        }
    }
    Ok(key.jwt(header, &Value::Object(claims))?)
}
