//! `cargo xtask bench loop`: whole conversations, ours beside the Python reference and a client of bare libraries, over
//! the same servers. The servers and those two are not a part of this workspace: they are in the folder that
//! `TOOLGATE_RIG` names, and are copied under target/bench and built there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::certs;
use crate::failure::Failure;
use crate::features::with_features;
use crate::process;

/// Which MCP server the clients speak to: the one that is fast enough not to be what is measured.
const SERVER: &str = "rust";
const ROUNDS: &str = "3";

pub(super) fn run() -> Result<(), Failure> {
    let source = source()?;
    let folder = process::root().join("target").join("bench").join("loop");
    let made = std::fs::create_dir_all(&folder);
    made.map_err(|error| Failure::Step(format!("{} cannot be made: {error}", folder.display())))?;
    process::run(Command::new("cp").args(["-r", "--update"]).arg(source.join(".")).arg(&folder))?;
    // In mkcert's place, which the servers would ask for and few machines have.
    let rig = folder.join("rig");
    if !certificates(&rig).join("localhost.pem").is_file() {
        certs::run(&[certificates(&rig).display().to_string()])?;
    }
    process::run(Command::new("sh").arg(folder.join("setup.sh")))?;

    let mut build = process::cargo();
    build.args(["build", "--profile", "dist", "--example", "loop_bench"]);
    process::run(&mut with_features(build)?)?;

    let up = process::run(Command::new("bash").arg(rig.join("up.sh")).arg(SERVER));
    let measured = up.and_then(|()| measure(&folder, &rig));
    // Some of the servers may run though not all of them came up.
    let down = process::run(Command::new("bash").arg(rig.join("down.sh")));
    measured.and(down)
}

fn measure(folder: &Path, rig: &Path) -> Result<(), Failure> {
    let results = results(folder)?;
    let program = process::root().join("target/dist/examples/loop_bench");
    let ca = certificates(rig).join("rootCA.pem");
    let mut bench = Command::new("python3");
    bench.env("SERVER", SERVER).arg(rig.join("bench.py")).arg(ROUNDS);
    for provider in ["openai", "anthropic", "gemini"] {
        let client =
            format!("toolgate {provider}={} --ca {} --provider {provider}", program.display(), ca.display());
        bench.arg("--extra").arg(client);
    }
    process::run(&mut bench)?;
    process::run(Command::new("python3").arg(rig.join("table.py")).arg(results))
}

fn certificates(rig: &Path) -> PathBuf {
    rig.join("certs")
}

/// Where the rounds are written, without those of an earlier run.
fn results(folder: &Path) -> Result<PathBuf, Failure> {
    let folder = folder.join("results");
    let file = folder.join(format!("loop_{SERVER}.jsonl"));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, ""))
        .map_err(|error| Failure::Step(format!("{} cannot be made: {error}", file.display())))?;
    Ok(file)
}

/// The folder with the servers.
fn source() -> Result<PathBuf, Failure> {
    let named = std::env::var_os("TOOLGATE_RIG").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| process::root().join("..").join("shared").join("bench"));
    if folder.join("rig").join("bench.py").is_file() {
        return Ok(folder);
    }
    Err(Failure::Step(format!(
        "expected the benchmark's servers in {}, found none: set TOOLGATE_RIG to their folder",
        folder.display()
    )))
}
