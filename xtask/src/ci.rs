//! `cargo xtask ci`: what CI runs, in its order. Each step is named and timed; the first that fails ends the run; a
//! summary closes it. All steps select the whole workspace, so that each dependency is built once for all of them.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::{Failure, no_arguments};
use crate::features::with_features;
use crate::{
    catalog, conformance, demo, deny, e2e, examples, fuzz, interop, package, process, sbom, semver, test,
    tidy,
};

/// What a step is called, and the function that does it.
type Step = (&'static str, fn() -> Result<(), Failure>);

/// The quick ones first, so that a slip is found in seconds.
const STEPS: &[Step] = &[
    ("format", || process::run(process::cargo().args(["fmt", "--all", "--check"]))),
    ("tidy", || tidy::run(&[])),
    ("deny", || deny::run(&[])),
    ("clippy", || {
        let command = workspace("clippy", &["--all-targets"])?;
        process::run({ command }.args(["--", "-D", "warnings"]))
    }),
    ("test", || test::run(&[])),
    ("catalog", || catalog::run(&["--check".to_owned()])),
    // The libraries only: the program and the facade are both called toolgate, and would write to one folder.
    ("doc", || process::run(workspace("doc", &["--no-deps", "--lib"])?.env("RUSTDOCFLAGS", "-D warnings"))),
    ("package", || package::run(&[])),
    ("semver", || semver::run(&[])),
    ("sbom", || sbom::run(&[])),
    ("examples", || examples::run(&[])),
    ("fuzz", fuzz::smoke),
    ("e2e", || e2e::run(&[])),
    ("interop", interop::run_where_possible),
    ("demo", || demo::run(&[])),
    ("conformance", conformance::run_where_possible),
];

/// Runs every step, or stops at the first that fails.
///
/// # Errors
///
/// The failure of that step.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let mut times = Vec::new();
    for (position, (name, step)) in STEPS.iter().enumerate() {
        println!("\n== {name} ({} of {}) ==", position + 1, STEPS.len());
        let start = Instant::now();
        let outcome = step();
        times.push((*name, start.elapsed(), outcome.is_ok()));
        if let Err(failure) = outcome {
            println!("\n{}", summary(&times));
            return Err(failure);
        }
    }
    println!("\n{}", summary(&times));
    Ok(())
}

fn workspace(subcommand: &str, arguments: &[&str]) -> Result<Command, Failure> {
    let mut command = process::cargo();
    command.args([subcommand, "--workspace"]).args(arguments);
    with_features(command)
}

fn summary(times: &[(&str, Duration, bool)]) -> String {
    let mut text = String::new();
    for (name, time, passed) in times {
        let verdict = if *passed { "ok" } else { "FAILED" };
        text.push_str(&format!("{name:<11} {:>6.1} s  {verdict}\n", time.as_secs_f64()));
    }
    let total: Duration = times.iter().map(|(_, time, _)| *time).sum();
    text.push_str(&format!("{} of {} steps in {:.0} s", times.len(), STEPS.len(), total.as_secs_f64()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_shows_each_step_and_the_one_that_failed() {
        let text = summary(&[
            ("format", Duration::from_millis(1500), true),
            ("tidy", Duration::from_secs(2), false),
        ]);
        let closing = format!("2 of {} steps in 4 s", STEPS.len());
        assert_eq!(text, format!("format         1.5 s  ok\ntidy           2.0 s  FAILED\n{closing}"));
    }
}
