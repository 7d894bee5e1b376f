//! How a file of Rust is laid out: short enough for one sitting, opened by what it is, and called by a name that says so.

use super::Violation;
use super::source::Source;

/// The most lines that a file may have, its tests included.
const LINES: usize = 400;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] =
    &["common", "handler", "handlers", "helper", "helpers", "manager", "misc", "mod", "util", "utils"];

/// Looks at one file.
pub(super) fn check(source: &Source) -> Vec<Violation> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > LINES {
        let what = format!("{lines} lines, where {LINES} are the most");
        found.push(Violation::new(
            source.place(LINES + 1),
            what,
            "give its second concept a file of its own",
        ));
    }
    if !opened(source) {
        let mend = "open it with `//!`: what it is, why it stands apart, the standard that it follows";
        found.push(Violation::new(source.place(1), "the file does not say what it is", mend));
    }
    let stem = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if let Some(word) = empty_name(stem) {
        let what = format!("{word:?} in a file's name says nothing");
        found.push(Violation::new(&source.path, what, "name it after the one thing that it holds"));
    }
    found
}

/// The first word of a name in snake or kebab case that says nothing.
pub(super) fn empty_name(name: &str) -> Option<&str> {
    name.split(['_', '-']).find(|word| EMPTY_NAMES.contains(word))
}

fn opened(source: &Source) -> bool {
    let text = source.text.trim_start_matches('\u{feff}');
    // The root of a test binary opens with the lints that tests are free of.
    let test_root = source.path.ends_with("tests/it/main.rs") && text.starts_with("#![");
    text.starts_with("//!") || text.starts_with("#![doc = include_str!(") || test_root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Source { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn a_file_has_an_end() {
        assert_eq!(found("a.rs", &"//! a\n".repeat(LINES)), 0);
        assert_eq!(found("a.rs", &"//! a\n".repeat(LINES + 1)), 1);
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(found("a.rs", "#![doc = include_str!(\"../README.md\")]\n"), 0);
        assert_eq!(found("a.rs", "use std::fmt;\n"), 1);
        assert_eq!(found("crates/a/tests/it/main.rs", "#![allow(clippy::unwrap_used)]\n"), 0);
        assert_eq!(found("notes.md", "# Notes\n"), 0);
    }

    #[test]
    fn a_name_says_something() {
        assert_eq!(found("crates/a/src/token_manager.rs", "//! a"), 1);
        assert_eq!(found("crates/a/src/utils.rs", "//! a"), 1);
        assert_eq!(found("crates/a/src/a/mod.rs", "//! a"), 1);
        assert_eq!(found("crates/a/src/utility_token.rs", "//! a"), 0);
    }
}
