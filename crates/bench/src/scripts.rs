//! Peers in other languages, run once after each round of ours so that they see the same machine; left out, with a
//! word about it, where `cargo xtask bench` has not installed them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use toolgate_bench::measure::{Cost, middle};
use toolgate_bench::samples::{AUDIENCE, ISSUER, Sample};

/// The scripts that can run here, and what they have measured.
pub(crate) struct Scripts {
    commands: Vec<Command>,
    costs: BTreeMap<(String, String), Vec<Cost>>,
}

impl Scripts {
    /// Writes the samples where the scripts look for them.
    pub(crate) fn new(samples: &[Sample]) -> Self {
        let mut commands = Vec::new();
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        for (variable, script) in [("TOOLGATE_BENCH_PYTHON", "pyjwt.py"), ("TOOLGATE_BENCH_NODE", "jose.mjs")]
        {
            let Some(value) = std::env::var_os(variable) else {
                println!("without {script}: {variable} is not set (`cargo xtask bench` sets it)");
                continue;
            };
            // For node, the folder that its packages are installed in, and the script must lie there.
            let folder = Path::new(&value).parent().unwrap_or(Path::new("."));
            let script = if script.ends_with(".mjs") {
                let copy = Path::new(&value).join(script);
                fs::copy(package.join(script), &copy).unwrap();
                copy
            } else {
                package.join(script)
            };
            let (program, data) = if script.ends_with("pyjwt.py") {
                (value.clone(), folder.to_owned())
            } else {
                ("node".into(), value.clone().into())
            };
            for sample in samples {
                fs::write(data.join(format!("{}.jwk", sample.algorithm)), sample.jwk.to_string()).unwrap();
                fs::write(data.join(format!("{}.token", sample.algorithm)), &sample.token).unwrap();
            }
            let mut command = Command::new(program);
            command.arg(script).arg(data).arg(ISSUER).arg(AUDIENCE);
            commands.push(command);
        }
        Self { commands, costs: BTreeMap::new() }
    }

    /// Runs each once; a line is `operation TAB who TAB wall µs TAB CPU µs`.
    pub(crate) fn round(&mut self) {
        for command in &mut self.commands {
            let output = command.output().expect("a peer's script could not be started");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            for line in String::from_utf8(output.stdout).unwrap().lines() {
                let [operation, who, wall, cpu] = line.split('\t').collect::<Vec<_>>()[..] else {
                    panic!("a peer's script wrote {line:?}");
                };
                let cost = Cost { wall: wall.parse().unwrap(), cpu: cpu.parse().unwrap() };
                self.costs.entry((operation.to_owned(), who.to_owned())).or_default().push(cost);
            }
        }
    }

    /// The medians.
    pub(crate) fn results(&self) -> impl Iterator<Item = ((String, String), Cost)> {
        self.costs.iter().map(|(name, costs)| (name.clone(), middle(costs)))
    }
}
