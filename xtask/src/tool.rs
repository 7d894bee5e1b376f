//! Programs of others that a task runs: of a pinned version, so that their verdict does not change overnight. The caller's own
//! where it fits, else one under `target/`, so that nothing outside the workspace changes.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// A subcommand of cargo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// Licences, bans and sources.
    pub(crate) const DENY: Self = Self { name: "cargo-deny", version: "0.20.2" };
    /// Changes of a public interface.
    pub(crate) const SEMVER_CHECKS: Self = Self { name: "cargo-semver-checks", version: "0.51.0" };

    /// Where it is; installed first where it is missing. A debug build: it runs for seconds, and an optimised one takes
    /// minutes to make.
    ///
    /// # Errors
    ///
    /// When it cannot be installed.
    pub(crate) fn installed(self) -> Result<PathBuf, Failure> {
        let Self { name, version } = self;
        let folder = process::root().join("target").join("tools");
        let local = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        for program in [PathBuf::from(name), local.clone()] {
            if told(&program).is_some_and(|told| told.ends_with(version)) {
                return Ok(program);
            }
        }
        println!(
            "{name} {version} is not installed: putting it into target/tools (minutes, the first time only)."
        );
        let mut install = process::cargo();
        install.args(["install", "--quiet", "--locked", "--debug", name, "--version", version, "--root"]);
        process::run(install.arg(&folder))?;
        Ok(local)
    }
}

fn told(program: &PathBuf) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
