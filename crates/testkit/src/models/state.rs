//! What tests see and steer of running models: counts, the last requests, planned failures.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use serde_json::Value;

use super::canonical::{Conversation, Refusal, Reply};
use super::google_account::ServiceAccount;
use super::ids::Ids;
use super::rsa_key::RsaKey;
use super::script::{Answer, Fault, Script};

/// Requests remembered per dialect; older ones are forgotten.
const REMEMBERED: usize = 64;

/// The APIs that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI chat completions.
    OpenAi,
    /// Anthropic messages.
    Anthropic,
    /// Gemini `generateContent`.
    Gemini,
    /// OpenAI responses.
    Responses,
    /// Cohere chat (v2).
    Cohere,
    /// Ollama chat.
    Ollama,
    /// Bedrock Converse.
    Bedrock,
    /// Mistral chat completions.
    Mistral,
    /// Anthropic messages on Vertex AI.
    Vertex,
    /// Chat completions behind a SageMaker endpoint.
    SageMaker,
    /// Snowflake's chat completions.
    Snowflake,
    /// watsonx's chat completions.
    Watsonx,
}

/// How many there are.
const DIALECTS: usize = Dialect::Watsonx as usize + 1;

/// The key that each API demands.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `Authorization: Bearer`.
    pub openai: String,
    /// `x-api-key`, or `Authorization: Bearer`.
    pub anthropic: String,
    /// `x-goog-api-key`.
    pub gemini: String,
    /// `Authorization: Bearer`.
    pub cohere: String,
    /// `Authorization: Bearer`.
    pub mistral: String,
    /// `Authorization: Bearer`.
    pub bedrock: String,
    /// A signature, in place of Bedrock's key, and for SageMaker.
    pub aws: AwsKeys,
    /// What IBM's IAM gives tokens for.
    pub watsonx: String,
}

/// What requests to AWS are signed with.
#[derive(Clone, Debug)]
pub struct AwsKeys {
    /// Names the key.
    pub key_id: String,
    /// The key.
    pub secret: String,
    /// `x-amz-security-token`, of keys that are lent for a while.
    pub session_token: Option<String>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            openai: "sk-openai-rig".to_owned(),
            anthropic: "sk-ant-rig".to_owned(),
            gemini: "gemini-key".to_owned(),
            cohere: "cohere-rig".to_owned(),
            mistral: "mistral-rig".to_owned(),
            bedrock: "bedrock-rig".to_owned(),
            aws: AwsKeys {
                key_id: "AKIARIG".to_owned(),
                secret: "aws-secret-rig".to_owned(),
                session_token: None,
            },
            watsonx: "watsonx-rig".to_owned(),
        }
    }
}

/// A handle on running models; clones share one state.
#[derive(Clone, Debug)]
pub struct ModelControls {
    script: Arc<Script>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) google: Arc<OnceLock<ServiceAccount>>,
    pub(crate) snowflake: Arc<OnceLock<RsaKey>>,
    pub(crate) ibm_tokens: Arc<Mutex<Vec<String>>>,
    state: Arc<Mutex<[Seen; DIALECTS]>>,
}

#[derive(Debug, Default)]
struct Seen {
    requests: usize,
    bodies: VecDeque<Value>,
    failures: VecDeque<u16>,
    delay: Duration,
}

impl ModelControls {
    /// Models that play `script` to whoever has a key.
    pub fn new(script: Script, keys: Keys) -> Self {
        let (script, keys) = (Arc::new(script), Arc::new(keys));
        Self {
            script,
            keys,
            ids: Arc::default(),
            google: Arc::default(),
            snowflake: Arc::default(),
            ibm_tokens: Arc::default(),
            state: Arc::default(),
        }
    }

    /// Requests for a completion so far, refused ones included.
    pub fn requests(&self, dialect: Dialect) -> usize {
        self.seen()[dialect as usize].requests
    }

    /// The bodies of the last requests, oldest first, at most 64; `null` stands for one that was no JSON.
    pub fn bodies(&self, dialect: Dialect) -> Vec<Value> {
        self.seen()[dialect as usize].bodies.iter().cloned().collect()
    }

    /// Answers the next `count` requests with `status` and that API's error body, before any other check.
    pub fn fail_next(&self, dialect: Dialect, count: usize, status: u16) {
        self.seen()[dialect as usize].failures.extend(std::iter::repeat_n(status, count));
    }

    /// Waits this long before every response of `dialect`.
    pub fn delay(&self, dialect: Dialect, delay: Duration) {
        self.seen()[dialect as usize].delay = delay;
    }

    /// The key file of a service account that may ask for Vertex AI's models, at its token endpoint `token_uri`
    /// (`GOOGLE_APPLICATION_CREDENTIALS`). The first call decides.
    pub fn google_credentials(&self, token_uri: &str) -> String {
        self.google.get_or_init(|| ServiceAccount::generate(token_uri.to_owned())).file()
    }

    /// How many access tokens Google's token endpoint has given.
    pub fn google_tokens(&self) -> usize {
        self.google.get().map_or(0, ServiceAccount::tokens)
    }

    /// The private half of the key pair of `RIG_USER` in the account `rigorg-rig`, who may ask Snowflake's models.
    pub fn snowflake_key(&self) -> String {
        self.snowflake.get_or_init(RsaKey::generate).private.clone()
    }

    /// The access tokens that IBM's IAM has given.
    pub fn ibm_tokens(&self) -> Vec<String> {
        self.ibm_tokens.lock().expect("no panic while the tokens are held").clone()
    }

    /// Notes a request, waits out the delay, and gives the status to fail with, if any.
    pub(crate) async fn arrive(&self, dialect: Dialect, body: &[u8]) -> Option<u16> {
        let (delay, failure) = {
            let seen = &mut self.seen()[dialect as usize];
            seen.requests += 1;
            seen.bodies.push_back(serde_json::from_slice(body).unwrap_or(Value::Null));
            if seen.bodies.len() > REMEMBERED {
                seen.bodies.pop_front();
            }
            (seen.delay, seen.failures.pop_front())
        };
        pause(delay).await;
        failure
    }

    /// The script's reply, or its fault, in the words of `failure` if it has none of its own.
    pub(crate) async fn play(
        &self,
        conversation: &Conversation,
        failure: fn(u16) -> Refusal,
    ) -> Result<Reply, Refusal> {
        let (answer, delay) = self.script.answer(conversation);
        pause(delay).await;
        match answer {
            Answer::Reply(reply) => Ok(reply),
            Answer::Fault(Fault { status, body: Some(body) }) => Err(Refusal { status, body }),
            Answer::Fault(Fault { status, body: None }) => Err(failure(status)),
        }
    }

    fn seen(&self) -> MutexGuard<'_, [Seen; DIALECTS]> {
        self.state.lock().expect("no panic while the state is held")
    }
}

async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
