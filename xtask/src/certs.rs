//! `cargo xtask certs [DIR]`: a development CA and a certificate for localhost in mkcert's layout. The work is done by
//! a program of the test kit, because making certificates needs cryptography, and xtask stays without.

use crate::failure::Failure;
use crate::process;

/// Writes the certificates into the folder given, or where the program puts them by default.
///
/// # Errors
///
/// When more than one folder is given, or the program's own exit code.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(extra) = arguments.get(1) {
        return Err(Failure::Usage(format!("certs takes one folder, but got {extra:?} as well")));
    }
    // The test kit has no OpenSSL in it, so this selection is quick to build, and nothing need be looked up.
    process::run(
        process::cargo()
            .args(["run", "--quiet", "--package", "toolgate-testkit", "--bin", "certs", "--"])
            .args(arguments)
            .current_dir(std::env::current_dir().unwrap_or_else(|_| process::root().to_owned())),
    )
}
