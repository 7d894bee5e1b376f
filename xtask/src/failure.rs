//! Why a task did not succeed, and the exit code that says so: 2 for a wrong command line or machine, 1 for a step that
//! failed, the child's own code where a program was run for the caller.

use std::fmt;

/// Why a task did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// A program that the task needs is not on this machine, with the sentence that says which.
    Missing(String),
    /// A step failed, with the sentence that says what mends it.
    Step(String),
    /// A program ended badly; what it printed says why.
    Program {
        /// The command as a person would type it.
        line: String,
        /// Its exit code.
        code: u8,
    },
}

impl Failure {
    /// The exit code of the task.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Missing(_) => 2,
            Self::Step(_) => 1,
            Self::Program { code, .. } => *code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Missing(message) | Self::Step(message) => out.write_str(message),
            Self::Program { line, code } => write!(out, "`{line}` ended with exit code {code}"),
        }
    }
}

/// Refuses arguments where a task takes none.
///
/// # Errors
///
/// A usage error that names the first argument.
pub(crate) fn no_arguments(arguments: &[String]) -> Result<(), Failure> {
    match arguments.first() {
        None => Ok(()),
        Some(argument) => {
            Err(Failure::Usage(format!("this command takes no arguments, but got {argument:?}")))
        }
    }
}
