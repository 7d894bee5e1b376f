//! Where the references of a schema lead: to another schema within it, or nowhere, and which of them would go round in a circle.
//!
//! Of a circle the one reference is cut that closes it, as it is gone through from the root. Nothing outside the schema is ever fetched.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::lenient::{Members, Text};
use super::subschemas;

/// Deeper than any honest schema, references followed. What is below is not gone through.
const MAX_DEPTH: usize = 200;

/// More schemas than any honest one refers to that are no definitions.
const MAX_LOOKUPS: usize = 1000;

/// A reference, or a schema, by where it stands in the text of the whole.
fn place(value: &RawValue) -> usize {
    value.get().as_ptr().addr()
}

pub(super) struct References<'a> {
    root: &'a RawValue,
    /// Definitions by their pointers.
    definitions: HashMap<String, &'a RawValue>,
    /// How often the whole may be read for one that is none of those.
    lookups: usize,
    /// Those that lead somewhere.
    targets: HashMap<usize, &'a RawValue>,
    /// Schemas that are being gone through, and those that have been.
    open: HashSet<usize>,
    done: HashSet<usize>,
    depth: usize,
}

impl<'a> References<'a> {
    /// Those that stand in the schemas of these keywords.
    pub(super) fn of(root: &'a RawValue, keywords: &[&str]) -> Self {
        let mut references = Self {
            root,
            definitions: definitions(root),
            lookups: MAX_LOOKUPS,
            targets: HashMap::new(),
            open: HashSet::new(),
            done: HashSet::new(),
            depth: 0,
        };
        references.visit(root, keywords);
        references
    }

    /// The schema that a reference leads to; `None` where it closes a circle, or leads nowhere.
    pub(super) fn target(&self, reference: &RawValue) -> Option<&'a RawValue> {
        self.targets.get(&place(reference)).copied()
    }

    fn visit(&mut self, schema: &'a RawValue, keywords: &[&str]) {
        if self.depth == MAX_DEPTH || self.done.contains(&place(schema)) {
            return;
        }
        let Ok(Members(members)) = serde_json::from_str::<Members<'a>>(schema.get()) else { return };
        self.depth += 1;
        self.open.insert(place(schema));
        for (keyword, value) in members {
            if keyword == "$ref" {
                self.follow(value, keywords);
            } else if keywords.contains(&&*keyword) {
                subschemas::within(&keyword, value, "", |schema, _| {
                    self.visit(schema, keywords);
                    String::new()
                });
            }
        }
        self.open.remove(&place(schema));
        self.done.insert(place(schema));
        self.depth -= 1;
    }

    fn follow(&mut self, reference: &'a RawValue, keywords: &[&str]) {
        let pointer = serde_json::from_str::<Text<'_>>(reference.get()).map(Text::into_cow);
        let target = pointer.ok().and_then(|pointer| self.resolve(&pointer));
        let Some(target) = target.filter(|target| !self.open.contains(&place(target))) else { return };
        self.targets.insert(place(reference), target);
        self.visit(target, keywords);
    }

    /// A pointer in a fragment is percent-encoded (RFC 6901 section 6), where its writer thought of it.
    fn resolve(&mut self, pointer: &str) -> Option<&'a RawValue> {
        if let Some(known) = self.definitions.get(pointer) {
            return Some(known);
        }
        let pointer = percent_decode_str(pointer).decode_utf8_lossy();
        if let Some(known) = self.definitions.get(&*pointer) {
            return Some(known);
        }
        self.lookups = self.lookups.checked_sub(1)?;
        let mut found = self.root;
        for token in pointer.strip_prefix('#')?.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let Members(members) = serde_json::from_str::<Members<'a>>(found.get()).ok()?;
            found = members.into_iter().find(|(name, _)| *name == token)?.1;
        }
        found.get().starts_with('{').then_some(found)
    }
}

/// Looked up by far the most, and here read once.
fn definitions(root: &RawValue) -> HashMap<String, &RawValue> {
    let read = |json| serde_json::from_str::<Members<'_>>(json).unwrap_or_default().0;
    let mut definitions = HashMap::new();
    let escaped = |name: Cow<'_, str>| name.replace('~', "~0").replace('/', "~1");
    for (keyword, value) in read(root.get()) {
        if matches!(&*keyword, "$defs" | "definitions") {
            let schemas = read(value.get()).into_iter().filter(|(_, schema)| schema.get().starts_with('{'));
            definitions
                .extend(schemas.map(|(name, schema)| (format!("#/{keyword}/{}", escaped(name)), schema)));
        }
    }
    definitions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the references that stand in a text lead somewhere.
    fn lead(text: &str) -> usize {
        let root: &RawValue = serde_json::from_str(text).unwrap();
        References::of(root, &["properties", "$defs", "items"]).targets.len()
    }

    #[test]
    fn a_reference_leads_to_a_schema_or_nowhere() {
        assert_eq!(lead(r##"{"properties":{"a":{"$ref":"#/properties/b~1c"},"b/c":{"type":"string"}}}"##), 1);
        assert_eq!(lead(r##"{"items":{"$ref":"#/$defs/x~0y"},"$defs":{"x~y":{}}}"##), 1);
        assert_eq!(lead(r##"{"items":{"$ref":"#/$defs/X%3CY%3E"},"$defs":{"X<Y>":{}}}"##), 1);
        assert_eq!(lead(r##"{"items":{"$ref":"#/$defs/100%"},"$defs":{"100%":{}}}"##), 1);
        for nowhere in
            [r##""#/$defs/y""##, r##""other.json#/$defs/x""##, "1", r##""#/$defs/x/type""##, r##""#""##, "{}"]
        {
            let text = format!(r#"{{"items":{{"$ref":{nowhere}}},"$defs":{{"x":{{"type":"string"}}}}}}"#);
            assert_eq!(lead(&text), 0, "{nowhere}");
        }
    }

    #[test]
    fn a_circle_is_cut_where_it_closes() {
        let circle = r##"{"$defs":{"a":{"items":{"$ref":"#/$defs/b"}},"b":{"items":{"$ref":"#/$defs/c"}},"c":{"items":{"$ref":"#/$defs/a"}}}}"##;
        assert_eq!(lead(circle), 2);
        // What is not gone through closes none.
        assert_eq!(lead(&circle.replacen("items", "contains", 1)), 2);
        assert_eq!(lead(r##"{"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}"##), 0);
    }

    #[test]
    fn what_is_hostile_is_survived() {
        let levels: Vec<String> = (0..5000)
            .map(|n| format!(r##""d{n}":{{"items":{{"$ref":"#/$defs/d{}"}}}}"##, (n + 1) % 5000))
            .collect();
        assert!(lead(&format!(r#"{{"$defs":{{{}}}}}"#, levels.join(","))) > 0);
        let named: Vec<String> =
            (0..3000).map(|n| format!(r##""r{n}":{{"$ref":"#/properties/p{n}"}},"p{n}":{{}}"##)).collect();
        assert_eq!(lead(&format!(r#"{{"properties":{{{}}}}}"#, named.join(","))), MAX_LOOKUPS);
    }
}
