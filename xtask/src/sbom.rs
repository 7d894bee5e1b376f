//! `cargo xtask sbom [TARGET]`: what the `toolgate` command is made of, as a CycloneDX 1.6 document (ECMA-424): every crate
//! that is compiled into it or runs while it is built, with version, licence, checksum and what it depends on in turn.
//!
//! Read from the lock file and the packages' own manifests, without a network. The same sources give the same bytes: no
//! time and no random number stands in it, so that two of them can be compared, and a release be checked.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::{Map, Value, json};
use toml::Table;

use crate::failure::Failure;
use crate::process;

/// The program that people install.
const PROGRAM: &str = "toolgate-cli";

/// Writes `target/sbom/toolgate-TARGET.cdx.json`, for this machine's target unless another is named.
///
/// # Errors
///
/// When cargo cannot describe the packages, or the file cannot be written.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let target = match arguments {
        [] => host()?,
        [target] => target.clone(),
        [_, extra, ..] => {
            return Err(Failure::Usage(format!("sbom takes one target, but got {extra:?} as well")));
        }
    };
    let mut metadata = process::cargo();
    metadata.args([
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--filter-platform",
        &target,
    ]);
    let metadata: Value = serde_json::from_str(&process::output(&mut metadata)?).map_err(|error| {
        Failure::Step(format!("cargo metadata wrote something that is not JSON: {error}"))
    })?;
    let broken =
        |error: &dyn std::fmt::Display| Failure::Step(format!("the parts list cannot be made: {error}"));
    let lock = fs::read_to_string(process::root().join("Cargo.lock")).map_err(|error| broken(&error))?;
    let lock: Table = lock.parse().map_err(|error| broken(&error))?;
    let document = document(&metadata, &lock, &target)
        .ok_or_else(|| broken(&format_args!("{PROGRAM} is not a package of this workspace")))?;

    let folder = process::root().join("target").join("sbom");
    let file = folder.join(format!("toolgate-{target}.cdx.json"));
    let text = serde_json::to_string_pretty(&document).map_err(|error| broken(&error))?;
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, text + "\n"))
        .map_err(|error| Failure::Step(format!("{} cannot be written: {error}", file.display())))?;
    let parts = document.get("components").and_then(Value::as_array).map_or(0, Vec::len);
    println!("{parts} parts of toolgate for {target}: {}", file.display());
    Ok(())
}

/// The target that this machine's compiler builds for.
fn host() -> Result<String, Failure> {
    let told = process::output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::Step("rustc -vV names no host".to_owned()))
}

/// The document, or `None` where the program is not among the packages.
fn document(metadata: &Value, lock: &Table, target: &str) -> Option<Value> {
    let by_id = |list: &Value| -> BTreeMap<String, Value> {
        let entry = |entry: &Value| Some((entry["id"].as_str()?.to_owned(), entry.clone()));
        list.as_array().into_iter().flatten().filter_map(entry).collect()
    };
    let (packages, nodes) = (by_id(metadata.get("packages")?), by_id(metadata.pointer("/resolve/nodes")?));
    let (root, _) = packages.iter().find(|(_, package)| package["name"] == PROGRAM)?;
    let reached = reached(root, &nodes);
    let reference = |id: &str| packages.get(id).map(purl);

    let mut components = BTreeMap::new();
    let mut dependencies = BTreeMap::new();
    for (id, needs) in &reached {
        let package = packages.get(id)?;
        let needs: BTreeSet<String> = needs.iter().filter_map(|id| reference(id)).collect();
        dependencies.insert(purl(package), json!({ "ref": purl(package), "dependsOn": needs }));
        if id != root {
            components.insert(purl(package), component(package, "library", lock));
        }
    }
    Some(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": component(packages.get(root)?, "application", lock),
            "properties": [{ "name": "toolgate:target", "value": target }],
        },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies.into_values().collect::<Vec<_>>(),
    }))
}

