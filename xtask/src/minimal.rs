//! `cargo xtask minimal`: builds the published crates with the oldest version of each direct dependency that their manifests
//! allow, so that a lower bound that is too low is found here and not by somebody who has an old lock file.
//!
//! Cargo resolves so only behind `-Z direct-minimal-versions`, which a stable cargo takes with `RUSTC_BOOTSTRAP=1`. That is set
//! for the resolution alone, in a copy of the workspace: what is compiled afterwards is compiled as always.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, no_arguments};
use crate::features::with_published_features;
use crate::process;

/// Resolves in a copy and checks the libraries and the command there. Needs a network, for versions that nobody has at hand.
///
/// # Errors
///
/// When a bound contradicts what a dependency needs, or something does not build.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let target = process::root().join("target");
    let folder = target.join("minimal").join("workspace");
    copy(&folder).map_err(|error| {
        Failure::Step(format!("the workspace could not be copied to {}: {error}", folder.display()))
    })?;
    let mut resolve = process::cargo();
    resolve.current_dir(&folder).env("RUSTC_BOOTSTRAP", "1");
    process::run(resolve.args(["generate-lockfile", "-Z", "direct-minimal-versions"]))?;
    let mut check = process::cargo();
    // A target folder of its own: the versions are others than everywhere else.
    check.current_dir(&folder).arg("check").arg("--target-dir").arg(target.join("minimal").join("target"));
    check.args(["--workspace", "--exclude", "toolgate-testkit", "--exclude", "toolgate-examples"]);
    process::run(&mut with_published_features(check)?)
}

/// What git knows: tracked, or new and not ignored.
const LIST: [&str; 5] = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];

/// Copies what git knows, but for the lock file.
fn copy(folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let list = Command::new("git").current_dir(process::root()).args(LIST).output()?;
    let list = String::from_utf8(list.stdout).map_err(std::io::Error::other)?;
    for path in list.split_terminator('\0').filter(|path| *path != "Cargo.lock") {
        let (from, to) = (process::root().join(path), folder.join(path));
        // Deleted, and not yet committed so.
        if !from.is_file() {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from, to)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_is_the_workspace_without_its_lock_file() {
        let folder = process::root().join("target").join("minimal").join("copy-of-a-test");
        copy(&folder).unwrap();
        assert!(folder.join("Cargo.toml").is_file() && folder.join("xtask/src/minimal.rs").is_file());
        assert!(!folder.join("Cargo.lock").exists() && folder.join("crates/bench/Cargo.lock").is_file());
        fs::remove_dir_all(&folder).unwrap();
    }
}
