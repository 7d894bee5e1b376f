//! Walks a JSON Schema and writes down what Gemini's subset can say of it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Schema;
use crate::dialect::lenient::{Members, Text};
use crate::lossiness::Losses;

/// Deeper than any honest schema; below it, an object of any shape is asked for.
const MAX_DEPTH: usize = 32;
/// More schemas than any honest tool has, references inlined: a few lines of JSON can ask for billions.
const MAX_SCHEMAS: usize = 2000;

pub(super) struct Adapter<'a, 'l> {
    root: &'a RawValue,
    losses: &'l mut Losses,
    /// References that are being inlined: one that comes again is a circle.
    open: Vec<Cow<'a, str>>,
    depth: usize,
    left: usize,
}

impl<'a, 'l> Adapter<'a, 'l> {
    pub(super) fn new(root: &'a RawValue, losses: &'l mut Losses) -> Self {
        Self { root, losses, open: Vec::new(), depth: 0, left: MAX_SCHEMAS }
    }

    /// The schema at `path` in the subset.
    pub(super) fn schema(&mut self, raw: &'a RawValue, path: &str) -> Schema<'a> {
        let mut schema = self.partial(raw, path);
        self.complete(&mut schema, path);
        schema
    }

    /// The schema of arguments, which are an object whether that is said or not.
    pub(super) fn arguments(&mut self, raw: &'a RawValue, path: &str) -> Schema<'a> {
        let mut schema = self.partial(raw, path);
        if schema.kind.is_none() && schema.any_of.is_empty() {
            schema.kind = Some("object".into());
        }
        self.complete(&mut schema, path);
        schema
    }

    /// What the keywords say, not yet made whole: a part of an `allOf` need not be.
    fn partial(&mut self, raw: &'a RawValue, path: &str) -> Schema<'a> {
        let mut schema = Schema::default();
        if self.depth == MAX_DEPTH || self.left == 0 {
            self.losses.report(path, "nested too deeply or too large: any object is asked for");
            return Schema::of("object");
        }
        let Some(Members(mut members)) = read(raw) else { return schema };
        // Items after those by position, and a list of types after alternatives, which say more.
        let has_alternatives = members.iter().any(|(keyword, _)| keyword == "anyOf" || keyword == "oneOf");
        members.sort_by_key(|(keyword, value)| match &**keyword {
            "type" if has_alternatives && value.get().starts_with('[') => 1,
            "items" => 2,
            _ => 0,
        });
        self.depth += 1;
        self.left -= 1;
        for (keyword, value) in members {
            self.keyword(&mut schema, keyword, value, path);
        }
        self.depth -= 1;
        schema
    }

    fn keyword(&mut self, schema: &mut Schema<'a>, keyword: Cow<'a, str>, value: &'a RawValue, path: &str) {
        match &*keyword {
            "type" if !types(schema, value) => self.note(schema, "type", value.get(), path),
            "type" => {}
            "title" => schema.title = text(value),
            "description" => schema.description = text(value),
            "nullable" => schema.nullable |= value.get() == "true",
            "const" => self.values(schema, vec![value], format_args!("{path}.const")),
            "enum" => self.values(schema, read(value).unwrap_or_default(), format_args!("{path}.enum")),
            "format" => self.format(schema, value, path),
            "properties" => self.properties(schema, value, path),
            "required" => schema.required = texts(value),
            // Of those behind the ones by position nothing is said, or that there are none.
            "items" if matches!(value.get(), "{}" | r#"{"not":{}}"#) && schema.items.is_some() => {}
            "items" if value.get().starts_with('{') => {
                let items = self.schema(value, &format!("{path}.items"));
                schema.add_items(items);
            }
            "items" | "prefixItems" if value.get().starts_with('[') => {
                self.losses
                    .report(format_args!("{path}.{keyword}"), "items by position become items in any order");
                let mut items = Schema::default();
                self.alternatives(&mut items, value, &format!("{path}.{keyword}"));
                self.complete(&mut items, &format!("{path}.{keyword}"));
                schema.items = Some(Box::new(items));
            }
            "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties"
            | "minimum" | "maximum" | "pattern" => schema.bounds.push((keyword, value)),
            // There is one list of alternatives.
            "anyOf" | "oneOf" if !schema.any_of.is_empty() => self.note(schema, &keyword, value.get(), path),
            "anyOf" => self.alternatives(schema, value, &format!("{path}.anyOf")),
            "oneOf" => {
                self.losses.report(format_args!("{path}.oneOf"), "exactly one of becomes any of");
                self.alternatives(schema, value, &format!("{path}.oneOf"));
            }
            "allOf" => {
                for part in read::<Vec<&RawValue>>(value).unwrap_or_default() {
                    let part = self.partial(part, &format!("{path}.allOf"));
                    self.merge(schema, part, path);
                }
            }
            "$ref" => self.reference(schema, value, path),
            "default" => schema.notes.push(format!("default: {}", value.get())),
            // Words about the schema or for people; nothing that an argument must meet.
            "$schema" | "$id" | "$anchor" | "$comment" | "$defs" | "definitions" | "examples" | "example"
            | "deprecated" | "readOnly" | "writeOnly" => {}
            "additionalProperties" if matches!(value.get(), "true" | "{}") => {}
            "additionalProperties" => {
                self.losses.report(
                    format_args!("{path}.additionalProperties"),
                    "left out: other members are not ruled",
                );
            }
            "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "uniqueItems" | "contentEncoding"
            | "contentMediaType" => self.note(schema, &keyword, value.get(), path),
            other => {
                let path = format!("{path}.{}", crate::error::escaped(other));
                self.losses.report(path, "keyword left out");
            }
        }
    }

    /// Makes a schema what Gemini accepts as one.
    fn complete(&mut self, schema: &mut Schema<'a>, path: &str) {
        schema.deal();
        if !schema.any_of.is_empty() && (!schema.properties.is_empty() || schema.items.is_some()) {
            // Alternatives must stand alone; the members say more.
            self.losses.report(format_args!("{path}.anyOf"), "alternatives beside members left out");
            schema.any_of.clear();
        }
        let mut alternatives = std::mem::take(&mut schema.any_of);
        for alternative in &mut alternatives {
            // The types of a list are not whole yet; to be made whole twice does no harm.
            self.complete(alternative, path);
        }
        schema.any_of = alternatives;
        if !schema.any_of.is_empty() {
            schema.kind = None;
            for (keyword, value) in schema.take_beside() {
                self.note(schema, &keyword, &value, path);
            }
        } else if schema.kind.is_none() {
            let kind = match schema {
                _ if !schema.properties.is_empty() => "object",
                _ if schema.items.is_some() => "array",
                _ if !schema.values.is_empty() => "string",
                _ => {
                    self.losses.report(path, "any value becomes a string");
                    "string"
                }
            };
            schema.kind = Some(kind.into());
        }
        if let Some(values) = schema.keep_own() {
            self.note(schema, "enum", &values, path);
        }
        if schema.kind.as_deref() == Some("array") && schema.items.is_none() {
            self.losses.report(format_args!("{path}.items"), "items of any kind become strings");
            schema.items = Some(Box::new(Schema::of("string")));
        }
        if let Some(format) = schema.format.take() {
            match schema.takes_format(&format) {
                true => schema.format = Some(format),
                false => self.note(schema, "format", &format, path),
            }
        }
        let known = schema.required.len();
        let properties = &schema.properties;
        schema.required.retain(|name| properties.iter().any(|(property, _)| property == name));
        if schema.required.len() < known {
            self.losses.report(format_args!("{path}.required"), "members without a schema are not demanded");
        }
        schema.describe();
        if !schema.any_of.is_empty() {
            schema.hand_down();
        }
    }

    fn properties(&mut self, schema: &mut Schema<'a>, value: &'a RawValue, path: &str) {
        let Some(Members(members)) = read(value) else { return };
        for (name, property) in members {
            let path = format!("{path}.properties.{}", crate::error::escaped(&name));
            let property = self.schema(property, &path);
            schema.properties.push((name, property));
        }
    }

    /// `null` among the alternatives makes the schema nullable; a single one left is the schema itself.
    fn alternatives(&mut self, schema: &mut Schema<'a>, value: &'a RawValue, path: &str) {
        let mut alternatives = Vec::new();
        for alternative in read::<Vec<&RawValue>>(value).unwrap_or_default() {
            match read::<TypeOnly<'_>>(alternative) {
                Some(null) if &*null.kind == "null" => schema.nullable = true,
                _ => alternatives.push(self.schema(alternative, path)),
            }
        }
        if alternatives.len() > 1 {
            schema.any_of = alternatives;
        } else if let Some(only) = alternatives.pop() {
            self.merge(schema, only, path);
        }
    }

    fn reference(&mut self, schema: &mut Schema<'a>, value: &'a RawValue, path: &str) {
        let pointer = text(value).unwrap_or_default();
        let target = if self.open.contains(&pointer) { None } else { resolve(self.root, &pointer) };
        let Some(target) = target else {
            self.losses.report(format_args!("{path}.$ref"), "circular or unknown: any object is asked for");
            schema.kind = Some("object".into());
            return;
        };
        self.open.push(pointer);
        let target = self.partial(target, path);
        self.open.pop();
        self.merge(schema, target, path);
    }

    fn merge(&mut self, schema: &mut Schema<'a>, other: Schema<'a>, path: &str) {
        if schema.merge(other) {
            self.losses.report(path, "where combined schemas disagree, the first is kept");
        }
    }

    fn values(&mut self, schema: &mut Schema<'a>, values: Vec<&'a RawValue>, path: impl std::fmt::Display) {
        let (nulls, values): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| value.get() == "null");
        schema.nullable |= !nulls.is_empty();
        if values.iter().all(|value| value.get().starts_with('"')) {
            let all = values.len();
            schema.values = values.into_iter().filter_map(text).filter(|value| !value.is_empty()).collect();
            if schema.values.len() < all {
                self.losses.report(path, "the empty text is not accepted as a value");
            }
            return;
        }
        let list: Vec<&str> = values.iter().map(|value| value.get()).collect();
        schema.notes.push(format!("enum: [{}]", list.join(",")));
        if schema.kind.is_none() {
            schema.kind = list.first().map(|first| kind_of(first).into());
        }
        self.losses.report(path, "values that are no text are stated in the description");
    }

    fn format(&mut self, schema: &mut Schema<'a>, value: &'a RawValue, path: &str) {
        let Some(format) = text(value) else { return };
        match &*format {
            "enum" | "date-time" | "int32" | "int64" | "float" | "double" => schema.format = Some(format),
            other => self.note(schema, "format", other, path),
        }
    }

    fn note(&mut self, schema: &mut Schema<'a>, keyword: &str, value: &str, path: &str) {
        schema.notes.push(format!("{keyword}: {value}"));
        self.losses.report(format_args!("{path}.{keyword}"), "stated in the description only");
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TypeOnly<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    read::<Text<'_>>(raw).map(Text::into_cow)
}

fn texts(raw: &RawValue) -> Vec<Cow<'_, str>> {
    read::<Vec<Text<'_>>>(raw).unwrap_or_default().into_iter().map(Text::into_cow).collect()
}

/// Takes over a type, or a list of them; not one beside other alternatives.
fn types<'a>(schema: &mut Schema<'a>, value: &'a RawValue) -> bool {
    let mut kinds =
        if value.get().starts_with('[') { texts(value) } else { text(value).into_iter().collect() };
    let all = kinds.len();
    kinds.retain(|kind| kind != "null");
    schema.nullable |= kinds.len() < all;
    if kinds.len() < 2 {
        schema.kind = kinds.pop();
        return true;
    }
    let is_first = schema.any_of.is_empty();
    if is_first {
        schema.any_of =
            kinds.into_iter().map(|kind| Schema { kind: Some(kind), ..Schema::default() }).collect();
    }
    is_first
}

fn kind_of(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b't' | b'f') => "boolean",
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        _ if json.contains(['.', 'e', 'E']) => "number",
        _ => "integer",
    }
}

/// Follows a JSON pointer (RFC 6901) within the tool's own schema; nothing else is ever fetched.
fn resolve<'a>(root: &'a RawValue, pointer: &str) -> Option<&'a RawValue> {
    let mut found = root;
    for token in pointer.strip_prefix('#')?.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let Members(members) = read(found)?;
        found = members.into_iter().find(|(name, _)| *name == token)?.1;
    }
    Some(found)
}
