//! Installs the suites and the node that they need, in the versions that `xtask/conformance` pins, and keeps them between
//! runs. Their node is newer than that of many machines, so it comes from npm too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process::{self, answers};

const LISTS: [&str; 2] = ["package.json", "package-lock.json"];
/// Holds the lists that the folder was last installed from.
const STAMP: &str = "installed";

/// One of the suites.
#[derive(Clone, Copy)]
pub(super) enum Suite {
    /// 0.1.16: the release that is called latest.
    Stable,
    /// 0.2: the one that knows 2026-07-28.
    Newest,
}

impl Suite {
    /// The suite's command line for clients, run from the top of the workspace.
    pub(super) fn command(self, folder: &Path, client: &str) -> Command {
        let package = match self {
            Self::Stable => "conformance-0.1",
            Self::Newest => "conformance-0.2",
        };
        let modules = folder.join("node_modules");
        let mut command = Command::new(modules.join("node/bin/node"));
        command.arg(modules.join(package).join("dist/index.js"));
        command.args(["client", "--command", client]).current_dir(process::root());
        command
    }
}

/// Whether this machine has what it takes.
pub(super) fn is_possible() -> bool {
    answers(npm(), &["--version"])
}

/// Installs what is not there yet and says where it is.
///
/// # Errors
///
/// When a package cannot be had, or the folder not be written.
pub(super) fn install() -> Result<PathBuf, Failure> {
    let folder = process::root().join("target/conformance");
    let lists = process::root().join("xtask/conformance");
    let mut wanted = String::new();
    for list in LISTS {
        wanted.push_str(&fs::read_to_string(lists.join(list)).map_err(|error| unusable(list, &error))?);
    }
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(folder);
    }
    println!("Installing into {} (once; later runs find it there).", folder.display());
    fs::create_dir_all(&folder).map_err(|error| unusable("target/conformance", &error))?;
    for list in LISTS {
        fs::copy(lists.join(list), folder.join(list)).map_err(|error| unusable(list, &error))?;
    }
    let mut ci = Command::new(npm());
    ci.args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"]);
    process::run(ci.current_dir(&folder))?;
    fs::write(&stamp, wanted).map_err(|error| unusable(STAMP, &error))?;
    Ok(folder)
}

fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

fn unusable(what: &str, error: &std::io::Error) -> Failure {
    Failure::Step(format!("{what} cannot be used: {error}"))
}
