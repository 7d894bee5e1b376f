//! No file names a place that only one machine has, nor the host of a package registry: both are settings of whoever
//! builds, and break for the next one.

use super::Violation;
use super::source::Source;

/// Folders at the top of some machine that code was once written on.
const FOLDERS: &[&str] = &["root", "work", "Users"];

/// Hosts of registries, in parts, so that this file does not name one.
const HOSTS: &[&[&str]] = &[
    &["crates", "io"],
    &["npmjs", "com"],
    &["npmjs", "org"],
    &["pypi", "org"],
    &["pythonhosted", "org"],
    &["deb", "debian", "org"],
];

/// Looks at one file; cargo's own lock file names its registry by the address of the index, and may.
pub(super) fn check(source: &Source) -> Vec<Violation> {
    if source.path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let hosts: Vec<String> = HOSTS.iter().map(|parts| parts.join(".")).collect();
    let mut found = Vec::new();
    for (number, line) in source.lines() {
        if let Some(folder) = FOLDERS.iter().find(|folder| machine_path(line, folder)) {
            let what = format!("a path under /{folder} is of one machine only");
            found.push(Violation::new(source.place(number), what, "make it relative, or a setting"));
        }
        if let Some(host) = hosts.iter().find(|host| line.contains(host.as_str())) {
            let what = format!("the registry host {host} is named");
            found.push(Violation::new(source.place(number), what, "name the package alone"));
        }
    }
    found
}

/// Whether a line holds `/folder/…` as the start of a path, not as a part of one or of a URL.
fn machine_path(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        !before.ends_with(|last: char| {
            last.is_alphanumeric() || matches!(last, '.' | '-' | '_' | '~' | '/' | '}' | '>')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: String) -> usize {
        check(&Source { path: "docs/a.md".to_owned(), text }).len()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        assert_eq!(found(format!("see /{}/notes.md", "root")), 1);
        assert_eq!(found(format!("\"/{}/main/target\"", "work")), 1);
        assert_eq!(found(format!("https://api.example.com/{}/items and ./{0}/a", "work")), 0);
    }

    #[test]
    fn a_registry_host_is_found() {
        assert_eq!(found(format!("https://static.{}/a", ["crates", "io"].join("."))), 1);
        assert_eq!(found("[patch.crates-io]".to_owned()), 0);
    }
}
