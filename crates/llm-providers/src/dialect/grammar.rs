//! Schemas of arguments of which a server can make a grammar. llama.cpp makes one of all tools before it reads the conversation, and refuses
//! every request for one schema that it cannot: "Pattern must start with '^' and end with '$'", "unknown escape", "Unrecognized
//! schema". Fireworks knows no schema without a type: "could not understand the instance". OpenAI reads not all [patterns].
//!
//! A schema that leaves the type open says all of them. What no grammar can be made of stands in the description, for the model, and
//! is reported, for the caller; arguments are to be checked against the original schema anyway.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::JsonObject;

use super::enforced::describe;
use super::extra::object;
use super::lenient::{Members, Text};
use super::{patterns, subschemas};
use crate::lossiness::Losses;

/// Deeper than any honest schema: what is below is left to the server to refuse.
const MAX_DEPTH: usize = 64;
/// A grammar repeats less often (llama.cpp, `MAX_REPETITION_THRESHOLD`), and what is of several rules less often than that.
const TOO_OFTEN: u64 = 2000;
const TOO_MANY_ITEMS: u64 = 500;
/// Any value.
const ANY: &str = r#"["string","number","boolean","object","array","null"]"#;
/// Keywords that tell a grammar what to expect.
const TELLING: [&str; 11] = [
    "type",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "enum",
    "const",
    "properties",
    "additionalProperties",
    "items",
    "prefixItems",
];

/// What is told of schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// No patterns but those that are read.
    Patterns,
    /// Their types, where they are open.
    Types,
    /// The same, and nothing that no grammar can be made of.
    Grammar,
}

/// The schema of arguments as a server takes it, where it has to be another.
pub(super) fn schema(given: &JsonObject, told: Told, path: &str, losses: &mut Losses) -> Option<JsonObject> {
    let mut walk = Walk { told, losses, depth: 0, is_changed: false };
    let written = walk.schema(given.as_raw(), path);
    if walk.is_changed { JsonObject::parse(&written).ok() } else { None }
}

struct Walk<'l> {
    told: Told,
    losses: &'l mut Losses,
    depth: usize,
    is_changed: bool,
}

impl Walk<'_> {
    fn schema(&mut self, raw: &RawValue, path: &str) -> String {
        let read = serde_json::from_str::<Members<'_>>(raw.get());
        let (Ok(Members(members)), true) = (read, self.depth < MAX_DEPTH) else {
            return raw.get().to_owned();
        };
        self.depth += 1;
        let (mut out, mut notes) = (Vec::with_capacity(members.len() + 1), Vec::new());
        for (keyword, value) in members {
            let place = format!("{path}.{}", crate::error::escaped(&keyword));
            if !self.told.takes(&keyword, value) {
                self.losses.report(&place, "not taken here: told in the description");
                notes.push(format!("{keyword}: {}", value.get()));
                self.is_changed = true;
                continue;
            }
            let written =
                subschemas::within(&keyword, value, &place, |schema, place| self.schema(schema, place));
            out.push((keyword, written));
        }
        let is_open = !out.iter().any(|(keyword, _): &(Cow<'_, str>, String)| TELLING.contains(&&**keyword));
        if is_open && self.told != Told::Patterns {
            out.insert(0, ("type".into(), ANY.to_owned()));
            self.is_changed = true;
        }
        if !notes.is_empty() {
            describe(&mut out, &notes.join("; "));
        }
        self.depth -= 1;
        object(&out)
    }
}

impl Told {
    fn takes(self, keyword: &str, value: &RawValue) -> bool {
        match self {
            Self::Types => true,
            Self::Grammar => is_grammatical(keyword, value),
            Self::Patterns => match keyword {
                "pattern" => text(value).is_some_and(|pattern| patterns::is_readable(&pattern)),
                "patternProperties" => {
                    serde_json::from_str::<Members<'_>>(value.get()).is_ok_and(|Members(read)| {
                        read.iter().all(|(pattern, _)| patterns::is_readable(pattern))
                    })
                }
                _ => true,
            },
        }
    }
}

fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(value.get()).ok().map(Text::into_cow)
}

fn is_grammatical(keyword: &str, value: &RawValue) -> bool {
    match keyword {
        "pattern" => {
            serde_json::from_str::<Cow<'_, str>>(value.get()).is_ok_and(|pattern| is_plain(&pattern))
        }
        "not" => false,
        "minLength" | "maxLength" => is_below(value.get(), TOO_OFTEN),
        "minItems" | "maxItems" => is_below(value.get(), TOO_MANY_ITEMS),
        _ => true,
    }
}

fn is_below(count: &str, limit: u64) -> bool {
    count.parse().is_ok_and(|count: u64| count < limit)
}

