//! Programs that a task runs: shown before they start, run from the top of the workspace, and answered by a
//! [`Failure`] when they end badly.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::failure::Failure;

/// The top folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// The cargo that runs us, without the variables that it set for us: some build scripts watch them, and would build
/// again what a plain `cargo` in the same folder has already built.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let set_for_us = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if name.to_str().is_some_and(|name| set_for_us.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

/// Shows the command and runs it on this terminal.
///
/// # Errors
///
/// When the program cannot be started or ends with a code other than 0.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("$ {}", line(command));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    ended(command, status)
}

/// Runs the command and returns what it wrote to its standard output; its errors stay on this terminal.
///
/// # Errors
///
/// When the program cannot be started, ends with a code other than 0, or writes something that is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(command, &error))?;
    ended(command, output.status)?;
    String::from_utf8(output.stdout)
        .map_err(|_| Failure::Step(format!("`{}` wrote something that is not UTF-8", line(command))))
}

/// The packages of the workspace, as `cargo metadata` describes them.
///
/// # Errors
///
/// When a manifest is wrong.
pub(crate) fn packages() -> Result<Vec<Value>, Failure> {
    let text = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::Step(format!("cargo metadata wrote something that is not JSON: {error}"))
    })?;
    Ok(metadata.get("packages").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// Whether a program can be started and answers well, with its words thrown away.
pub(crate) fn answers(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::Step(format!("`{}` could not be started: {error}", line(command)))
}

fn ended(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    // Without a code (a signal ended it) or with one that does not fit, 1 stands for it.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Failure::Program { line: line(command), code })
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    let mut text = program.into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        let plain = !argument.is_empty() && !argument.contains([' ', '"', '\'', '*', '$']);
        text.push_str(&if plain { format!(" {argument}") } else { format!(" '{argument}'") });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_of_a_program_is_kept() {
        let failure = run(Command::new("sh").args(["-c", "exit 7"])).unwrap_err();
        assert_eq!(failure.code(), 7);
        assert_eq!(failure.to_string(), "`sh -c 'exit 7'` ended with exit code 7");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let failure = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(failure.to_string().starts_with("`no-such-program` could not be started"));
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
