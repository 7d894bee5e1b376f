//! `cargo xtask conformance [CLIENT]`: the MCP conformance suite against the client in `examples/conformance`, or against
//! another program.
//!
//! Both the stable release of the suite and the newest one run, in pinned versions, on a pinned node. What the client does
//! not do is listed with its reason in `xtask/conformance/*.yml`: only what takes an authorization code and so a person. The
//! scenarios in [`WHOLLY`] must pass with every check, and with a client that ends well, which a run of many does not look at.
//!
//! Extensions are run and not scored. Of those, client credentials pass wholly; DPoP is offered there for an authorization
//! code only, enterprise-managed authorization and workload identity for other grants than client credentials.

mod install;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{example, process};
use install::Suite;

/// A run of many scenarios: the suite, what is chosen from it, and the list of what may fail.
struct Run {
    suite: Suite,
    chosen: [&'static str; 2],
    baseline: &'static str,
}

const RUNS: &[Run] = &[
    Run { suite: Suite::Newest, chosen: ["--requirements", "2025-11-25"], baseline: "2025-11-25.yml" },
    Run { suite: Suite::Newest, chosen: ["--requirements", "2026-07-28"], baseline: "2026-07-28.yml" },
    Run { suite: Suite::Stable, chosen: ["--suite", "all"], baseline: "0.1.16.yml" },
];

/// Scenarios of the newest suite that must pass wholly.
const WHOLLY: &[&str] = &[
    "initialize",
    "tools_call",
    "elicitation-sep1034-client-defaults",
    "sse-retry",
    "request-metadata",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "sep-2322-client-request-state",
    "json-schema-ref-no-deref",
    "json-schema-2020-12-preservation",
    "auth/pre-registration",
    "auth/resource-mismatch",
    "auth/metadata-issuer-mismatch",
    "auth/client-credentials-basic",
    "auth/client-credentials-jwt",
];

/// Runs the suites.
///
/// # Errors
///
/// When npm is missing, the client does not build, or a check fails that the lists do not name.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(extra) = arguments.get(1) {
        return Err(Failure::Usage(format!("conformance takes one client, but got {extra:?} as well")));
    }
    let client = match arguments.first() {
        Some(client) => PathBuf::from(client),
        None => example::build("conformance")?,
    };
    let command = command_line(&client)?;
    let folder = install::install()?;
    for run in RUNS {
        let baseline = process::root().join("xtask/conformance").join(run.baseline);
        let mut suite = run.suite.command(&folder, &command);
        suite.args(run.chosen).arg("--expected-failures").arg(baseline);
        process::run(results(&mut suite, &folder, run.baseline))?;
    }
    for scenario in WHOLLY {
        let mut suite = Suite::Newest.command(&folder, &command);
        process::run(results(suite.args(["--scenario", scenario]), &folder, "wholly"))?;
    }
    println!("\nNothing failed but what the lists in xtask/conformance name with its reason.");
    Ok(())
}

/// The same in CI, which may run on a machine without npm.
///
/// # Errors
///
/// As [`run`], but not for a missing npm.
pub(crate) fn run_where_possible() -> Result<(), Failure> {
    if install::is_possible() {
        return run(&[]);
    }
    println!("SKIPPED: the conformance suite comes by npm, which is not on the PATH");
    Ok(())
}

/// Where the suite leaves what it saw of each scenario.
fn results<'a>(suite: &'a mut Command, folder: &Path, name: &str) -> &'a mut Command {
    suite.arg("-o").arg(folder.join("results").join(name))
}

/// The client as the suite wants it: it splits the text at each space.
fn command_line(client: &Path) -> Result<String, Failure> {
    let client = client.strip_prefix(process::root()).unwrap_or(client).display().to_string();
    if client.contains(' ') {
        return Err(Failure::Step(format!(
            "the suite cannot start a client with a space in its path: {client:?}"
        )));
    }
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_named_from_the_top_folder() {
        assert_eq!(command_line(&process::root().join("target/x")).unwrap(), "target/x");
        assert!(command_line(Path::new("/a b/x")).is_err());
    }

    #[test]
    fn every_exception_has_a_reason_above_it() {
        for run in RUNS {
            let text = std::fs::read_to_string(process::root().join("xtask/conformance").join(run.baseline))
                .unwrap();
            let body = text.split_once("client:\n").unwrap().1;
            assert!(body.starts_with("  # "), "{}", run.baseline);
            let scenarios = body.lines().filter_map(|line| line.strip_prefix("  - "));
            for scenario in scenarios {
                assert!(!WHOLLY.contains(&scenario), "{scenario} is to pass and to fail");
            }
        }
    }
}
