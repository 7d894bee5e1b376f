//! Which crate of the workspace may depend on which: the layers of docs/architecture.md, as a table. Siblings of one
//! layer never see each other.

use serde_json::Value;

use super::Violation;

/// What a package may depend on, and what its tests may use on top of that.
struct Edges {
    package: &'static str,
    normal: &'static [&'static str],
    dev: &'static [&'static str],
}

const L0: &[&str] = &[];
const HTTP: &[&str] = &["toolgate-http-client"];
const HTTP_AND_TOOLS: &[&str] = &["toolgate-http-client", "toolgate-tool-types"];
/// The test kit knows none of our crates, so tests of any may use it without a circle.
const TLS_AND_TESTKIT: &[&str] = &["toolgate-testkit", "toolgate-tls-config"];
const TESTKIT: &[&str] = &["toolgate-testkit"];
const LIBRARIES: &[&str] = &[
    "toolgate-audit-log",
    "toolgate-http-client",
    "toolgate-jwt-verify",
    "toolgate-llm-providers",
    "toolgate-mcp-bridge",
    "toolgate-oauth-cc",
    "toolgate-tls-config",
    "toolgate-tool-types",
];
/// An entrance beside the library's: it has types of its own for the wire, and guards and listens by itself
/// (docs/adr/0004).
const SERVE: &[&str] = &["toolgate", "toolgate-jwt-verify", "toolgate-llm-providers", "toolgate-tls-config"];
/// The examples show each crate alone too, so they see all of them.
const EXAMPLES: &[&str] = &[
    "toolgate",
    "toolgate-audit-log",
    "toolgate-http-client",
    "toolgate-jwt-verify",
    "toolgate-llm-providers",
    "toolgate-mcp-bridge",
    "toolgate-oauth-cc",
    "toolgate-testkit",
    "toolgate-tls-config",
    "toolgate-tool-types",
];

const ALLOWED: &[Edges] = &[
    Edges { package: "toolgate-tls-config", normal: L0, dev: &[] },
    Edges { package: "toolgate-tool-types", normal: L0, dev: &[] },
    Edges { package: "toolgate-http-client", normal: L0, dev: TLS_AND_TESTKIT },
    Edges { package: "toolgate-oauth-cc", normal: HTTP, dev: TLS_AND_TESTKIT },
    Edges { package: "toolgate-jwt-verify", normal: HTTP, dev: TLS_AND_TESTKIT },
    Edges { package: "toolgate-llm-providers", normal: HTTP_AND_TOOLS, dev: TLS_AND_TESTKIT },
    Edges { package: "toolgate-mcp-bridge", normal: HTTP_AND_TOOLS, dev: TLS_AND_TESTKIT },
    Edges { package: "toolgate-audit-log", normal: &[], dev: &[] },
    Edges { package: "toolgate", normal: LIBRARIES, dev: TESTKIT },
    Edges { package: "toolgate-serve", normal: SERVE, dev: TESTKIT },
    Edges { package: "toolgate-cli", normal: &["toolgate", "toolgate-serve"], dev: TESTKIT },
    Edges { package: "toolgate-testkit", normal: &[], dev: &[] },
    Edges { package: "toolgate-examples", normal: EXAMPLES, dev: &[] },
    Edges { package: "xtask", normal: &[], dev: &[] },
];

/// Holds the dependencies of each package, as `cargo metadata` describes it, against the table.
pub(super) fn check(packages: &[Value]) -> Vec<Violation> {
    packages.iter().flat_map(package).collect()
}

fn package(package: &Value) -> Vec<Violation> {
    let name = package["name"].as_str().unwrap_or_default();
    let manifest = super::manifests::manifest(package);
    let Some(edges) = ALLOWED.iter().find(|edges| edges.package == name) else {
        return vec![Violation::new(manifest, format!("{name} has no row in the table of edges"), mend())];
    };
    let ours =
        package["dependencies"].as_array().into_iter().flatten().filter(|edge| edge["path"].is_string());
    ours.filter_map(|edge| {
        let to = edge["name"].as_str()?;
        let dev = edge["kind"].as_str() == Some("dev");
        let allowed = edges.normal.contains(&to) || (dev && edges.dev.contains(&to));
        let kind = if dev { "in its tests" } else { "in its code" };
        (!allowed).then(|| Violation::new(&manifest, format!("{name} may not depend on {to} {kind}"), mend()))
    })
    .collect()
}

fn mend() -> &'static str {
    "move the code to the layer that may see both, or argue for a new edge in docs/architecture.md and xtask/src/tidy/edges.rs"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace(name: &str, kind: Option<&str>, to: &str) -> [Value; 1] {
        let dependency = json!({ "name": to, "kind": kind, "path": "somewhere" });
        [json!({ "name": name, "manifest_path": "Cargo.toml", "dependencies": [dependency] })]
    }

    #[test]
    fn siblings_may_not_see_each_other() {
        let found = check(&workspace("toolgate-oauth-cc", None, "toolgate-jwt-verify"));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].what.contains("toolgate-oauth-cc may not depend on toolgate-jwt-verify in its code")
        );
    }

    #[test]
    fn the_test_kit_is_for_tests_only() {
        assert!(check(&workspace("toolgate", Some("dev"), "toolgate-testkit")).is_empty());
        assert_eq!(check(&workspace("toolgate", None, "toolgate-testkit")).len(), 1);
        assert_eq!(check(&workspace("toolgate", Some("build"), "toolgate-testkit")).len(), 1);
    }

    #[test]
    fn a_new_crate_needs_a_row() {
        assert_eq!(check(&workspace("toolgate-new", None, "toolgate")).len(), 1);
    }

    #[test]
    fn foreign_crates_are_no_edges() {
        let package = json!({ "name": "xtask", "dependencies": [{ "name": "toml", "path": null }] });
        assert!(check(&[package]).is_empty());
    }
}
