//! `cargo xtask tidy`: the rules of the house that no compiler checks, each in its own file. Also a test, so that
//! `cargo test` finds what this finds. A violation is one line: where, what, and what to do.

mod edges;
mod homes;
mod layout;
mod manifests;
mod places;
mod requirements;
mod signatures;
mod source;
mod tree;
mod words;

use std::fmt;

use crate::failure::{Failure, no_arguments};
use crate::process;
use source::Source;

/// A rule that is broken somewhere.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// A file, with a line where there is one.
    place: String,
    /// What is there.
    what: String,
    /// What to do about it.
    mend: String,
}

impl Violation {
    fn new(place: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}; {}", self.place, self.what, self.mend)
    }
}

/// Checks every rule and prints what is broken.
///
/// # Errors
///
/// When a rule is broken, or cargo or git cannot be asked.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    let sources = source::tracked()?;
    let violations = violations(&sources)?;
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("tidy: {} files keep the rules", sources.len());
            Ok(())
        }
        count => {
            Err(Failure::Step(format!("{count} places break the rules of the house (docs/contributing.md)")))
        }
    }
}

fn violations(sources: &[Source]) -> Result<Vec<Violation>, Failure> {
    let packages = process::packages()?;
    let tree = process::output(process::cargo().args([
        "tree",
        "--package",
        "toolgate",
        "--package",
        "toolgate-cli",
        "--edges",
        "normal",
        "--prefix",
        "depth",
    ]))?;
    let mut found = edges::check(&packages);
    found.extend(manifests::check(&packages, sources));
    found.extend(tree::check(&tree));
    found.extend(homes::check(sources));
    found.extend(requirements::check(sources));
    for source in sources {
        found.extend(layout::check(source));
        found.extend(places::check(source));
        found.extend(signatures::check(source));
        found.extend(words::check(source));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_keeps_the_rules() {
        let found = super::violations(&super::source::tracked().unwrap()).unwrap();
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
