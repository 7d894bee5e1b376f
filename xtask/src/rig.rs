//! `cargo xtask rig`: the demo's servers for as long as they are wanted, to try the `toolgate` command, or any other
//! client, against.

use crate::failure::{Failure, no_arguments};
use crate::process;

/// Runs the servers until they are stopped; they print the environment that a client of them needs.
///
/// # Errors
///
/// When they do not build, or their own exit code.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    // The test kit links no OpenSSL, so there is none to look for.
    process::run(process::cargo().args(["run", "--package", "toolgate-testkit", "--bin", "rig"]))
}
