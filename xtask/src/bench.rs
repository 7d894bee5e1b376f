//! `cargo xtask bench [tokens|transport|loop]`: our operations beside those of peers, in one run, as tables.
//!
//! Peers in Python and JavaScript are installed by name and version under target/bench; without python3 or node the
//! tables have no row for them. Not a part of CI: figures of a shared machine would only make noise there.

mod loops;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// PyJWT with the cryptography that the article uses.
const PYTHON_PACKAGES: [&str; 2] = ["PyJWT==2.10.1", "cryptography==46.0.3"];
const NODE_PACKAGE: &str = "jose@6.1.0";

/// Builds crates/bench and runs it.
///
/// # Errors
///
/// For a word that is no table, or when the benchmarks do not build or run.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words == ["loop"] {
        return loops::run();
    }
    if !matches!(words.as_slice(), [] | ["tokens"] | ["transport"]) {
        return Err(Failure::Usage("usage: cargo xtask bench [tokens|transport|loop]".to_owned()));
    }
    let folder = process::root().join("crates").join("bench");
    let mut build = process::cargo();
    process::run(build.current_dir(&folder).args(["build", "--quiet", "--locked", "--release"]))?;
    let programs = folder.join("target").join("release");
    let mut bench = Command::new(programs.join("bench"));
    bench.args(&words);
    if words != ["transport"] {
        let peers = process::root().join("target").join("bench");
        fs::create_dir_all(&peers)
            .map_err(|error| Failure::Step(format!("{} cannot be made: {error}", peers.display())))?;
        with_python(&mut bench, &peers);
        with_node(&mut bench, &peers);
    }
    process::run(&mut bench)?;
    if words == ["transport"] {
        Ok(())
    } else {
        process::run(&mut Command::new(programs.join("allocations")))
    }
}

fn with_python(bench: &mut Command, peers: &Path) {
    let venv = peers.join("venv");
    let python = venv.join("bin").join("python");
    let installed = process::answers(&python, &["-c", "import jwt, cryptography"])
        || (process::run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).is_ok()
            && process::run(
                Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PYTHON_PACKAGES),
            )
            .is_ok());
    if installed {
        bench.env("TOOLGATE_BENCH_PYTHON", python);
    } else {
        println!("PyJWT could not be installed: its rows are left out");
    }
}

fn with_node(bench: &mut Command, peers: &Path) {
    let folder = peers.join("node");
    let installed = folder.join("node_modules").join("jose").is_dir()
        || (fs::create_dir_all(&folder).is_ok()
            && process::run(
                Command::new("npm").args(["install", "--silent", "--prefix"]).arg(&folder).arg(NODE_PACKAGE),
            )
            .is_ok());
    if installed {
        bench.env("TOOLGATE_BENCH_NODE", folder);
    } else {
        println!("node jose could not be installed: its rows are left out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_does_not_exist_is_a_usage_error() {
        assert_eq!(run(&["everything".to_owned()]).unwrap_err().code(), 2);
    }
}
