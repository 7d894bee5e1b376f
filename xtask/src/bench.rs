//! `cargo xtask bench [tokens|transport|models|serve|mcp|loop]`: our operations beside those of peers, in one run, as tables.
//!
//! Peers in Python and JavaScript are installed by name and version under target/bench; without python3 or node the
//! tables have no row for them. Not a part of CI: figures of a shared machine would only make noise there.

mod loops;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::features::with_features;
use crate::process;

const TABLES: [&str; 5] = ["tokens", "transport", "models", "serve", "mcp"];

/// Packages of Python peers by what they are imported as, and the variable that tells the table of their interpreter. PyJWT goes with the cryptography of the client in Python that `loop` compares with.
const TOKENS_IN_PYTHON: InPython =
    ("TOOLGATE_BENCH_PYTHON", &[("jwt", &["PyJWT==2.10.1", "cryptography==46.0.3"])]);
const MODELS_IN_PYTHON: InPython = (
    "TOOLGATE_BENCH_MODELS_PYTHON",
    &[
        ("openai", &["openai==3.57.0"]),
        ("anthropic", &["anthropic==2.14.0"]),
        ("litellm", &["litellm==1.110.2"]),
    ],
);
type InPython = (&'static str, &'static [(&'static str, &'static [&'static str])]);
const LITELLM_PROXY: &str = "litellm[proxy]==1.80.0";
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
    let is_wanted = |table: &str| words.is_empty() || words == [table];
    if !TABLES.into_iter().any(is_wanted) {
        return Err(Failure::Usage(format!("usage: cargo xtask bench [{}|loop]", TABLES.join("|"))));
    }
    let folder = process::root().join("crates").join("bench");
    let mut build = process::cargo();
    process::run(build.current_dir(&folder).args(["build", "--quiet", "--locked", "--release"]))?;
    let programs = folder.join("target").join("release");
    let mut bench = Command::new(programs.join("bench"));
    bench.args(&words);
    let peers = process::root().join("target").join("bench");
    fs::create_dir_all(&peers)
        .map_err(|error| Failure::Step(format!("{} cannot be made: {error}", peers.display())))?;
    if is_wanted("tokens") {
        with_python(&mut bench, &peers, TOKENS_IN_PYTHON);
        with_node(&mut bench, &peers);
    }
    if is_wanted("models") {
        with_python(&mut bench, &peers, MODELS_IN_PYTHON);
    }
    if is_wanted("serve") {
        with_gateways(&mut bench, &peers)?;
    }
    process::run(&mut bench)?;
    for table in ["tokens", "models"].into_iter().filter(|table| is_wanted(table)) {
        process::run(Command::new(programs.join("allocations")).arg(table))?;
    }
    Ok(())
}

/// Installs what is missing of `modules` into one environment, each by itself, so that one that cannot be had costs itself.
fn with_python(bench: &mut Command, peers: &Path, (variable, modules): InPython) {
    let venv = peers.join("venv");
    let python = venv.join("bin").join("python");
    let is_there = |module: &str| process::answers(&python, &["-c", &format!("import {module}")]);
    for (module, packages) in modules {
        let installed = is_there(module)
            || ((python.is_file()
                || process::run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).is_ok())
                && process::run(
                    Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(*packages),
                )
                .is_ok());
        if installed {
            bench.env(variable, &python);
        } else {
            println!("{} could not be installed: its rows are left out", packages.join(" and "));
        }
    }
}

/// Builds the command, and installs LiteLLM's proxy into an environment of its own: it wants other versions than the models'.
fn with_gateways(bench: &mut Command, peers: &Path) -> Result<(), Failure> {
    let mut build = process::cargo();
    build.args(["build", "--quiet", "--profile", "dist", "--bin", "toolgate"]);
    process::run(&mut with_features(build)?)?;
    bench.env("TOOLGATE_BENCH_COMMAND", process::root().join("target").join("dist").join("toolgate"));
    let venv = peers.join("venv-proxy");
    let (python, proxy) = (venv.join("bin").join("python"), venv.join("bin").join("litellm"));
    let installed = proxy.is_file()
        || (process::run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).is_ok()
            && process::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", LITELLM_PROXY]))
                .is_ok());
    if installed {
        bench.env("TOOLGATE_BENCH_LITELLM", proxy);
    } else {
        println!("{LITELLM_PROXY} could not be installed: its rows are left out");
    }
    Ok(())
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
