//! What can go wrong between a tool's name and its result, by who must act.

use std::time::Duration;

use toolgate_http_client::HttpError;
use toolgate_tool_types::ToolName;

use crate::text::escaped;

/// What a server says of a request that it did not act upon: JSON-RPC 2.0 section 5.1 without "Internal error", which is also
/// what a tool comes to that broke down halfway; MCP's `HeaderMismatch` and `URLElicitationRequiredError`.
const NOT_RUN: [i32; 6] = [-32700, -32600, -32601, -32602, -32020, -32042];

/// Why tools could not be listed, or a call has no result. A tool that ran and said no is not an error but a
/// [`ToolResult`](toolgate_tool_types::ToolResult) with `is_error`.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_mcp_bridge::BridgeError;
/// /// What is told to whoever asked for the call.
/// fn told(error: &BridgeError) -> &'static str {
///     if error.may_have_run() {
///         "it may have run: look before asking again"
///     } else if error.is_transient() {
///         "it did not run: ask again later"
///     } else {
///         "it did not run, and will not as things are"
///     }
/// }
/// let late = BridgeError::Timeout { server: "crm".into(), method: "tools/call", after: Duration::from_secs(30) };
/// assert_eq!(told(&late), "it may have run: look before asking again");
/// let unknown = BridgeError::UnknownTool { name: "get_tme".into(), known: "get_time".into() };
/// assert_eq!(told(&unknown), "it did not run, and will not as things are");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// A server's settings cannot work.
    #[error("the MCP server {server:?} is not usable as configured: {reason}")]
    Configuration {
        /// The name as given, escaped.
        server: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// No approved tool has this name.
    #[error("there is no tool {name:?}; the tools are: {known}")]
    UnknownTool {
        /// The name as given.
        name: String,
        /// The names that exist, as far as they fit.
        known: String,
    },
    /// The tool exists and is not offered until the operator approves it.
    #[error("{tool} is withheld until its operator approves it: {reason}")]
    Withheld {
        /// The tool.
        tool: ToolName,
        /// What was found in its definition.
        reason: String,
    },
    /// The arguments do not fit the tool's input schema. Nothing was sent.
    #[error("the arguments of {tool} do not fit its input schema{}: {reason}", at(pointer))]
    InvalidArguments {
        /// The tool.
        tool: ToolName,
        /// JSON pointer (RFC 6901) into the arguments; empty for the whole.
        pointer: String,
        /// What the schema wants there. The argument's value is left out.
        reason: String,
    },
    /// The server wants another token (401).
    #[error("the MCP server {server:?} wants an access token, or another than it got (401){}", wanted(.scope))]
    Unauthorized {
        /// The server's name.
        server: String,
        /// The scopes that its challenge asks for.
        scope: Option<String>,
    },
    /// The token lacks a scope (403 with `insufficient_scope`, RFC 6750 section 3.1).
    #[error("the access token lacks a scope that the MCP server {server:?} requires{}", wanted(.scope))]
    InsufficientScope {
        /// The server's name.
        server: String,
        /// The scopes that its challenge asks for.
        scope: Option<String>,
    },
    /// The server forbids the request (403) for another reason than scope.
    #[error("the MCP server {server:?} forbids this request (403)")]
    Forbidden {
        /// The server's name.
        server: String,
    },
    /// The request surely never reached the server, or was given back by it unprocessed.
    #[error("the MCP server {server:?} was not reached: {source}")]
    Unreachable {
        /// The server's name.
        server: String,
        /// Why, with what mends it.
        #[source]
        source: HttpError,
    },
    /// The server is a program, and it could not be started or ended at once.
    #[cfg(feature = "stdio")]
    #[error("the MCP server {server:?} does not run: {reason}")]
    Process {
        /// The server's name.
        server: String,
        /// What the operating system said, or the last lines that the program wrote to its standard error, escaped.
        reason: String,
    },
    /// The exchange broke, and the request was one that may be repeated.
    #[error("the exchange with the MCP server {server:?} failed: {source}")]
    Transport {
        /// The server's name.
        server: String,
        /// Why.
        #[source]
        source: HttpError,
    },
    /// The server answered with an HTTP status that says no.
    #[error("the MCP server {server:?} answered with HTTP status {status}{}", said(.message))]
    Status {
        /// The server's name.
        server: String,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The server's words, escaped, where it says any that are not a page for people.
        message: Option<String>,
    },
    /// The server did not answer in time. It was told to stop, but a `tools/call` may have run.
    #[error("the MCP server {server:?} did not answer {method} within {:.1} s", after.as_secs_f64())]
    Timeout {
        /// The server's name.
        server: String,
        /// The MCP method.
        method: &'static str,
        /// The deadline.
        after: Duration,
    },
    /// The call was sent and its answer is lost: the tool may have run. It is never repeated here.
    #[error("whether {tool} ran is not known: {reason}; check before calling it again")]
    OutcomeUnknown {
        /// The tool.
        tool: ToolName,
        /// What happened.
        reason: String,
    },
    /// The server answered with a JSON-RPC error. After a `tools/call` with another code than those that say that nothing was
    /// done, the tool may have run.
    #[error("the MCP server {server:?} refused: {message} (JSON-RPC error {code})")]
    Refused {
        /// The server's name.
        server: String,
        /// The JSON-RPC error code.
        code: i32,
        /// The server's words, escaped.
        message: String,
    },
    /// The server speaks no protocol version that is spoken here.
    #[error(
        "the MCP server {server:?} speaks protocol version {offered}; 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26 and 2024-11-05 are supported"
    )]
    UnsupportedVersion {
        /// The server's name.
        server: String,
        /// What it offers, escaped.
        offered: String,
    },
    /// The server broke the protocol. After a `tools/call`, the tool may have run.
    #[error("the MCP server {server:?} broke the protocol: {reason}")]
    Protocol {
        /// The server's name.
        server: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// An answer is larger than allowed. After a `tools/call`, the tool has run.
    #[error("{what} of the MCP server {server:?} is larger than {limit}")]
    TooLarge {
        /// The server's name.
        server: String,
        /// Which answer.
        what: &'static str,
        /// The limit, with its unit.
        limit: String,
    },
    /// The tool ran, and its structured result does not fit its own output schema.
    #[error("the structured result of {tool} does not fit its output schema at {pointer:?}: {reason}")]
    InvalidResult {
        /// The tool.
        tool: ToolName,
        /// JSON pointer (RFC 6901) into the result; empty for the whole.
        pointer: String,
        /// What the schema wants there. The value is left out.
        reason: String,
    },
}

