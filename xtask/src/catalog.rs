//! `cargo xtask catalog`: writes `docs/providers.md` from the catalogue of providers, and with `--check` only says
//! whether it is what would be written. The text comes from the example `catalogue`, so that nothing of the library
//! need be built before a task starts.

use std::path::Path;

use crate::failure::Failure;
use crate::features::with_features;
use crate::process;

const PAGE: &str = "docs/providers.md";

/// Writes the page, or with `--check` compares it.
///
/// # Errors
///
/// When the example does not build or the page cannot be read or written; with `--check`, when it is out of date.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let check = match arguments {
        [] => false,
        [argument] if argument == "--check" => true,
        _ => return Err(Failure::Usage(format!("expected nothing or --check, found {arguments:?}"))),
    };
    let mut command = process::cargo();
    // From the top of the workspace without a package, so that its dependencies are built with the features that all
    // other tasks build them with.
    command.args(["run", "--quiet", "--example", "catalogue"]);
    let text = process::output(&mut with_features(command)?)?;
    let path = process::root().join(PAGE);
    if check { compare(&path, &text) } else { write(&path, &text) }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::Step(format!("{PAGE} cannot be written: {error}")))?;
    println!("{PAGE}: {} lines", text.lines().count());
    Ok(())
}

fn compare(path: &Path, text: &str) -> Result<(), Failure> {
    let found = std::fs::read_to_string(path).map_err(|error| {
        Failure::Step(format!("{PAGE} cannot be read: {error}; run `cargo xtask catalog`"))
    })?;
    if found == text {
        println!("{PAGE} is up to date");
        return Ok(());
    }
    Err(Failure::Step(format!(
        "{PAGE} is out of date from line {} on: run `cargo xtask catalog` and commit what it writes",
        first_difference(&found, text)
    )))
}

/// The first line, from 1, that differs or stands in only one of the texts.
fn first_difference(found: &str, expected: &str) -> usize {
    found.lines().zip(expected.lines()).take_while(|(one, other)| one == other).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_out_of_date_says_from_where_and_what_to_do() {
        let path = std::env::temp_dir().join(format!("toolgate-catalog-{}.md", std::process::id()));
        write(&path, "one\ntwo\n").unwrap();
        assert!(compare(&path, "one\ntwo\n").is_ok());
        let failure = compare(&path, "one\nthree\n").unwrap_err().to_string();
        std::fs::remove_file(&path).unwrap();
        assert!(failure.contains("line 2") && failure.contains("cargo xtask catalog"), "{failure}");
        assert!(compare(&path, "one\n").unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn a_line_more_or_less_is_a_difference() {
        assert_eq!(first_difference("one\n", "one\ntwo\n"), 2);
        assert_eq!(first_difference("one\ntwo\n", "one\n"), 2);
    }

    #[test]
    fn other_arguments_are_refused() {
        assert_eq!(run(&["--force".to_owned()]).unwrap_err().code(), 2);
    }
}
