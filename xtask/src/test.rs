//! `cargo xtask test`: every test of the workspace that needs no network, documentation examples included.

use crate::failure::Failure;
use crate::features::with_features;
use crate::process;

/// Runs `cargo test --workspace`, with the caller's arguments added. The rules of `cargo xtask tidy` are among the tests.
///
/// # Errors
///
/// When something does not build, or a test fails.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    println!(
        "All tests of all crates, their documentation examples and the house rules; no network is needed."
    );
    let mut command = process::cargo();
    command.args(["test", "--workspace"]);
    process::run(with_features(command)?.args(arguments))
}
