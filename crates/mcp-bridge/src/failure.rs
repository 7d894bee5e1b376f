//! Why one request to one server has no answer, before it is known what the request was for.

use std::time::Duration;

use toolgate_http_client::HttpError;
use toolgate_tool_types::ToolName;

use crate::BridgeError;
use crate::redaction::Redaction;
use crate::text::escaped;

/// A failed request. [`into_error`](Failure::into_error) says what it means for the caller.
#[derive(Debug)]
pub(crate) enum Failure {
    Http(HttpError),
    Unauthorized {
        scope: Option<String>,
    },
    InsufficientScope {
        scope: Option<String>,
    },
    Forbidden,
    Status {
        status: u16,
        retry_after: Option<Duration>,
        /// The server's words, as they came.
        message: Option<String>,
    },
    /// The server has forgotten the session and did not look at the request.
    SessionExpired,
    /// The session had ended before the request was handed over.
    SessionEnded,
    Refused {
        code: i32,
        message: String,
    },
    Version {
        offered: String,
    },
    Timeout {
        method: &'static str,
        after: Duration,
    },
    TooLarge {
        what: &'static str,
        limit: String,
    },
    Protocol(String),
    /// The server's program could not be started.
    #[cfg(feature = "stdio")]
    NotStarted(String),
    /// The server's process ended before it could be asked anything.
    #[cfg(feature = "stdio")]
    Died(String),
    /// Sent, and the answer is lost.
    Lost(&'static str),
}

impl Failure {
    /// Whether the request surely did nothing and may be sent once more, on a new session.
    pub(crate) fn surely_did_nothing(&self) -> bool {
        match self {
            Self::SessionExpired | Self::SessionEnded => true,
            // A new session needs the same credential.
            Self::Http(HttpError::Credential { .. }) => false,
            Self::Http(error) => error.surely_did_nothing() && error.is_transient(),
            _ => false,
        }
    }

    /// The same in words without secrets of ours.
    pub(crate) fn redacted(mut self, redaction: &Redaction) -> Self {
        match &mut self {
            Self::Protocol(text) | Self::Refused { message: text, .. } | Self::Version { offered: text } => {
                redaction.message(text);
            }
            Self::Unauthorized { scope: Some(text) }
            | Self::InsufficientScope { scope: Some(text) }
            | Self::Status { message: Some(text), .. } => redaction.message(text),
            _ => {}
        }
        self
    }

    /// The error for the caller: of a `tools/call` when `tool` is given, else of a request that may be repeated.
    pub(crate) fn into_error(self, server: &str, tool: Option<&ToolName>) -> BridgeError {
        let unknown = |tool: &ToolName, reason| BridgeError::OutcomeUnknown { tool: tool.clone(), reason };
        let server = server.to_owned();
        match (self, tool) {
            (Self::Http(source @ HttpError::Credential { .. }), _) => {
                BridgeError::Transport { server, source }
            }
            (Self::Http(source), _) if source.surely_did_nothing() => {
                BridgeError::Unreachable { server, source }
            }
            (Self::Http(source), Some(tool)) => unknown(tool, source.to_string()),
            (Self::Http(source), None) => BridgeError::Transport { server, source },
            (Self::Status { status: status @ 500.., message, .. }, Some(tool)) => {
                let said = message.map_or_else(String::new, |message| format!(": {}", escaped(&message)));
                unknown(tool, format!("the server answered with HTTP status {status}{said}"))
            }
            (Self::Status { status, retry_after, message }, _) => {
                let message = message.map(|message| escaped(&message));
                BridgeError::Status { server, status, retry_after, message }
            }
            (Self::Lost(reason), Some(tool)) => unknown(tool, reason.to_owned()),
            (Self::Lost(reason), None) => BridgeError::Protocol { server, reason: reason.to_owned() },
            (Self::Unauthorized { scope }, _) => BridgeError::Unauthorized { server, scope },
            (Self::InsufficientScope { scope }, _) => BridgeError::InsufficientScope { server, scope },
            (Self::Forbidden, _) => BridgeError::Forbidden { server },
            (Self::SessionExpired, _) => BridgeError::Status {
                server,
                status: http::StatusCode::NOT_FOUND.as_u16(),
                retry_after: None,
                message: None,
            },
            (Self::SessionEnded, _) => BridgeError::Protocol {
                server,
                reason: "the server ended the session twice in a row".to_owned(),
            },
            (Self::Refused { code, message }, _) => BridgeError::Refused { server, code, message },
            (Self::Version { offered }, _) => BridgeError::UnsupportedVersion { server, offered },
            (Self::Timeout { method, after }, _) => BridgeError::Timeout { server, method, after },
            (Self::TooLarge { what, limit }, _) => BridgeError::TooLarge { server, what, limit },
            #[cfg(feature = "stdio")]
            (Self::NotStarted(reason) | Self::Died(reason), _) => BridgeError::Process { server, reason },
            (Self::Protocol(reason), _) => BridgeError::Protocol { server, reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use toolgate_http_client::{Origin, Phase};

    use super::*;

    fn origin() -> Origin {
        Origin::of(&http::Uri::from_static("https://mcp.example")).unwrap()
    }

    fn late(phase: Phase) -> Failure {
        Failure::Http(HttpError::Timeout { origin: origin(), phase, after: Duration::from_secs(1) })
    }

    #[test]
    fn only_what_surely_did_nothing_is_sent_again() {
        let refused = || HttpError::Connect { origin: origin(), reason: "refused".to_owned() };
        let broken = || HttpError::Exchange { origin: origin(), reason: "reset".to_owned() };
        let given_back = HttpError::Unprocessed { origin: origin(), reason: "refused stream".to_owned() };
        for failure in [
            Failure::SessionExpired,
            Failure::SessionEnded,
            Failure::Http(refused()),
            Failure::Http(given_back),
            late(Phase::Connect),
        ] {
            assert!(failure.surely_did_nothing(), "{failure:?}");
        }
        let status = Failure::Status { status: 503, retry_after: None, message: None };
        let source = Box::new(std::io::Error::other("its issuer is away"));
        let credential = HttpError::Credential { origin: origin(), transient: true, source };
        assert!(credential.is_transient());
        for failure in [
            Failure::Http(broken()),
            Failure::Http(credential),
            late(Phase::FirstByte),
            status,
            Failure::Lost("x"),
            Failure::Forbidden,
        ] {
            assert!(!failure.surely_did_nothing(), "{failure:?}");
        }
    }

    #[test]
    fn the_same_break_means_less_for_a_list_than_for_a_call() {
        let tool = ToolName::new("t").unwrap();
        assert!(matches!(late(Phase::Idle).into_error("s", None), BridgeError::Transport { .. }));
        assert!(matches!(late(Phase::Idle).into_error("s", Some(&tool)), BridgeError::OutcomeUnknown { .. }));
        assert!(matches!(late(Phase::Connect).into_error("s", Some(&tool)), BridgeError::Unreachable { .. }));
    }
}
