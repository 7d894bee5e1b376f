//! What every crate's manifest and folder must hold: the workspace's lints everywhere; for a published crate also what
//! a stranger who finds it needs (description, keywords, licence, README, change log).

use std::path::Path;

use serde_json::Value;

use super::Violation;
use super::source::Source;
use crate::process;

/// The path of a package's manifest, from the top of the workspace.
pub(super) fn manifest(package: &Value) -> String {
    let path = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    path.strip_prefix(process::root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Holds every package against the rules.
pub(super) fn check(packages: &[Value], sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in packages {
        found.extend(lints(&manifest(package), sources));
        found.extend(build_script(package));
        if package["publish"].is_null() {
            found.extend(fields(package));
            found.extend(files(&manifest(package), sources));
        }
    }
    found
}

fn lints(manifest: &str, sources: &[Source]) -> Option<Violation> {
    let source = sources.iter().find(|source| source.path == manifest)?;
    let table: toml::Table = source.text.parse().ok()?;
    let inherited =
        table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    (inherited != Some(true)).then(|| {
        let what = "the lints of the workspace, which forbid unsafe code, are not inherited";
        Violation::new(manifest, what, "add `[lints]` with `workspace = true`")
    })
}

/// A build script runs on every user's machine, with everything that they may do.
fn build_script(package: &Value) -> Option<Violation> {
    let mut kinds =
        package["targets"].as_array()?.iter().filter_map(|target| target["kind"].as_array()).flatten();
    kinds.any(|kind| kind == "custom-build").then(|| {
        let mend = "do it in a task of xtask and commit what it makes, or in a macro";
        Violation::new(manifest(package), "the crate has a build script", mend)
    })
}

fn fields(package: &Value) -> Vec<Violation> {
    let text = |field: &str| package[field].as_str().is_some_and(|text| !text.trim().is_empty());
    let keywords = package["keywords"].as_array().map_or(0, Vec::len);
    let rules = [
        (text("description"), "description", "say in one line what it is for"),
        (text("license"), "license", "write `license.workspace = true`"),
        (text("repository"), "repository", "write `repository.workspace = true`"),
        (text("readme"), "readme", "write `readme = \"README.md\"`"),
        ((1..=5).contains(&keywords), "list of one to five keywords", "name what people search for"),
    ];
    rules
        .into_iter()
        .filter(|(kept, ..)| !kept)
        .map(|(_, field, mend)| {
            Violation::new(manifest(package), format!("a published crate without a {field}"), mend)
        })
        .collect()
}

fn files(manifest: &str, sources: &[Source]) -> Vec<Violation> {
    let folder = manifest.trim_end_matches("Cargo.toml");
    let of = |name: &str| sources.iter().find(|source| source.path == format!("{folder}{name}"));
    let mut found = Vec::new();
    for (name, mend) in [
        ("README.md", "show a stranger what it does, with an example that runs"),
        ("CHANGELOG.md", "start it with `## [Unreleased]`, as Keep a Changelog has it"),
    ] {
        if of(name).is_none_or(|source| source.text.lines().count() < 3) {
            found.push(Violation::new(
                format!("{folder}{name}"),
                "missing, or empty but for its title",
                mend,
            ));
        }
    }
    let opening = "#![doc = include_str!(\"../README.md\")]";
    if let Some(library) = of("src/lib.rs").filter(|library| !library.text.starts_with(opening)) {
        let mend = format!(
            "open it with `{opening}`, so that the README is the documentation and its example is a test"
        );
        found.push(Violation::new(library.place(1), "the README is not the crate's documentation", mend));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_published_crate_owes_its_fields_and_files() {
        let package = json!({
            "manifest_path": "crates/a/Cargo.toml", "publish": null,
            "description": "what it is", "license": "MIT", "repository": " ", "readme": "README.md", "keywords": [],
        });
        let sources = [
            source("crates/a/Cargo.toml", "[lints]\nworkspace = true"),
            source("crates/a/README.md", "# a\n\nWhat it does."),
            source("crates/a/src/lib.rs", "//! a"),
        ];
        let found = check(&[package], &sources);
        let places: Vec<&str> = found.iter().map(|violation| violation.place.as_str()).collect();
        let expected =
            ["crates/a/Cargo.toml", "crates/a/Cargo.toml", "crates/a/CHANGELOG.md", "crates/a/src/lib.rs:1"];
        assert_eq!(places, expected);
    }

    #[test]
    fn every_crate_inherits_the_lints() {
        let package = [json!({ "manifest_path": "b/Cargo.toml", "publish": [] })];
        assert_eq!(
            check(&package, &[source("b/Cargo.toml", "[lints.rust]\nunsafe_code = \"allow\"")]).len(),
            1
        );
        assert!(check(&package, &[source("b/Cargo.toml", "[lints]\nworkspace = true")]).is_empty());
    }

    #[test]
    fn no_crate_has_a_build_script() {
        let target = |kind: &str| json!({ "kind": [kind] });
        let package = |kinds: &[&str]| {
            let targets: Vec<Value> = kinds.iter().map(|kind| target(kind)).collect();
            json!({ "manifest_path": "c/Cargo.toml", "targets": targets })
        };
        assert!(build_script(&package(&["lib", "test"])).is_none());
        assert!(build_script(&package(&["lib", "custom-build"])).is_some());
    }
}
