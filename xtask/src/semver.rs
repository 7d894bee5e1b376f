//! `cargo xtask semver`: the public interface held against that of the last release, by cargo-semver-checks. A release is a
//! tag `v1.2.3`; before the first there is nothing to compare with.

use std::process::Command;

use crate::failure::{Failure, no_arguments};
use crate::process;
use crate::tool::Tool;

/// Compares every published library with the last tag; installs cargo-semver-checks first where it is missing.
///
/// # Errors
///
/// When the tool cannot be installed, or finds a change that the version number does not say.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let tags =
        process::output(Command::new("git").current_dir(process::root()).args(["tag", "--list", "v*"]))?;
    let Some(tag) = latest(&tags) else {
        println!("no release has been tagged yet, so there is no interface to keep");
        return Ok(());
    };
    let program = Tool::SEMVER_CHECKS.installed()?;
    let mut check = Command::new(program);
    check.current_dir(process::root()).args(["semver-checks", "--workspace", "--baseline-rev", tag]);
    process::run(&mut check)
}

/// The highest of the tags that are versions; not a pre-release.
fn latest(tags: &str) -> Option<&str> {
    let version = |tag: &str| -> Option<[u64; 3]> {
        let numbers: Result<Vec<u64>, _> = tag.strip_prefix('v')?.split('.').map(str::parse).collect();
        numbers.ok()?.try_into().ok()
    };
    tags.lines().filter(|tag| version(tag).is_some()).max_by_key(|tag| version(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_release_is_the_highest_number() {
        assert_eq!(latest("v0.10.0\nv0.9.1\nv1.0.0-rc.1\nvendor\nv0.2\n"), Some("v0.10.0"));
        assert_eq!(latest(""), None);
    }
}
