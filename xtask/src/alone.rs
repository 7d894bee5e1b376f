//! `cargo xtask alone`: checks each published crate by itself, without features and with each of its own alone, as somebody
//! has it who takes one crate. Everywhere else the crates are built together, where one's features may hide what another
//! forgot to switch on.

use serde_json::Value;

use crate::failure::{Failure, no_arguments};
use crate::{openssl, process};

/// A crate that needs one of its features, and says so itself.
const NEEDS_ONE: &str = "toolgate-tls-config";
/// How OpenSSL is linked, which changes nothing of ours.
const LINKING: &str = "vendored-openssl";

/// Checks all of them; a warning counts as well.
///
/// # Errors
///
/// When OpenSSL's headers are missing, or a crate does not build so.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    no_arguments(arguments)?;
    if !openssl::features()?.is_empty() {
        let message = "OpenSSL's headers are needed here: a crate by itself cannot name another's feature";
        return Err(Failure::Step(message.to_owned()));
    }
    let packages = process::packages()?;
    let builds: Vec<_> =
        packages.iter().filter(|package| package["publish"].is_null()).flat_map(builds).collect();
    // Warnings are errors, so everything is compiled anew: not where the other builds are.
    let target = process::root().join("target").join("alone");
    for (name, features) in &builds {
        let mut check = process::cargo();
        check.args(["check", "--quiet", "--package", name, "--no-default-features"]);
        check.args(["--features", features]).arg("--target-dir").arg(&target);
        process::run(check.env("RUSTFLAGS", "-D warnings"))?;
    }
    println!("{} builds hold by themselves", builds.len());
    Ok(())
}

/// A crate's name with no features, and with each.
fn builds(package: &Value) -> Vec<(&str, &str)> {
    let name = package["name"].as_str().unwrap_or_default();
    let known = package["features"].as_object();
    let features = known.into_iter().flat_map(|features| features.keys()).map(String::as_str);
    let none = (name != NEEDS_ONE).then_some("");
    none.into_iter()
        .chain(features.filter(|feature| *feature != LINKING && *feature != "default"))
        .map(|feature| (name, feature))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_crate_is_built_without_features_and_with_each() {
        let features = json!({"default": ["a"], "a": [], "b": ["dep:c"], LINKING: []});
        assert_eq!(
            builds(&json!({"name": "ours", "features": features})),
            [("ours", ""), ("ours", "a"), ("ours", "b")]
        );
        assert_eq!(builds(&json!({"name": NEEDS_ONE, "features": {"ring": []}})), [(NEEDS_ONE, "ring")]);
    }
}
