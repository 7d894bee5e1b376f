//! `cargo xtask corpus [FOLDER]`: recorded traffic of real providers, replies read and requests written again, as tables.
//!
//! In release mode and alone: thousands of recordings are read by two readers each.

use crate::failure::Failure;
use crate::process;

/// Runs the tests that read recordings; a folder takes the place of `TOOLGATE_CORPUS`.
///
/// # Errors
///
/// When the folder holds no recordings, or one is read or written wrongly.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let named = match arguments {
        [] => std::env::var_os("TOOLGATE_CORPUS").map(Into::into),
        [folder] => Some(folder.into()),
        _ => return Err(Failure::Usage("usage: cargo xtask corpus [FOLDER]".to_owned())),
    };
    let folder = named.unwrap_or_else(|| process::root().join("../shared/corpus"));
    // The tests run in another folder.
    let found = folder.canonicalize().ok().filter(|folder| folder.join("INDEX.json").is_file());
    let Some(folder) = found else {
        let message = "expected recordings (INDEX.json and a file each), found none; name their folder, or set \
                       TOOLGATE_CORPUS";
        return Err(Failure::Step(format!("{}: {message}", folder.display())));
    };
    let mut command = process::cargo();
    command.env("TOOLGATE_CORPUS", folder);
    command.args(["test", "--quiet", "--release", "-p", "toolgate-llm-providers", "--test", "it"]);
    // One at a time, so that the tables come one after another.
    process::run(command.args(["--", "corpus::", "--nocapture", "--test-threads", "1"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_recordings_is_refused() {
        let failure = run(&["no/such/folder".to_owned()]).unwrap_err();
        assert!(failure.to_string().starts_with("no/such/folder: expected recordings"), "{failure}");
        assert_eq!(run(&["a".to_owned(), "b".to_owned()]).unwrap_err().code(), 2);
    }
}
