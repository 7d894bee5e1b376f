//! `cargo xtask deny`: `deny.toml` held against every dependency, by cargo-deny. The advisory database is fetched from
//! the network and changes by the day, so it is left to `cargo deny check advisories`, run by a person or on a schedule.

use std::process::Command;

use crate::failure::{Failure, no_arguments};
use crate::process;
use crate::tool::Tool;

/// Checks licences, bans and sources; installs cargo-deny first where it is missing.
///
/// # Errors
///
/// When cargo-deny cannot be installed, or finds something.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let program = Tool::DENY.installed()?;
    // cargo-deny looks at the dependencies of every platform, so the packages for the others must be there too.
    process::run(process::cargo().args(["fetch", "--locked"]))?;
    process::run(Command::new(program).current_dir(process::root()).args([
        "--offline",
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
}
