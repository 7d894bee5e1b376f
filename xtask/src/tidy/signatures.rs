//! No foreign crate in a public signature: its next major version would be ours too.
//!
//! Read from the text, which rustfmt has laid out: a public item up to its body, or all of a public enum or trait. A
//! type counts as foreign by its path, or by a `use` of it in the same file.

use super::Violation;
use super::homes;
use super::source::Source;

/// Looks at each public item of a library's file.
pub(super) fn check(source: &Source) -> Vec<Violation> {
    let library = source.is_rust() && source.path.starts_with("crates/") && source.path.contains("/src/");
    if !library || source.path.starts_with("crates/testkit/") {
        return Vec::new();
    }
    let lines: Vec<(usize, &str)> = source.code().collect();
    homes::crates().flat_map(|krate| of(krate, source, &lines)).collect()
}

fn of(krate: &str, source: &Source, lines: &[(usize, &str)]) -> Vec<Violation> {
    let imported = imported(krate, lines);
    let mut found = Vec::new();
    for (index, (number, line)) in lines.iter().enumerate() {
        if !line.trim_start().starts_with("pub ") {
            continue;
        }
        let item = item(lines.get(index..).unwrap_or_default());
        if homes::names(&item, krate) || words(&item).any(|word| imported.iter().any(|name| name == word)) {
            let what = format!("{krate} is part of a public signature");
            found.push(Violation::new(source.place(*number), what, "put a type of our own there"));
        }
    }
    found
}

/// The text of the item that starts on the first of these lines: an import, a whole enum or trait, or else a signature
/// or field without its body. Fields of a tuple struct that are not public are left out.
fn item(lines: &[(usize, &str)]) -> String {
    let first = lines.first().map_or("", |(_, line)| line.trim_start());
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outer = lines.first().map_or(0, |(_, line)| indent(line));
    let import = first.trim_start_matches("pub ").starts_with("use ");
    let whole = ["pub enum ", "pub trait "].iter().any(|start| first.starts_with(start));
    let mut text = String::new();
    for (_, line) in lines {
        text.push_str(line);
        text.push('\n');
        let closed = line.ends_with('}') && indent(line) == outer;
        let signed = line.ends_with(['{', ';']) || (line.ends_with(',') && indent(line) == outer);
        let ended = if import { line.ends_with(';') } else { closed || (signed && !whole) };
        if ended {
            break;
        }
    }
    if first.starts_with("pub struct ") && !text.contains("(pub ") && !text.contains(", pub ") {
        text.truncate(text.find('(').unwrap_or(text.len()));
    }
    text
}

/// The names of types that a file imports from a crate; a renamed one under its new name.
fn imported(krate: &str, lines: &[(usize, &str)]) -> Vec<String> {
    let mut names = Vec::new();
    for (index, (_, line)) in lines.iter().enumerate() {
        if line.trim_start().starts_with(&format!("use {krate}::")) {
            let statement = item(lines.get(index..).unwrap_or_default());
            let last_words = statement.split(['{', '}', ',', ';']).filter_map(|part| words(part).last());
            names.extend(last_words.filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned));
        }
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let source = Source { path: "crates/a/src/b.rs".to_owned(), text: text.to_owned() };
        let line = |violation: &Violation| violation.place.rsplit(':').next().unwrap().parse().unwrap();
        check(&source).iter().map(line).collect()
    }

    #[test]
    fn a_path_in_a_signature_is_found_however_it_is_wrapped() {
        assert_eq!(found("pub fn f(key: &josekit::jwk::Jwk) {}"), [1]);
        assert_eq!(found("pub fn f(\n    first: u8,\n    key: &josekit::jwk::Jwk,\n) -> u8 {"), [1]);
        assert_eq!(found("pub use rmcp::{\n    Peer,\n};"), [1]);
        assert_eq!(found("pub struct S(u8, pub rmcp::Peer);"), [1]);
        assert_eq!(found("pub struct S {\n    pub a: u8,\n    pub b: rmcp::Peer,\n}"), [3]);
        assert_eq!(
            found("#[derive(Debug)]\npub enum E {\n    A(u8),\n    B(#[from] josekit::JoseError),\n}"),
            [2]
        );
    }

    #[test]
    fn an_imported_name_is_found_and_a_renamed_one_is_not_mistaken() {
        assert_eq!(
            found("use oauth2::{\n    Scope,\n    AccessToken as Wire,\n};\npub fn f() -> Scope {"),
            [5]
        );
        assert_eq!(found("use oauth2::AccessToken as Wire;\npub fn f() -> AccessToken {"), [0_usize; 0]);
    }

    #[test]
    fn the_inside_is_free() {
        assert!(found("pub struct S {\n    inner: rmcp::Peer,\n}").is_empty());
        assert!(found("pub struct S(rmcp::Peer);").is_empty());
        assert!(found("pub(crate) fn f(key: &josekit::jwk::Jwk) {}").is_empty());
        assert!(found("pub fn f() {\n    let key = josekit::jwk::Jwk::new();\n}").is_empty());
    }
}
