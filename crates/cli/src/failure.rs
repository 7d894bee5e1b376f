//! How the command ends when it does not end well: one message, one exit code.

use std::error::Error as _;
use std::fmt::Display;
use std::process::ExitCode;

use serde_json::json;
use toolgate::{ChatFailure, Error, ErrorKind};

use crate::fix;
use crate::say::{self, say, tell};
use crate::style::{BAD, plain};

/// Why the command ends, and with which exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    /// What mends it, where the message does not say so itself.
    fix: Option<String>,
    code: u8,
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    /// It could not run as asked: settings, trust, servers.
    pub(crate) fn setup(error: impl Display) -> Self {
        Self { message: error.to_string(), fix: None, code: 2 }
    }

    /// A server does not do what it should.
    pub(crate) fn of(error: Error) -> Self {
        let setting = match &error {
            Error::Mcp(_) => "MCP_SERVER_URL (or url under [mcp.NAME])",
            _ => "OAUTH_TOKEN_URL (or token_url under [oauth])",
        };
        let doctor = || {
            let asked = matches!(error, Error::Mcp(_) | Error::NoToken(_) | Error::Token(_) | Error::Http(_));
            let says_so = error.to_string().contains("; ");
            (asked && !says_so).then(|| "`toolgate doctor` goes through it step by step".to_owned())
        };
        let fix = fix::of(&error, setting).or_else(doctor);
        Self { fix, ..Self::setup(error) }
    }

    /// A conversation without an answer: servers and records that do not work are a matter of set-up.
    pub(crate) fn of_chat(failure: ChatFailure) -> Self {
        match failure {
            ChatFailure::Mcp(error) => Self::of(error.into()),
            ChatFailure::Audit(error) => Self { fix: fix::of_audit(&error), ..Self::setup(error) },
            ChatFailure::Model(error) => {
                let setting = format!("base_url under [providers.{}]", error.provider());
                let http = error.source().and_then(|source| source.downcast_ref());
                let fix = http.and_then(|http| fix::of_http(http, &setting));
                let code = if error.kind() == ErrorKind::Configuration { 2 } else { 1 };
                Self { message: error.to_string(), fix, code }
            }
            _ => Self::negative(failure),
        }
    }

    /// It ran, and the answer is no.
    pub(crate) fn negative(error: impl Display) -> Self {
        Self { message: error.to_string(), fix: None, code: 1 }
    }

    /// A person pressed Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self {
            message: "interrupted; what was under way was given up and recorded as that".to_owned(),
            fix: None,
            code: 130,
        }
    }

    /// What mends it, where the message does not say so itself.
    pub(crate) fn fix(&self) -> Option<&str> {
        self.fix.as_deref()
    }

    /// Tells it, and as JSON too where a program waits for that and has had no answer.
    pub(crate) fn report(self, as_json: bool) -> ExitCode {
        if as_json && !say::has_spoken() {
            say!("{}", json!({ "error": self.message, "fix": self.fix }));
        }
        tell!("{BAD}error:{BAD:#} {}", plain(&self.message));
        if let Some(fix) = &self.fix {
            tell!("  {BAD}→{BAD:#} {}", plain(fix));
        }
        ExitCode::from(self.code)
    }
}
