//! `cargo xtask soak`: thousands of conversations at once against servers that misbehave. Not a part of CI: it takes
//! ten minutes by default.

use crate::failure::Failure;
use crate::features::with_features;
use crate::process;

/// Runs the soak test, in release mode, with the caller's arguments.
///
/// # Errors
///
/// When it does not build, or when anything in it came out wrong.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    println!("Conversations by the thousand, while keys rotate, servers restart and requests fail.");
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--release", "--example", "soak"]);
    let mut command = with_features(command)?;
    process::run(command.arg("--").args(arguments))
}
