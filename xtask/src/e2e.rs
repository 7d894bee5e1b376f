//! `cargo xtask e2e`: the end-to-end run, which checks the whole path of a request over real TLS connections.

use crate::example;
use crate::failure::Failure;

/// Runs the end-to-end checks with the caller's arguments.
///
/// # Errors
///
/// When it does not build, or its own exit code.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    println!("The end-to-end run: every step of a request over TLS, against servers on this machine.");
    example::run("e2e", arguments)
}
