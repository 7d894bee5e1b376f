//! `cargo xtask package`: packs every published crate as a release would, and builds what was packed, so that a file
//! that is missing from a package (a README, a table that is included) is found here and not by its first user.
//!
//! `cargo package` could build them itself, but each in a target folder of its own. Here they are unpacked side by side
//! into one workspace that shares our profile, lock file and target folder, so that nothing foreign is built twice.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use toml::Table;

use crate::failure::{Failure, no_arguments};
use crate::features::with_published_features;
use crate::process;

/// Packs all published crates and builds them from their packages.
///
/// # Errors
///
/// When a crate cannot be packed, or does not build from its package.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let crates = published()?;
    let mut pack = process::cargo();
    // A release is made from a clean tree; a check also serves while one is at work.
    pack.args(["package", "--quiet", "--no-verify", "--allow-dirty"]);
    process::run(pack.args(crates.iter().flat_map(|(name, _)| ["--package", name])))?;

    let target = process::root().join("target");
    let folder = target.join("package").join("unpacked");
    unpack(&crates, &folder).map_err(|error| {
        Failure::Step(format!("the packages could not be unpacked into {}: {error}", folder.display()))
    })?;
    let mut check = process::cargo();
    check.current_dir(&folder).args(["check", "--workspace", "--target-dir"]).arg(&target);
    process::run(&mut with_published_features(check)?)?;
    println!("{} packages build from what was packed", crates.len());
    Ok(())
}

/// Name and version of each crate that goes to a registry.
fn published() -> Result<Vec<(String, String)>, Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(process::packages()?
        .iter()
        .filter(|package| package["publish"].is_null())
        .map(|package| (text(&package["name"]), text(&package["version"])))
        .collect())
}

/// Unpacks the crates into a new workspace at `folder`.
fn unpack(crates: &[(String, String)], folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for (name, version) in crates {
        let archive = format!("../{name}-{version}.crate");
        // Packed files all have one time; cargo would take what it built from an earlier package for up to date.
        let status = Command::new("tar").current_dir(folder).args(["-xzmf", &archive]).status()?;
        if !status.success() {
            return Err(std::io::Error::other(format!("tar could not unpack {name}")));
        }
    }
    let ours = fs::read_to_string(process::root().join("Cargo.toml"))?;
    let ours: Table = ours.parse().map_err(std::io::Error::other)?;
    fs::write(folder.join("Cargo.toml"), manifest(crates, &ours))?;
    fs::copy(process::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// The manifest of that workspace: the unpacked crates stand in for those that no registry has yet.
fn manifest(crates: &[(String, String)], ours: &Table) -> String {
    let mut text =
        String::from("[workspace]\nresolver = \"3\"\nmembers = [\"toolgate-*\"]\n\n[patch.crates-io]\n");
    for (name, version) in crates {
        text.push_str(&format!("{name} = {{ path = \"{name}-{version}\" }}\n"));
    }
    let profile = ours.get("profile").cloned().unwrap_or_else(|| Table::new().into());
    text.push_str(&format!("\n{}", Table::from_iter([("profile".to_owned(), profile)])));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unpacked_crates_stand_in_for_the_registry_and_keep_our_profile() {
        let ours: Table = "profile.dev.debug = false".parse().unwrap();
        let text = manifest(&[("toolgate-a".to_owned(), "0.1.0".to_owned())], &ours);
        let manifest: Table = text.parse().unwrap();
        assert_eq!(manifest["patch"]["crates-io"]["toolgate-a"]["path"].as_str(), Some("toolgate-a-0.1.0"));
        assert_eq!(manifest["profile"], ours["profile"]);
    }
}
