//! Where a foreign crate may be named: behind one door each, so that it can be replaced there.

use super::Violation;
use super::source::Source;

/// A foreign crate and the folders that may name it; in how many files outside `tests/`, where that is limited.
struct Home {
    krate: &'static str,
    folders: &'static [&'static str],
    files: usize,
}

const HOMES: &[Home] = &[
    Home { krate: "josekit", folders: &["crates/jwt-verify/"], files: 1 },
    Home { krate: "rustls_pemfile", folders: &["crates/tls-config/"], files: 1 },
    Home { krate: "oauth2", folders: &["crates/oauth-cc/"], files: 2 },
    Home { krate: "rmcp", folders: &["crates/mcp-bridge/", "crates/testkit/"], files: usize::MAX },
];

/// The foreign crates that have a home.
pub(super) fn crates() -> impl Iterator<Item = &'static str> {
    HOMES.iter().map(|home| home.krate)
}

/// Holds every file against the table.
pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    HOMES.iter().flat_map(|home| of(home, sources)).collect()
}

fn of(home: &Home, sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut rooms = Vec::new();
    // The tests of these rules write every name down, and cargo lets xtask use none of the crates.
    // The benchmarks stand beside what they are compared with, and are no part of what users get.
    let elsewhere =
        |source: &&Source| !["xtask/", "crates/bench/"].iter().any(|it| source.path.starts_with(it));
    for source in sources.iter().filter(|source| source.is_rust()).filter(elsewhere) {
        let Some((line, _)) = source.code().find(|(_, code)| names(code, home.krate)) else { continue };
        let at_home = home.folders.iter().any(|folder| source.path.starts_with(folder));
        if !at_home {
            let mend = format!("keep it inside {}", home.folders.join(" and "));
            found.push(Violation::new(
                source.place(line),
                format!("{} is named outside its home", home.krate),
                mend,
            ));
        } else if !source.path.contains("/tests/") {
            rooms.push(source.place(line));
        }
    }
    for place in rooms.iter().skip(home.files) {
        let what = format!("{} is already named in {} other file(s)", home.krate, home.files);
        found.push(Violation::new(place, what, "use our own type from there"));
    }
    found
}

/// Whether a line of code names a crate: `krate::…` at the start of a path, or `use krate`.
pub(super) fn names(code: &str, krate: &str) -> bool {
    code.match_indices(krate).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        let after = code.get(at + krate.len()..).unwrap_or_default();
        let starts =
            !before.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | ':' | '"' | '.'));
        let imported = before.trim_end().ends_with("use") && after.starts_with([';', ' ']);
        (starts && after.starts_with("::")) || imported
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_crate_is_named_at_the_start_of_a_path_only() {
        for code in
            ["use josekit::jws;", "fn f(k: &josekit::jwk::Jwk)", "use josekit as jose;", "    use josekit;"]
        {
            assert!(names(code, "josekit"), "{code}");
        }
        for code in ["use crate::oauth2::Token;", "my_oauth2::Token", "let oauth2 = 1;", "\"oauth2::\""] {
            assert!(!names(code, "oauth2"), "{code}");
        }
    }

    #[test]
    fn outside_its_home_a_crate_is_refused() {
        let found = check(&[source("crates/facade/src/gate.rs", "\nuse rmcp::Peer;")]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "crates/facade/src/gate.rs:2");
    }

    #[test]
    fn a_second_file_is_refused_but_tests_are_not_counted() {
        let text = "use josekit::jws;";
        let at_home = |name: &str| source(&format!("crates/jwt-verify/{name}"), text);
        assert!(check(&[at_home("src/jose.rs"), at_home("tests/it/sign.rs")]).is_empty());
        assert_eq!(check(&[at_home("src/jose.rs"), at_home("src/keys.rs")]).len(), 1);
    }
}
