//! What the peers run on: node and python, which no registry of packages brings along.

use crate::failure::Failure;
use crate::process::answers;

/// Succeeds from the version on that the peers ask for.
const NODE: &[&str] = &["-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"];
const PYTHON: &[&str] = &["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))"];

/// The programs by the names that they are called by here.
pub(super) struct Toolchain {
    pub(super) node: &'static str,
    pub(super) npm: &'static str,
    pub(super) python: &'static str,
}

impl Toolchain {
    /// Looks for them.
    ///
    /// # Errors
    ///
    /// One sentence that names all that is missing.
    pub(super) fn find() -> Result<Self, Failure> {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let node = answers("node", NODE) && answers(npm, &["--version"]);
        let python = ["python3", "python"].into_iter().find(|name| answers(name, PYTHON));
        match (node, python) {
            (true, Some(python)) => Ok(Self { node: "node", npm, python }),
            (node, python) => Err(missing(node, python.is_some())),
        }
    }
}

fn missing(node: bool, python: bool) -> Failure {
    let names = [(node, "node 20 or later with npm"), (python, "python 3.10 or later with venv and pip")];
    let names: Vec<&str> = names.into_iter().filter(|(found, _)| !found).map(|(_, name)| name).collect();
    Failure::Missing(format!(
        "interop runs programs that others wrote, and for those needs {}; install it or put it on the PATH",
        names.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_sentence_and_no_failed_check() {
        let both = missing(false, false);
        assert_eq!(both.code(), 2);
        assert!(both.to_string().contains("npm and python 3.10"));
        assert!(!missing(true, false).to_string().contains("node 20"));
        assert_eq!(both.to_string().lines().count(), 1);
    }
}
