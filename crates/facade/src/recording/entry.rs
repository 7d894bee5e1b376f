//! What a recording holds, and how it is written down: a line of JSON for the recording, then one for each exchange.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The version of the format.
pub(super) const FORMAT: &str = "toolgate-recording/1";

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) format: String,
    /// In seconds since 1970: what tokens say about time is moved by what has passed since.
    pub(super) recorded_at: u64,
    /// The access tokens, without their signatures.
    pub(super) tokens: Vec<Token>,
}

/// A token that was issued. In bodies its name stands for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    pub(super) name: String,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

/// A request and what came of it. No header of the request and nothing of its body is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// Without the values of its query.
    pub(super) url: String,
    /// SHA-256 of what the body asks, to tell requests to one URL apart.
    pub(super) asked: String,
    pub(super) answer: Answer,
}

/// What came of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Response {
        status: u16,
        headers: BTreeMap<String, String>,
        body: Content,
    },
    /// No response.
    Failure {
        /// Whether the request surely did nothing.
        not_sent: bool,
        reason: String,
    },
}

/// A body: text as it reads, and what is none, such as AWS's event streams, in base64.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Bytes {
        #[serde(serialize_with = "in_base64", deserialize_with = "of_base64")]
        base64: Vec<u8>,
    },
}

impl Content {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes { base64 } => base64,
        }
    }
}

fn in_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn of_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// The headers of responses that anybody here reads. All others are left out: cookies, traces, what a proxy added.
pub(super) const HEADERS: [&str; 5] =
    ["content-type", "mcp-session-id", "mcp-protocol-version", "retry-after", "www-authenticate"];
