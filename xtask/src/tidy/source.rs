//! The text files of the repository, as git knows them: tracked, or new and not ignored.

use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// One text file.
pub(super) struct Source {
    /// Its path from the top of the workspace, with `/` between the parts.
    pub(super) path: String,
    /// What it says.
    pub(super) text: String,
}

impl Source {
    /// Whether it is Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Where a line is, as compilers write it.
    pub(super) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    /// The lines with their numbers, comments removed: for rules about code.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().map(|(number, line)| {
            let comment = if line.trim_start().starts_with("//") { Some(0) } else { line.find(" // ") };
            (number, comment.and_then(|at| line.get(..at)).unwrap_or(line))
        })
    }

    /// The lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Reads every text file; those that are not UTF-8, and those deleted but not yet committed so, are passed over.
///
/// # Errors
///
/// When git cannot list the files.
pub(super) fn tracked() -> Result<Vec<Source>, Failure> {
    let list = process::output(Command::new("git").current_dir(process::root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let read = |path: &str| {
        let text = std::fs::read_to_string(process::root().join(path)).ok()?;
        Some(Source { path: path.to_owned(), text })
    };
    Ok(list.split_terminator('\0').filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_code() {
        let text = "//! josekit::x\nlet a = 1; // josekit::y\nlet url = \"https://a.b\";";
        let source = Source { path: "a.rs".into(), text: text.into() };
        let code: Vec<_> = source.code().collect();
        assert_eq!(code, [(1, ""), (2, "let a = 1;"), (3, "let url = \"https://a.b\";")]);
    }

    #[test]
    fn this_file_is_among_the_tracked_ones() {
        assert!(tracked().unwrap().iter().any(|source| source.path == "xtask/src/tidy/source.rs"));
    }
}
