//! `docs/security.md` against the sources: every requirement has one row, and every test that a row names is there.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::Violation;
use super::source::Source;

const DOCUMENT: &str = "docs/security.md";

/// The requirements, by group.
const GROUPS: [(&str, RangeInclusive<u8>); 8] = [
    ("CC", 1..=22),
    ("CC", 30..=46),
    ("DI", 1..=19),
    ("JV", 1..=26),
    ("JK", 1..=15),
    ("TL", 1..=14),
    ("MB", 1..=32),
    ("LP", 1..=14),
];

/// A row of a table: where it is, the requirement, and what holds it.
struct Row<'a> {
    line: usize,
    id: &'a str,
    held_by: &'a str,
}

/// Reads the document and looks everything up that it names.
pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let Some(document) = sources.iter().find(|source| source.path == DOCUMENT) else {
        return vec![Violation::new(
            DOCUMENT,
            "the file is missing",
            "list every requirement and its test there",
        )];
    };
    let rows: Vec<Row<'_>> = document.lines().filter_map(|(line, text)| row(line, text)).collect();
    let mut found = each_once(&rows);
    for row in &rows {
        let place = document.place(row.line);
        let tests: Vec<&str> =
            row.held_by.split('`').skip(1).step_by(2).filter(|name| is_test(name)).collect();
        let said = ["by construction:", "not built:"].iter().any(|words| row.held_by.contains(words));
        if tests.is_empty() && !said {
            let mend = "name a test, or say `by construction: …` or `not built: …`";
            found.push(Violation::new(&place, format!("nothing holds {}", row.id), mend));
        }
        for name in tests.into_iter().filter(|name| !exists(name, sources)) {
            let what = format!("{} names the test {name}, which is not there", row.id);
            found.push(Violation::new(&place, what, "write `crate module::test`, as the sources have it"));
        }
    }
    found
}

/// A row that begins with a requirement's id.
fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let mut cells = text.strip_prefix("| ")?.split(" | ").map(|cell| cell.trim_end_matches(" |").trim());
    let (id, _, held_by) = (cells.next()?, cells.next()?, cells.next()?);
    let (group, number) = id.split_once('-')?;
    let is_id = GROUPS.iter().any(|(known, _)| *known == group) && number.bytes().all(|b| b.is_ascii_digit());
    is_id.then_some(Row { line, id, held_by })
}

/// Every requirement has one row, and there is no row for anything else.
fn each_once(rows: &[Row<'_>]) -> Vec<Violation> {
    let mut places: BTreeMap<String, Vec<usize>> = GROUPS
        .into_iter()
        .flat_map(|(group, numbers)| numbers.map(move |number| (format!("{group}-{number:02}"), Vec::new())))
        .collect();
    let mut found = Vec::new();
    for row in rows {
        match places.get_mut(row.id) {
            Some(lines) => lines.push(row.line),
            None => {
                let place = format!("{DOCUMENT}:{}", row.line);
                found.push(Violation::new(
                    place,
                    format!("there is no requirement {}", row.id),
                    "take the row out",
                ));
            }
        }
    }
    for (id, lines) in places.into_iter().filter(|(_, lines)| lines.len() != 1) {
        let what = format!("{id} has {} rows", lines.len());
        found.push(Violation::new(DOCUMENT, what, "give each requirement one row"));
    }
    found
}

/// `crate module::test`; other names in a cell are of types and commands.
fn is_test(name: &str) -> bool {
    name.split_once(' ').is_some_and(|(_, path)| path.contains("::") && !path.contains(' '))
}

/// Whether the crate has such a test in a file of that module.
fn exists(name: &str, sources: &[Source]) -> bool {
    let Some((krate, (module, function))) =
        name.split_once(' ').and_then(|(krate, path)| Some((krate, path.rsplit_once("::")?)))
    else {
        return false;
    };
    let (folder, file) = (format!("crates/{krate}/"), format!("/{}.rs", module.replace("::", "/")));
    let of_module = |source: &&Source| source.path.starts_with(&folder) && source.path.ends_with(&file);
    sources.iter().filter(of_module).any(|source| has_test(source, function))
}

fn has_test(source: &Source, function: &str) -> bool {
    let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
    let signature = format!("fn {function}(");
    let marks = |line: &str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    lines.iter().enumerate().any(|(at, line)| {
        let mut attributes = lines.iter().take(at).rev().take_while(|above| above.starts_with("#["));
        line.trim_start_matches("async ").starts_with(&signature) && attributes.any(|above| marks(above))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    /// What is said of one row, the rest of the document being absent.
    fn said(held_by: &str) -> Vec<String> {
        let test = "#[tokio::test(start_paused = true)]\nasync fn one_flight() {}\nfn no_test() {}\n";
        let sources = [
            source(DOCUMENT, &format!("| CC-40 | single flight | {held_by} |")),
            source("crates/oauth-cc/tests/it/cache.rs", test),
        ];
        let of_the_row = |violation: &Violation| violation.place.ends_with(":1");
        check(&sources).iter().filter(|found| of_the_row(found)).map(ToString::to_string).collect()
    }

    #[test]
    fn a_named_test_must_be_there() {
        assert!(said("`oauth-cc cache::one_flight`").is_empty());
        for absent in
            ["oauth-cc cache::no_test", "oauth-cc bearer::one_flight", "jwt-verify cache::one_flight"]
        {
            let found = said(&format!("`oauth-cc cache::one_flight`, `{absent}`"));
            assert!(found.len() == 1 && found[0].contains(absent), "{found:?}");
        }
    }

    #[test]
    fn a_row_says_what_holds_it() {
        assert!(said("by construction: `Secret` has no `Display`").is_empty());
        assert!(said("not built: no such grant").is_empty());
        assert_eq!(said("`Secret`").len(), 1);
    }

    #[test]
    fn every_requirement_has_one_row() {
        let rows = |text: &str| {
            let document = source(DOCUMENT, text);
            let rows: Vec<_> = document.lines().filter_map(|(line, text)| row(line, text)).collect();
            each_once(&rows).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let found = rows("| CC-01 | a | b |\n| CC-02 | a | b |\n| CC-02 | a | b |\n| CC-23 | a | b |");
        assert!(!found.contains("CC-01 ") && found.contains("CC-02 has 2 rows"), "{found}");
        assert!(found.contains("no requirement CC-23") && found.contains("LP-14 has 0 rows"), "{found}");
    }
}
