//! How the command ends when it does not end well: one message, one exit code.

use std::fmt::Display;
use std::process::ExitCode;

use toolgate::ChatFailure;

use crate::style::BAD;

/// Why the command ends, and with which exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
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
        Self { message: error.to_string(), code: 2 }
    }

    /// A conversation without an answer: servers and records that do not work are a matter of set-up.
    pub(crate) fn of_chat(failure: ChatFailure) -> Self {
        match failure {
            ChatFailure::Mcp(_) | ChatFailure::Audit(_) => Self::setup(failure),
            _ => Self::negative(failure),
        }
    }

    /// It ran, and the answer is no.
    pub(crate) fn negative(error: impl Display) -> Self {
        Self { message: error.to_string(), code: 1 }
    }

    /// A person pressed Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self {
            message: "interrupted; what was under way was given up and recorded as that".to_owned(),
            code: 130,
        }
    }

    pub(crate) fn report(self) -> ExitCode {
        anstream::eprintln!("{BAD}error:{BAD:#} {}", self.message);
        ExitCode::from(self.code)
    }
}
