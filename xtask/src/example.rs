//! Builds one of the programs in `examples/` and runs it in the caller's place.
//!
//! Built with `--workspace`, because the packages that a command selects decide the features of what they share: any
//! other selection would build half of the dependencies a second time next to what `cargo xtask test` has built.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::failure::Failure;
use crate::features::with_features;
use crate::process;

/// Builds the example called `name` and runs it with `arguments`.
///
/// # Errors
///
/// When it does not build; else its own exit code, when that is not 0.
pub(crate) fn run(name: &str, arguments: &[String]) -> Result<(), Failure> {
    process::run(Command::new(build(name)?).args(arguments))
}

/// Builds the example called `name` and says where it is.
///
/// # Errors
///
/// When it does not build.
pub(crate) fn build(name: &str) -> Result<PathBuf, Failure> {
    println!(
        "Building it first; from nothing that takes some minutes, for TLS and OpenSSL are compiled too."
    );
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--example", name, "--message-format", "json-render-diagnostics"]);
    let messages = process::output(&mut with_features(build)?)?;
    executable(&messages, name).ok_or_else(|| {
        Failure::Step(format!("cargo built no example called {name:?}; is it in examples/Cargo.toml?"))
    })
}

/// Where cargo put the example, read from its messages, one JSON object a line.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name").is_some_and(|found| found == name))
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_that_of_the_example_asked_for() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"toolgate"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"e2e"},"executable":"target/debug/examples/e2e"}"#,
            "\nnot JSON\n",
            r#"{"reason":"compiler-artifact","target":{"name":"demo"},"executable":"target/debug/examples/demo"}"#,
        );
        assert_eq!(executable(messages, "demo"), Some(PathBuf::from("target/debug/examples/demo")));
        assert_eq!(executable(messages, "bench"), None);
    }
}
