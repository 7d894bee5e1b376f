//! Elicitation: a server asks a person for something in the middle of a call (MCP client/elicitation, form and URL mode).
//!
//! The application answers through [`Elicit`]. What it sends back is filled up with the schema's defaults and checked
//! against it before it leaves.

mod form;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use toolgate_http_client::Origin;
use toolgate_tool_types::JsonObject;

use crate::text::escaped;

/// Answers the questions of servers. Without one, no server is told that it may ask.
///
/// ```
/// # use async_trait::async_trait;
/// use toolgate_mcp_bridge::{Elicit, Elicitation, ElicitationAnswer, ElicitationMode};
///
/// struct Terminal;
///
/// #[async_trait]
/// impl Elicit for Terminal {
///     async fn elicit(&self, asked: Elicitation) -> ElicitationAnswer {
///         // `{:?}` escapes what a terminal would obey or not show.
///         println!("{} asks: {:?}", asked.server, asked.message);
///         match asked.mode {
///             ElicitationMode::Url { url } => println!("and wants you to visit {url:?}"),
///             ElicitationMode::Form { schema } => println!("and wants {:?}", schema.as_str()),
///             _ => {}
///         }
///         ElicitationAnswer::Decline // until a person has said yes
///     }
/// }
/// ```
#[async_trait]
pub trait Elicit: Send + Sync + 'static {
    /// Asks a person, who must be told which server asks and be free to decline. A URL is shown in full and opened only
    /// with consent; it must never be fetched here.
    ///
    /// # Cancel safety
    /// The future may be dropped before it answers: when the call that the question came with is given up, or the session
    /// ends.
    async fn elicit(&self, elicitation: Elicitation) -> ElicitationAnswer;
}

/// What a server asks. All of it is the server's words: show it as such.
///
/// See the example of [`Elicit`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Elicitation {
    /// The name of the server that asks.
    pub server: Arc<str>,
    /// What it says to the person, as it came: control and invisible characters are not escaped.
    pub message: String,
    /// What it wants.
    pub mode: ElicitationMode,
}

/// What a server wants from the person.
///
/// See the example of [`Elicit`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ElicitationMode {
    /// A form to fill in. Not for secrets.
    Form {
        /// The JSON Schema of the answer: a flat object.
        schema: JsonObject,
    },
    /// A visit to an `http` or `https` URL, outside of this exchange.
    Url {
        /// The URL in full.
        url: String,
    },
}

/// What the person says.
///
/// ```
/// # use toolgate_mcp_bridge::ElicitationAnswer;
/// # use toolgate_tool_types::JsonObject;
/// /// What a person typed into the form's only field; nothing when they closed it.
/// fn answer(typed: Option<&str>) -> ElicitationAnswer {
///     let form = typed.map(|city| JsonObject::from_serialize(&serde_json::json!({ "city": city })));
///     match form {
///         Some(Ok(members)) => ElicitationAnswer::Accept(members),
///         _ => ElicitationAnswer::Cancel,
///     }
/// }
/// assert_eq!(answer(None), ElicitationAnswer::Cancel);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElicitationAnswer {
    /// Yes; for a form, with its members. What is missing gets the default that the schema names.
    Accept(JsonObject),
    /// No.
    Decline,
    /// Neither: the person went away.
    Cancel,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    mode: Option<String>,
    #[serde(default)]
    message: String,
    requested_schema: Option<JsonObject>,
    url: Option<String>,
}

/// Puts the `params` of an `elicitation/create` to the application and returns the result for the server.
///
/// A question that is malformed is cancelled, and so is an answer that does not fit the form.
pub(crate) async fn answer(elicit: &dyn Elicit, server: &Arc<str>, params: &Value) -> Value {
    let asked = serde_json::from_value(params.clone()).map_err(|error| error.to_string()).and_then(mode);
    let answered = match asked {
        Ok((message, mode)) => {
            let elicitation = Elicitation { server: server.clone(), message, mode: mode.clone() };
            result(&mode, elicit.elicit(elicitation).await)
        }
        Err(reason) => Err(reason),
    };
    answered.unwrap_or_else(|reason| {
        tracing::warn!(server = &**server, reason = escaped(&reason), "elicitation cancelled");
        json!({"action": "cancel"})
    })
}

fn mode(params: Params) -> Result<(String, ElicitationMode), String> {
    let mode = match (params.mode.as_deref(), params.requested_schema, params.url) {
        (None | Some("form"), Some(schema), _) => ElicitationMode::Form { schema },
        (Some("url"), _, Some(url)) => {
            let uri = url.parse().map_err(|_| "expected a URL".to_owned())?;
            Origin::of(&uri).map_err(|error| error.to_string())?;
            ElicitationMode::Url { url }
        }
        _ => return Err("expected a form with its schema, or a URL".to_owned()),
    };
    Ok((params.message, mode))
}

fn result(mode: &ElicitationMode, answer: ElicitationAnswer) -> Result<Value, String> {
    match (answer, mode) {
        (ElicitationAnswer::Accept(content), ElicitationMode::Form { schema }) => {
            Ok(json!({"action": "accept", "content": form::filled(schema, &content)?}))
        }
        (ElicitationAnswer::Accept(_), ElicitationMode::Url { .. }) => Ok(json!({"action": "accept"})),
        (ElicitationAnswer::Decline, _) => Ok(json!({"action": "decline"})),
        (ElicitationAnswer::Cancel, _) => Ok(json!({"action": "cancel"})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(params: Value) -> Result<ElicitationMode, String> {
        serde_json::from_value(params).map_err(|error| error.to_string()).and_then(mode).map(|read| read.1)
    }

    #[test]
    fn a_missing_mode_is_a_form_and_only_web_urls_are_urls() {
        let form = json!({"message": "m", "requestedSchema": {"type": "object"}});
        assert!(matches!(read(form), Ok(ElicitationMode::Form { .. })));
        let url = |url| read(json!({"mode": "url", "message": "m", "url": url}));
        assert!(matches!(url("https://a.example/x"), Ok(ElicitationMode::Url { .. })));
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "", "/x"] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(read(json!({"mode": "hologram", "message": "m"})).is_err());
    }
}
