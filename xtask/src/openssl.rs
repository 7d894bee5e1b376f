//! Which OpenSSL the builds use. `josekit` links it: the system's where its headers are found, else one that is built
//! from source by the feature `vendored-openssl`, which takes some minutes the first time and needs perl and make.
//!
//! The look-up follows that of `openssl-sys`, so that the answer here is the one that its build script will come to.

use std::path::Path;
use std::sync::OnceLock;

use crate::failure::Failure;
use crate::process::answers;

/// The arguments that make a cargo command over the workspace build with an OpenSSL that this machine can provide.
/// Says once when that is one from source.
///
/// # Errors
///
/// When there are no headers and the tools to build OpenSSL from source are missing too.
pub(crate) fn features() -> Result<&'static [&'static str], Failure> {
    static FOUND: OnceLock<Result<&'static [&'static str], String>> = OnceLock::new();
    FOUND.get_or_init(look).clone().map_err(Failure::Step)
}

fn look() -> Result<&'static [&'static str], String> {
    if system() {
        return Ok(&[]);
    }
    let missing: Vec<&str> =
        ["perl", "make"].into_iter().filter(|tool| !answers(tool, &["--version"])).collect();
    decide(&missing)?;
    println!(
        "OpenSSL's headers were not found: building OpenSSL from source (some minutes, the first time only)."
    );
    println!("To use the system's instead: apt-get install libssl-dev pkg-config, or set OPENSSL_DIR.");
    Ok(&["--features", "toolgate-jwt-verify/vendored-openssl"])
}

fn decide(missing: &[&str]) -> Result<(), String> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "OpenSSL's headers were not found, and to build OpenSSL from source {} would be needed; \
         install the headers (Debian: apt-get install libssl-dev pkg-config; Fedora: dnf install openssl-devel; \
         macOS: brew install openssl@3) or {}",
        missing.join(" and "),
        missing.join(" and "),
    ))
}

fn system() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some();
    let named = set("OPENSSL_DIR") || (set("OPENSSL_LIB_DIR") && set("OPENSSL_INCLUDE_DIR"));
    let homebrew = ["/opt/homebrew/opt/openssl@3", "/usr/local/opt/openssl@3"];
    let pkg_config = std::env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    named
        || (cfg!(target_os = "macos") && homebrew.iter().any(|folder| Path::new(folder).is_dir()))
        || answers(pkg_config, &["--exists", "openssl"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_the_tools_there_openssl_is_built_from_source() {
        assert_eq!(decide(&[]), Ok(()));
    }

    #[test]
    fn missing_tools_are_one_sentence_that_names_them_and_the_way_out() {
        let message = decide(&["perl", "make"]).unwrap_err();
        assert!(message.contains("perl and make") && message.contains("libssl-dev"));
        assert_eq!(message.lines().count(), 1);
    }
}