/// Whether a pattern becomes a grammar: one of a whole text, without groups that look around, and without escapes but those of
/// what would mean something else.
fn is_plain(pattern: &str) -> bool {
    let whole = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    let Some(whole) = whole else { return false };
    let mut is_class = false;
    let mut letters = whole.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let known = if is_class { "\\[]\"nrt" } else { "^$.[]()|{}*+?" };
                if !letters.next().is_some_and(|escaped| known.contains(escaped)) {
                    return false;
                }
            }
            '(' if !is_class && letters.peek() == Some(&'?') => return false,
            '[' => is_class = true,
            ']' => is_class = false,
            '{' if !is_class => {
                let counts: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
                if !counts.split(',').all(|count| count.is_empty() || is_below(count, TOO_OFTEN)) {
                    return false;
                }
            }
            _ => {}
        }
    }
    !is_class
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(given: &str, told: Told) -> (String, Vec<String>) {
        let given = JsonObject::parse(given).unwrap();
        let mut losses = Losses::default();
        let written = schema(&given, told, "s", &mut losses).unwrap_or(given);
        (written.as_str().to_owned(), losses.into_vec().into_iter().map(|loss| loss.path).collect())
    }

    #[test]
    fn what_is_open_says_all_types() {
        let given = r##"{"type":"object","properties":{"a":{"description":"A"},"l":{"type":"array","items":{}},"c":{"const":1},"o":{"anyOf":[{"title":"T"},{"$ref":"#/$defs/d"}]}},"additionalProperties":{},"$defs":{"d":{}}}"##;
        let any = r#""type":["string","number","boolean","object","array","null"]"#;
        let expected = format!(
            r##"{{"type":"object","properties":{{"a":{{{any},"description":"A"}},"l":{{"type":"array","items":{{{any}}}}},"c":{{"const":1}},"o":{{"anyOf":[{{{any},"title":"T"}},{{"$ref":"#/$defs/d"}}]}}}},"additionalProperties":{{{any}}},"$defs":{{"d":{{{any}}}}}}}"##
        );
        for told_of in [Told::Types, Told::Grammar] {
            assert_eq!(told(given, told_of), (expected.clone(), Vec::new()));
        }
    }

    #[test]
    fn what_no_grammar_has_is_described() {
        let (written, lost) = told(
            r#"{"properties":{"p":{"type":"string","pattern":"\\d+","description":"P"},"q":{"type":"string","pattern":"^[a-z]+\\.[a-z]$"},"n":{"not":{}},"l":{"type":"string","maxLength":4000,"minLength":1}}}"#,
            Told::Grammar,
        );
        assert_eq!(
            written,
            r#"{"properties":{"p":{"type":"string","description":"P (pattern: \"\\\\d+\")"},"q":{"type":"string","pattern":"^[a-z]+\\.[a-z]$"},"n":{"type":["string","number","boolean","object","array","null"],"description":"not: {}"},"l":{"type":"string","minLength":1,"description":"maxLength: 4000"}}}"#
        );
        assert_eq!(lost, ["s.properties.p.pattern", "s.properties.n.not", "s.properties.l.maxLength"]);
        let same = r#"{"properties":{"p":{"type":"string","pattern":"\\d+","not":{"type":"null"},"maxLength":4000}}}"#;
        assert_eq!(told(same, Told::Types), (same.to_owned(), Vec::new()));
    }

    /// "grammar parse fail … on exactly 2000 chars" (llama.cpp, issue 27859).
    #[test]
    fn a_count_is_one_that_a_grammar_repeats() {
        for (bound, is_kept) in [
            ("maxLength\":1999", true),
            ("maxLength\":2000", false),
            ("maxItems\":499", true),
            ("maxItems\":500", false),
        ] {
            let given = format!(r#"{{"type":"object","properties":{{"a":{{"type":"string","{bound}}}}}}}"#);
            assert_eq!(told(&given, Told::Grammar).1.is_empty(), is_kept, "{bound}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_read_is_described_wherever_it_stands() {
        let (written, lost) = told(
            r#"{"properties":{"r":{"type":"object","propertyNames":{"pattern":"(?=a)"},"patternProperties":{"\\p{L}":{}}},"pattern":{"not":{"pattern":"a+"}},"o":{}}}"#,
            Told::Patterns,
        );
        assert_eq!(
            written,
            r#"{"properties":{"r":{"type":"object","propertyNames":{"description":"pattern: \"(?=a)\""},"description":"patternProperties: {\"\\\\p{L}\":{}}"},"pattern":{"not":{"pattern":"a+"}},"o":{}}}"#
        );
        assert_eq!(lost, ["s.properties.r.propertyNames.pattern", "s.properties.r.patternProperties"]);
    }

    #[test]
    fn a_pattern_of_a_whole_text_is_kept() {
        for (pattern, is_kept) in [
            ("^[A-Za-z0-9_-]+$", true),
            (r"^a\.b$", true),
            (r"^[^\]]{1,3}(x|y)?$", true),
            ("abc", false),
            (r"^\d+$", false),
            (r"^[\w]+$", false),
            ("^(?!x).*$", false),
            (r"^a\$", false),
            ("^[a$", false),
            ("^.{1,1999}$", true),
            ("^.{2,}[{]$", true),
            ("^.{1,2000}$", false),
        ] {
            assert_eq!(is_plain(pattern), is_kept, "{pattern}");
        }
    }
}
