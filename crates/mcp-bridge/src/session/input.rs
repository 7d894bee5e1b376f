//! Calls of several rounds: the server asks for input, the call is made again with it (MCP 2026-07-28,
//! basic/patterns/mrtr).
//!
//! Input and state belong to the one call that they were given for, and live no longer than it does.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::client_role::ClientRole;
use crate::failure::Failure;
use crate::text::escaped;

/// The most rounds of one call.
pub(super) const MAX_ROUNDS: u32 = 10;
/// The most questions of one round.
const MAX_QUESTIONS: usize = 16;
/// How long a round waits that brings the state alone: the server asks to come again later.
const COME_AGAIN: Duration = Duration::from_millis(100);

/// A result that is not one yet.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    result_type: Option<String>,
    #[serde(default)]
    input_requests: BTreeMap<String, Question>,
    request_state: Option<String>,
}

#[derive(Deserialize)]
struct Question {
    method: String,
    #[serde(default)]
    params: Value,
}

/// What a call carries besides its arguments.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) responses: Option<BTreeMap<String, Value>>,
    /// As the server gave it; never looked into.
    pub(super) state: Option<String>,
}

impl Round {
    /// The round after the result `text` of the `number`th, or `None` when the result is complete.
    pub(super) async fn after(text: &str, number: u32, role: &ClientRole) -> Result<Option<Self>, Failure> {
        // A result that is not of this form is judged where results are read.
        let Ok(body) = serde_json::from_str::<Body>(text) else { return Ok(None) };
        if body.result_type.as_deref() != Some("input_required") {
            return Ok(None);
        }
        let state = body.request_state;
        if body.input_requests.is_empty() {
            if state.is_none() {
                return Err(Failure::Protocol("the tool asks for input and does not say which".to_owned()));
            }
            tokio::time::sleep(COME_AGAIN * 2_u32.saturating_pow(number)).await;
            return Ok(Some(Self { responses: None, state }));
        }
        if body.input_requests.len() > MAX_QUESTIONS {
            return Err(Failure::TooLarge {
                what: "a demand for input",
                limit: format!("{MAX_QUESTIONS} questions"),
            });
        }
        let mut responses = BTreeMap::new();
        // One after the other: there is one person.
        for (key, question) in body.input_requests {
            let answer = match question.method.as_str() {
                "elicitation/create" => role.elicit(&question.params).await,
                _ => None,
            };
            let answer = answer.ok_or_else(|| {
                let method = escaped(&question.method);
                Failure::Protocol(format!("the tool asks for {method:?}, which this client does not offer"))
            })?;
            responses.insert(key, answer);
        }
        Ok(Some(Self { responses: Some(responses), state }))
    }
}
