//! `cargo xtask deny`: `deny.toml` held against every dependency, by cargo-deny. The advisory database is fetched from
//! the network and changes by the day, so it is left to `cargo deny check advisories`, run by a person or on a schedule.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Failure, no_arguments};
use crate::process;

/// Pinned, so that the verdict does not change overnight.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources; installs cargo-deny first where it is missing.
///
/// # Errors
///
/// When cargo-deny cannot be installed, or finds something.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let program = installed()?;
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

/// The cargo-deny of the pinned version: the caller's own, or one under `target/`, so that nothing outside the
/// workspace changes. A debug build: it runs for a second, and an optimised one takes minutes to make.
fn installed() -> Result<PathBuf, Failure> {
    let folder = process::root().join("target").join("tools");
    let local = folder.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    for program in [PathBuf::from("cargo-deny"), local.clone()] {
        if version(&program).is_some_and(|version| version.ends_with(VERSION)) {
            return Ok(program);
        }
    }
    println!(
        "cargo-deny {VERSION} is not installed: putting it into target/tools (about a minute, the first time only)."
    );
    let mut install = process::cargo();
    install.args(["install", "--quiet", "--locked", "--debug", "cargo-deny", "--version", VERSION, "--root"]);
    process::run(install.arg(&folder))?;
    Ok(local)
}

fn version(program: &PathBuf) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
