//! `cargo xtask fuzz [TARGET] [--runs N]`: the fuzz targets of crates/fuzz, each from its seeds.
//!
//! The instrumentation is that of cargo-fuzz, which the stable compiler has too: nothing but a C++ compiler for
//! libFuzzer is needed. Without AddressSanitizer, which only a nightly compiler has; our crates hold no unsafe code.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// Coverage by counters, and the operands of comparisons, so that the fuzzer sees how near it is.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg=fuzzing";
/// Named, so that build scripts and macros are built without the instrumentation.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// How often each target runs by default.
const RUNS: &str = "100000";
/// How often in CI: a check that every target still starts and takes its seeds.
const SMOKE_RUNS: &str = "2000";

/// Runs one target, or all of them.
///
/// # Errors
///
/// For a target that does not exist, or one that finds something: the input then lies in crates/fuzz/artifacts.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let (wanted, runs) = options(arguments)?;
    let targets: Vec<String> =
        targets()?.into_iter().filter(|target| wanted.is_none_or(|wanted| wanted == target)).collect();
    if targets.is_empty() {
        let all = self::targets()?.join(", ");
        return Err(Failure::Usage(format!(
            "there is no fuzz target {:?}; there are {all}",
            wanted.unwrap_or_default()
        )));
    }
    build()?;
    targets.iter().try_for_each(|target| start(target, runs))
}

/// The short run of CI; says why where this machine cannot build the targets.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn smoke() -> Result<(), Failure> {
    let here = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    if !here || !process::answers("c++", &["--version"]) {
        println!("skipped: the fuzz targets need x86-64 Linux and a C++ compiler, for libFuzzer");
        return Ok(());
    }
    run(&["--runs".to_owned(), SMOKE_RUNS.to_owned()])
}

fn options(arguments: &[String]) -> Result<(Option<&str>, &str), Failure> {
    let usage = || Failure::Usage("usage: cargo xtask fuzz [TARGET] [--runs N]".to_owned());
    let (mut target, mut runs) = (None, RUNS);
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--runs" {
            runs = words.next().filter(|number| number.parse::<u64>().is_ok()).ok_or_else(usage)?;
        } else if word.starts_with('-') || target.replace(word).is_some() {
            return Err(usage());
        }
    }
    Ok((target, runs))
}

fn folder() -> PathBuf {
    process::root().join("crates").join("fuzz")
}

/// The files of fuzz_targets, without their endings.
fn targets() -> Result<Vec<String>, Failure> {
    let unreadable = |error| Failure::Step(format!("crates/fuzz/fuzz_targets cannot be read: {error}"));
    let files = fs::read_dir(folder().join("fuzz_targets")).map_err(unreadable)?;
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn build() -> Result<(), Failure> {
    let mut build = process::cargo();
    build.current_dir(folder()).env("RUSTFLAGS", FLAGS);
    process::run(build.args(["build", "--quiet", "--locked", "--release", "--target", PLATFORM]))
}

/// New inputs go to corpus/, which git ignores; what breaks a target goes to artifacts/.
fn start(target: &str, runs: &str) -> Result<(), Failure> {
    let own = |kind: &str| folder().join(kind).join(target);
    for kind in ["corpus", "artifacts"] {
        fs::create_dir_all(own(kind))
            .map_err(|error| Failure::Step(format!("{} cannot be made: {error}", own(kind).display())))?;
    }
    println!("\n{target}");
    let program = folder().join("target").join(PLATFORM).join("release").join(target);
    let mut command = Command::new(program);
    command.current_dir(folder()).args(["-max_len=4096", "-print_final_stats=1", "-verbosity=0"]);
    command.arg(format!("-runs={runs}")).arg(format!("-artifact_prefix=artifacts/{target}/"));
    process::run(command.args([format!("corpus/{target}"), format!("seeds/{target}")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_command_line_names_a_target_and_how_often() {
        assert_eq!(options(&[]).unwrap(), (None, RUNS));
        assert_eq!(options(&words("url --runs 5")).unwrap(), (Some("url"), "5"));
        for wrong in ["--runs", "--runs many", "url key_set", "--fast"] {
            assert_eq!(options(&words(wrong)).unwrap_err().code(), 2, "{wrong}");
        }
    }

    #[test]
    fn every_target_has_seeds() {
        for target in targets().unwrap() {
            assert!(folder().join("seeds").join(&target).is_dir(), "{target}");
        }
    }
}