/// Every package that `root` needs, itself included, each with what it needs in turn; not what only tests need.
fn reached(root: &str, nodes: &BTreeMap<String, Value>) -> BTreeMap<String, Vec<String>> {
    let for_tests = |kind: &Value| kind["kind"] == "dev";
    let needs = |id: &str| -> Vec<String> {
        let edges = nodes.get(id).and_then(|node| node["deps"].as_array()).into_iter().flatten();
        edges
            .filter(|edge| !edge["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().all(for_tests)))
            .filter_map(|edge| edge["pkg"].as_str().map(str::to_owned))
            .collect()
    };
    let mut reached = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(id) = open.pop() {
        if let Entry::Vacant(first) = reached.entry(id) {
            let needs = needs(first.key());
            open.extend(needs.iter().cloned());
            first.insert(needs);
        }
    }
    reached
}

fn component(package: &Value, kind: &str, lock: &Table) -> Value {
    let mut component = Map::new();
    component.insert("type".into(), json!(kind));
    component.insert("bom-ref".into(), json!(purl(package)));
    component.insert("name".into(), package["name"].clone());
    component.insert("version".into(), package["version"].clone());
    component.insert("purl".into(), json!(purl(package)));
    if let Some(licence) = package["license"].as_str() {
        // Before SPDX expressions, cargo took a slash for "or".
        let expression = licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ");
        component.insert("licenses".into(), json!([{ "expression": expression }]));
    }
    if let Some(checksum) = checksum(package, lock) {
        component.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(repository) = package["repository"].as_str() {
        component.insert("externalReferences".into(), json!([{ "type": "vcs", "url": repository }]));
    }
    Value::Object(component)
}

/// A package URL of type `cargo`. Only the default registry is allowed (`deny.toml`), so none is named.
fn purl(package: &Value) -> String {
    let text = |field: &str| package[field].as_str().unwrap_or_default().replace('+', "%2B");
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

/// The checksum of what the registry holds; our own crates have none.
fn checksum<'l>(package: &Value, lock: &'l Table) -> Option<&'l str> {
    let text = |entry: &'l toml::Value, field: &str| entry.get(field).and_then(toml::Value::as_str);
    let locked = lock.get("package")?.as_array()?.iter().find(|entry| {
        text(entry, "name") == package["name"].as_str()
            && text(entry, "version") == package["version"].as_str()
    })?;
    text(locked, "checksum")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Value {
        let package = |id: &str, name: &str, license: Value| json!({ "id": id, "name": name, "version": "1.0.0+c", "license": license, "repository": null });
        let edge = |to: &str, kind: Value| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] });
        let (normal, build, dev) = (Value::Null, json!("build"), json!("dev"));
        json!({
            "packages": [
                package("t", "only-for-tests", json!("MIT")),
                package("b", "builds", json!("Apache-2.0 / MIT")),
                package("p", PROGRAM, json!("MIT OR Apache-2.0")),
                package("l", "library", Value::Null),
            ],
            "resolve": { "nodes": [
                { "id": "p", "deps": [edge("l", normal), edge("t", dev)] },
                { "id": "l", "deps": [edge("b", build)] },
                { "id": "b", "deps": [] },
                { "id": "t", "deps": [] },
            ]},
        })
    }

    #[test]
    fn what_is_built_in_or_builds_is_a_part_and_what_tests_is_not() {
        let lock =
            "[[package]]\nname = \"library\"\nversion = \"1.0.0+c\"\nchecksum = \"abc\"\n".parse().unwrap();
        let made = document(&metadata(), &lock, "any").unwrap();
        let names: Vec<&Value> =
            made["components"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
        assert_eq!(names, ["builds", "library"]);
        let library = &made["components"][1];
        assert_eq!((&library["hashes"][0]["content"], library.get("licenses")), (&json!("abc"), None));
        assert_eq!(made["components"][0]["licenses"][0]["expression"], "Apache-2.0 OR MIT");
        assert_eq!(made["metadata"]["component"]["type"], "application");
        let of_library = &made["dependencies"][1];
        assert_eq!(of_library["ref"], "pkg:cargo/library@1.0.0%2Bc");
        assert_eq!(of_library["dependsOn"], json!(["pkg:cargo/builds@1.0.0%2Bc"]));
    }

    #[test]
    fn the_same_sources_give_the_same_document() {
        let (mut other, lock) = (metadata(), Table::new());
        other["packages"].as_array_mut().unwrap().reverse();
        other["resolve"]["nodes"].as_array_mut().unwrap().reverse();
        assert_eq!(document(&metadata(), &lock, "any"), document(&other, &lock, "any"));
        assert!(document(&json!({}), &lock, "any").is_none());
    }
}
