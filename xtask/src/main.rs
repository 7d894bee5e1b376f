//! Tasks of the workspace, run as `cargo xtask COMMAND`: one file per command, in plain Rust, so that every step of
//! CI and of the README works the same on each machine. Kept light (no runtime, no cryptography), so that it starts at once.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks on its terminal"
)]

mod alone;
mod bench;
mod catalog;
mod certs;
mod ci;
mod conformance;
mod corpus;
mod demo;
mod deny;
mod e2e;
mod example;
mod examples;
mod failure;
mod features;
mod fuzz;
mod interop;
mod minimal;
mod openssl;
mod package;
mod process;
mod release;
mod rig;
mod sbom;
mod semver;
mod soak;
mod test;
mod tidy;
mod tool;

use std::process::ExitCode;

use failure::Failure;

/// What a command is called, what it does in one line, and the function that does it.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

const TASKS: &[Task] = &[
    Task {
        name: "demo",
        about: "the three scenarios against a local rig; arguments are passed on",
        run: demo::run,
    },
    Task { name: "e2e", about: "the end-to-end run over TLS; arguments are passed on", run: e2e::run },
    Task { name: "examples", about: "every one-file program in examples/", run: examples::run },
    Task {
        name: "rig",
        about: "the demo's servers until stopped, with the environment for a client of them",
        run: rig::run,
    },
    Task {
        name: "interop",
        about: "our clients against programs that others wrote: interop [FILTER]",
        run: interop::run,
    },
    Task {
        name: "conformance",
        about: "the MCP conformance suite against our client, or another: conformance [CLIENT]",
        run: conformance::run,
    },
    Task {
        name: "corpus",
        about: "recorded provider traffic, read and written again, as tables: corpus [FOLDER]",
        run: corpus::run,
    },
    Task {
        name: "certs",
        about: "a development CA and a certificate in mkcert's layout: certs [DIR]",
        run: certs::run,
    },
    Task {
        name: "catalog",
        about: "writes docs/providers.md from the catalogue of providers; --check only compares",
        run: catalog::run,
    },
    Task {
        name: "test",
        about: "all tests that need no network; arguments go to cargo test",
        run: test::run,
    },
    Task { name: "tidy", about: "the rules of the house that the compiler does not check", run: tidy::run },
    Task { name: "deny", about: "licences, bans and sources of every dependency", run: deny::run },
    Task { name: "fuzz", about: "the fuzz targets: fuzz [TARGET] [--runs N]", run: fuzz::run },
    Task {
        name: "bench",
        about: "our operations beside those of peers: bench [tokens|transport|models|serve|mcp|loop]",
        run: bench::run,
    },
    Task {
        name: "soak",
        about: "thousands of conversations while everything misbehaves: soak [--seconds N] [--conversations N]",
        run: soak::run,
    },
    Task {
        name: "release",
        about: "the command as it is shipped, what runs at its start side by side; needs valgrind",
        run: release::run,
    },
    Task {
        name: "package",
        about: "packs every published crate and builds what was packed",
        run: package::run,
    },
    Task {
        name: "sbom",
        about: "what the command is made of, as CycloneDX, into target/sbom: sbom [TARGET]",
        run: sbom::run,
    },
    Task {
        name: "alone",
        about: "each published crate by itself, without features and with each of its own alone",
        run: alone::run,
    },
    Task {
        name: "minimal",
        about: "builds with the oldest dependencies that the manifests allow; needs a network",
        run: minimal::run,
    },
    Task {
        name: "semver",
        about: "the public interface against that of the last tagged release",
        run: semver::run,
    },
    Task { name: "ci", about: "everything that CI runs, in its order", run: ci::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let (name, rest) = arguments
        .split_first()
        .ok_or_else(|| Failure::Usage(format!("which command? one of these was expected\n\n{}", usage())))?;
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        println!("{}", usage());
        return Ok(());
    }
    let task = TASKS.iter().find(|task| task.name == name).ok_or_else(|| {
        Failure::Usage(format!("there is no command {name:?}; there are these\n\n{}", usage()))
    })?;
    (task.run)(rest)
}

fn usage() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND [ARGUMENTS]\n");
    for task in TASKS {
        text.push_str(&format!("\n  {:<11} {}", task.name, task.about));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn an_unknown_command_is_a_usage_error_that_lists_the_known_ones() {
        let failure = dispatch(&words("demonstrate")).unwrap_err();
        assert_eq!(failure.code(), 2);
        for task in TASKS {
            assert!(failure.to_string().contains(task.name));
        }
    }

    #[test]
    fn every_command_is_in_the_table_for_contributors() {
        let table = include_str!("../../docs/contributing.md");
        for task in TASKS {
            let row = format!("| `cargo xtask {}", task.name);
            assert!(table.contains(&row), "{row} … is missing in docs/contributing.md");
        }
    }

    #[test]
    fn no_command_is_a_usage_error_and_help_is_not() {
        assert_eq!(dispatch(&[]).unwrap_err().code(), 2);
        assert!(dispatch(&words("--help")).is_ok());
    }

    #[test]
    fn a_command_without_arguments_refuses_them() {
        assert_eq!(dispatch(&words("tidy now")).unwrap_err().code(), 2);
    }
}
