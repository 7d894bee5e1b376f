//! Words in code: the standards' own, and nothing left open.

use super::Violation;
use super::layout::empty_name;
use super::source::Source;

/// Tools of the demo whose published names begin with `get_`.
const TOOLS: &[&str] = &["get_customer_info", "get_recent_customers"];

/// Looks at one file of Rust.
pub(super) fn check(source: &Source) -> Vec<Violation> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut found = Vec::new();
    // The indent of the trait implementation that we are in: the trait has chosen the names there.
    let mut implementation = None;
    for (number, line) in source.code() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("impl") && line.contains(" for ") {
            implementation = Some(indent);
        } else if line.trim() == "}" && implementation == Some(indent) {
            implementation = None;
        }
        let getter = declared(line, "fn").filter(|name| implementation.is_none() && name.starts_with("get_"));
        if let Some(name) = getter.filter(|name| !TOOLS.iter().any(|tool| name.starts_with(tool))) {
            let mend = "call a getter by what it returns, anything else by what it does";
            found.push(Violation::new(source.place(number), format!("`fn {name}`"), mend));
        }
        for keyword in ["struct", "enum", "trait", "type", "mod"] {
            let name = declared(line, keyword).map(snake).unwrap_or_default();
            if let Some(word) = empty_name(&name) {
                let what = format!("{word:?} in a name says nothing");
                found.push(Violation::new(source.place(number), what, "name it by the standard's own word"));
            }
        }
        if line.trim_start().starts_with("#[ignore]") {
            let mend = "write `#[ignore = \"reason\"]`, or mend or remove the test";
            found.push(Violation::new(source.place(number), "a test is ignored without a reason", mend));
        }
    }
    for (number, line) in source.lines() {
        let open = [["TO", "DO"], ["FIX", "ME"]].iter().any(|mark| line.contains(&mark.concat()));
        if open {
            let mend = "do it, or open an issue and say here how things are";
            found.push(Violation::new(source.place(number), "something is left open", mend));
        }
    }
    found
}

/// The name that a line declares with a keyword.
fn declared<'line>(line: &'line str, keyword: &str) -> Option<&'line str> {
    let mut words = line.split_whitespace().skip_while(|word| is_modifier(word));
    (words.next()? == keyword).then_some(())?;
    words.next()?.split(|character: char| !character.is_alphanumeric() && character != '_').next()
}

fn is_modifier(word: &str) -> bool {
    matches!(word, "pub" | "async" | "const" | "extern" | "default") || word.starts_with("pub(")
}

/// `TokenManager` as `token_manager`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Source { path: "crates/a/src/b.rs".to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn getters_do_without_get() {
        assert_eq!(found("    pub async fn get_token(&self) {}"), 1);
        assert_eq!(found("    async fn get_customer_info(&self) {}"), 0);
        assert_eq!(found("    pub fn token(&self) { self.get_it() }"), 0);
        assert_eq!(found("impl Trait for A {\n    fn get_a(&self) {}\n}\nfn get_b() {}"), 1);
    }

    #[test]
    fn types_and_modules_have_names_that_say_something() {
        assert_eq!(found("pub struct TokenManager<T>(T);"), 1);
        assert_eq!(found("pub(crate) mod utils;"), 1);
        assert_eq!(found("impl ServerHandler for Rig {}"), 0);
    }

    #[test]
    fn nothing_is_left_open() {
        assert_eq!(found(&format!("// {}: later", ["TO", "DO"].concat())), 1);
        assert_eq!(found("#[ignore]\nfn a() {}"), 1);
        assert_eq!(found("#[ignore = \"needs a key\"]\nfn a() {}"), 0);
    }
}
