//! `cargo xtask examples`: every one-file program in `examples/`, each against a rig that it starts itself.

use crate::example;
use crate::failure::{Failure, no_arguments};

/// One for each crate that is useful alone, and one of the whole.
const EXAMPLES: &[&str] = &["token", "verify", "tools", "model", "embed", "audit", "chat"];

/// Runs them one after the other.
///
/// # Errors
///
/// When one does not build, or the exit code of the first that fails.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    EXAMPLES.iter().try_for_each(|name| {
        println!("-- {name}");
        example::run(name, &[])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_file_example_is_run() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let programs = files.filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
        let mut names: Vec<String> =
            programs.map(|path| path.file_stem().unwrap().display().to_string()).collect();
        names.retain(|name| name != "catalogue");
        names.sort_unstable();
        let mut run = EXAMPLES.to_vec();
        run.sort_unstable();
        assert_eq!(names, run);
    }
}
