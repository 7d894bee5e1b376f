//! How many checks held, counted from the lines of the programs that make them: `✓ title` or `✗ title: reason`.

use std::io::{BufRead, BufReader, IsTerminal};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Counted so far.
#[derive(Default)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Runs a program of checks, shows its lines as they come, and counts them. One that ends badly without having told
    /// of a failed check counts as one.
    ///
    /// # Errors
    ///
    /// When it cannot be started or followed.
    pub(super) fn follow(&mut self, group: &str, command: &mut Command) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::Step(format!("the checks of {group} cannot be run: {error}"));
        if std::io::stdout().is_terminal() {
            command.env("CLICOLOR_FORCE", "1");
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let before = self.failed;
        for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
            let line = line.map_err(failed)?;
            self.count(&line);
            println!("{line}");
        }
        let status = child.wait().map_err(failed)?;
        if !status.success() && self.failed == before {
            self.failed += 1;
            println!("✗ {group}: the program of the checks ended with {status}");
        }
        Ok(())
    }

    fn count(&mut self, line: &str) {
        // A colour may stand before the mark.
        match line.chars().find(|mark| matches!(mark, '✓' | '✗')) {
            Some('✓') => self.passed += 1,
            Some(_) => self.failed += 1,
            None => {}
        }
    }

    /// Says how many held.
    ///
    /// # Errors
    ///
    /// When one did not, or there was none.
    pub(super) fn close(self, filter: &str) -> Result<(), Failure> {
        println!("\n{} passed, {} failed", self.passed, self.failed);
        match (self.passed, self.failed) {
            (0, 0) => Err(Failure::Usage(format!(
                "no group is called {filter:?}, and no check has that in its title"
            ))),
            (_, 0) => Ok(()),
            (_, failed) => Err(Failure::Step(format!("{failed} of the checks above did not hold"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_with_and_without_colour() {
        let mut tally = Tally::default();
        for line in ["✓ a (1 ms)", "\u{1b}[32m✓\u{1b}[0m b (1 ms)", "✗ c: expected ✓", "a warning"] {
            tally.count(line);
        }
        assert_eq!((tally.passed, tally.failed), (2, 1));
        assert_eq!(tally.close("").unwrap_err().code(), 1);
    }

    #[test]
    fn nothing_checked_is_no_success() {
        assert_eq!(Tally::default().close("typo").unwrap_err().code(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_ends_badly_without_a_word_has_failed() {
        let mut tally = Tally::default();
        tally.follow("a", Command::new("sh").args(["-c", "echo '✓ a'; exit 3"])).unwrap();
        assert_eq!((tally.passed, tally.failed), (1, 1));
    }
}