impl BridgeError {
    /// The kind of failure in one stable word, to count by.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "configuration",
            Self::UnknownTool { .. } => "unknown_tool",
            Self::Withheld { .. } => "withheld",
            Self::InvalidArguments { .. } => "invalid_arguments",
            Self::Unauthorized { .. } => "unauthorized",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::Forbidden { .. } => "forbidden",
            Self::Unreachable { .. } => "unreachable",
            #[cfg(feature = "stdio")]
            Self::Process { .. } => "process",
            Self::Transport { .. } => "transport",
            Self::Status { .. } => "status",
            Self::Timeout { .. } => "timeout",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Refused { .. } => "refused",
            Self::UnsupportedVersion { .. } => "unsupported_version",
            Self::Protocol { .. } => "protocol",
            Self::TooLarge { .. } => "too_large",
            Self::InvalidResult { .. } => "invalid_result",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything, and does no harm when repeated.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } | Self::Transport { source, .. } => source.is_transient(),
            Self::Status { status, .. } => matches!(status, 408 | 429 | 502 | 503 | 504),
            Self::Timeout { .. } => !self.may_have_run(),
            _ => false,
        }
    }

    /// Whether a tool may have run although there is no result: such a call must not be repeated blindly.
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::Timeout { method, .. } => *method == "tools/call",
            Self::Refused { code, .. } => !NOT_RUN.contains(code),
            Self::OutcomeUnknown { .. }
            | Self::Protocol { .. }
            | Self::TooLarge { .. }
            | Self::InvalidResult { .. } => true,
            _ => false,
        }
    }
}

fn wanted(scope: &Option<String>) -> String {
    scope.as_ref().map_or_else(String::new, |scope| format!("; it asks for the scope {scope:?}"))
}

fn said(message: &Option<String>) -> String {
    message.as_ref().map_or_else(String::new, |message| format!(": {message}"))
}

/// Where in the arguments, unless it is all of them.
fn at(pointer: &str) -> String {
    // Its names are the model's own.
    if pointer.is_empty() { String::new() } else { format!(" at {}", escaped(pointer)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_was_waited_is_told_as_people_tell_it() {
        let after = Duration::from_nanos(5_000_694_027);
        let timeout = BridgeError::Timeout { server: "crm".to_owned(), method: "tools/call", after };
        assert_eq!(timeout.to_string(), "the MCP server \"crm\" did not answer tools/call within 5.0 s");
    }

    #[test]
    fn a_call_that_may_have_run_is_never_called_transient() {
        let timeout =
            |method| BridgeError::Timeout { server: "s".into(), method, after: Duration::from_secs(1) };
        assert!(timeout("tools/list").is_transient() && !timeout("tools/list").may_have_run());
        assert!(!timeout("tools/call").is_transient() && timeout("tools/call").may_have_run());
        let status =
            |status| BridgeError::Status { server: "s".into(), status, retry_after: None, message: None };
        assert!(status(503).is_transient() && !status(404).is_transient());
    }

    #[test]
    fn a_pointer_cannot_write_to_the_terminal() {
        let wrong = |pointer: &str| BridgeError::InvalidArguments {
            tool: ToolName::new("t").unwrap(),
            pointer: pointer.to_owned(),
            reason: "r".to_owned(),
        };
        assert_eq!(wrong("").to_string(), "the arguments of t do not fit its input schema: r");
        let said = wrong("/a\u{1b}[2J\n").to_string();
        assert_eq!(said, "the arguments of t do not fit its input schema at /a\\u{1b}[2J\\n: r");
    }
}
