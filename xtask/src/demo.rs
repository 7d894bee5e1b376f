//! `cargo xtask demo`: the scenarios of the demo, against an OAuth server, an MCP server and scripted models that it
//! starts itself.

use crate::example;
use crate::failure::Failure;

/// Runs the demo with the caller's arguments.
///
/// # Errors
///
/// When it does not build, or its own exit code.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    println!(
        "The demo: models, tools and the gate between them, on this machine only; no key and no network is needed."
    );
    example::run("demo", arguments)
}
