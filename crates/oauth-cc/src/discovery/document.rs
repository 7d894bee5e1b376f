//! Reading members of a metadata document.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use toolgate_http_client::redacted_url;

use crate::error::foreign;
use crate::{TokenError, json};

/// A metadata document and where it is from.
pub(crate) struct Document<'a> {
    pub(crate) url: &'a str,
    members: Map<String, Value>,
}

impl<'a> Document<'a> {
    /// Reads a response of status 200.
    pub(crate) fn read(
        url: &'a str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, TokenError> {
        let malformed = |reason: String| TokenError::Malformed { url: redacted_url(url), reason };
        if status != StatusCode::OK {
            return Err(malformed(format!("expected status 200, got {status}")));
        }
        if !json::is_json(headers) {
            return Err(malformed(format!("expected application/json, got {}", json::content_type(headers))));
        }
        let members = json::object(body).map_err(malformed)?;
        Ok(Self { url, members })
    }

    /// The member. `null`, which many servers write for what they have not, is as nothing.
    pub(crate) fn get(&self, member: &str) -> Option<&Value> {
        self.members.get(member).filter(|value| !value.is_null())
    }

    /// The member, which should be a URL, as text for an error message.
    pub(crate) fn shown(&self, member: &str) -> String {
        match self.get(member) {
            None => "none".to_owned(),
            Some(Value::String(text)) => redacted_url(text),
            Some(other) => foreign(&other.to_string()),
        }
    }

    /// A member that is an array of strings; `None` when it is absent.
    pub(crate) fn strings(&self, member: &str) -> Result<Option<Vec<String>>, TokenError> {
        let Some(value) = self.get(member) else { return Ok(None) };
        let items =
            value.as_array().map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        match items {
            Some(Some(strings)) => Ok(Some(strings)),
            _ => Err(TokenError::Malformed {
                url: redacted_url(self.url),
                reason: format!("expected {member} to be an array of strings"),
            }),
        }
    }
}
