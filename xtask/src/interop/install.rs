//! Installs the peers by name, in the versions that the lists in `xtask/interop` pin, and keeps them between runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::toolchain::Toolchain;
use crate::failure::Failure;
use crate::process;

/// Scripts that must lie beside the packages that they import.
const NODE_SCRIPTS: &[&str] = &["authorization-server.mjs", "loopback.mjs"];

/// Where the lists of packages were kept that the folder was last installed from.
const STAMP: &str = "installed";

/// The peers, ready to start.
pub(super) struct Installed {
    node: &'static str,
    node_folder: PathBuf,
    interpreter: PathBuf,
}

/// Installs what is not there yet, or not in the versions that are wanted now.
///
/// # Errors
///
/// When a package cannot be had, or the folder not be written.
pub(super) fn install(toolchain: &Toolchain, folder: &Path) -> Result<Installed, Failure> {
    let (node_folder, python_folder) = (folder.join("node"), folder.join("python"));
    let installed = Installed {
        node: toolchain.node,
        interpreter: python_folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" }),
        node_folder: node_folder.clone(),
    };
    unless_done(&node_folder, &["node/package.json", "node/package-lock.json"], || {
        let mut npm = Command::new(toolchain.npm);
        // None of the packages needs a script of its own to run.
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
        process::run(npm.current_dir(&node_folder))
    })?;
    for script in NODE_SCRIPTS {
        copy(&format!("node/{script}"), &node_folder)?;
    }
    unless_done(&python_folder, &["python/requirements.txt", "python/constraints.txt"], || {
        process::run(Command::new(toolchain.python).args(["-m", "venv", "--clear"]).arg(&python_folder))?;
        let mut pip = Command::new(&installed.interpreter);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.arg("-r").arg(script("python/requirements.txt"));
        process::run(pip.arg("-c").arg(script("python/constraints.txt")))
    })?;
    Ok(installed)
}

/// A file of `xtask/interop`.
pub(super) fn script(name: &str) -> PathBuf {
    process::root().join("xtask/interop").join(name)
}

impl Installed {
    /// A script of ours on node.
    pub(super) fn node(&self, script: &str) -> Command {
        let mut command = Command::new(self.node);
        command.arg(self.node_folder.join(script)).current_dir(&self.node_folder);
        command
    }

    /// The reference server. It has no setting for the address that it listens on, so it is given one.
    pub(super) fn everything(&self) -> Command {
        let mut command = Command::new(self.node);
        command.args(["--import", "./loopback.mjs"]);
        command.arg("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
        command.arg("streamableHttp").current_dir(&self.node_folder);
        command
    }

    /// A script of ours on python.
    pub(super) fn python(&self, name: &str) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.arg(script(&format!("python/{name}")));
        // Those who look for proxies would ask one for localhost too.
        command.env("NO_PROXY", "localhost,127.0.0.1");
        command
    }

    /// The python that has the packages.
    pub(super) fn interpreter(&self) -> &Path {
        &self.interpreter
    }
}

/// Runs `install` unless `folder` was installed from these very lists. They are copied there, and remembered only once
/// everything went well.
fn unless_done(
    folder: &Path,
    lists: &[&str],
    install: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut wanted = String::new();
    for list in lists {
        wanted.push_str(&fs::read_to_string(script(list)).map_err(|error| unusable(list, &error))?);
    }
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    println!("Installing into {} (once; later runs find it there).", folder.display());
    fs::create_dir_all(folder).map_err(|error| unusable(&folder.display().to_string(), &error))?;
    for list in lists {
        copy(list, folder)?;
    }
    install()?;
    fs::write(&stamp, wanted).map_err(|error| unusable(&stamp.display().to_string(), &error))
}

fn copy(name: &str, folder: &Path) -> Result<(), Failure> {
    let from = script(name);
    let to = folder.join(from.file_name().unwrap_or_default());
    fs::copy(&from, to).map(|_| ()).map_err(|error| unusable(name, &error))
}

fn unusable(what: &str, error: &std::io::Error) -> Failure {
    Failure::Step(format!("{what} cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_from_the_same_lists_is_kept() {
        let folder = std::env::temp_dir().join(format!("toolgate-interop-{}", std::process::id()));
        let lists = ["python/requirements.txt"];
        let failed = unless_done(&folder, &lists, || Err(Failure::Step("no network".to_owned())));
        assert!(failed.is_err());
        let mut runs = 0;
        for _ in 0..2 {
            unless_done(&folder, &lists, || {
                runs += 1;
                Ok(())
            })
            .unwrap();
        }
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(runs, 1);
    }

    #[test]
    fn every_version_is_pinned() {
        let requirements = fs::read_to_string(script("python/requirements.txt")).unwrap();
        let constraints = fs::read_to_string(script("python/constraints.txt")).unwrap();
        for line in requirements.lines().chain(constraints.lines()).filter(|line| !line.starts_with('#')) {
            assert!(line.contains("=="), "{line}");
        }
        let package: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(script("node/package.json")).unwrap()).unwrap();
        for version in package["dependencies"].as_object().unwrap().values() {
            assert!(version.as_str().unwrap().starts_with(|first: char| first.is_ascii_digit()), "{version}");
        }
    }
}
