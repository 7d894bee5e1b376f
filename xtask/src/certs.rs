//! `cargo xtask certs [DIR]`: a development CA and a certificate for localhost in mkcert's layout. The work is done by
//! a program of the test kit, because making certificates needs cryptography, and xtask stays without.

use crate::failure::Failure;
use crate::process;

/// Writes the certificates into the folder given, else into `target/certs`, which git ignores: keys are among them.
///
/// # Errors
///
/// When more than one folder is given, or the program's own exit code.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(extra) = arguments.get(1) {
        return Err(Failure::Usage(format!("certs takes one folder, but got {extra:?} as well")));
    }
    // A relative folder is meant from where the caller stands, not from the top of the workspace.
    let folder = arguments
        .first()
        .map(std::path::absolute)
        .transpose()
        .map_err(|error| Failure::Usage(format!("that names no folder: {error}")))?;
    // The test kit links no OpenSSL, so there is none to look for, and building it alone is quick.
    let mut program = process::cargo();
    program.args(["run", "--quiet", "--package", "toolgate-testkit", "--bin", "certs", "--"]);
    process::run(program.args(folder))
}
