//! Whether a keyword's value is of the kind that the metaschema wants ("JSON Schema Core" and "Validation", 2020-12). Keywords that it does not
//! know are annotations, and may have any.

use serde_json::value::RawValue;

use crate::dialect::lenient::Members;

/// What is to be done with a value.
pub(super) enum Fit {
    /// It is as it should be.
    As,
    /// The same is told so.
    Told(String),
    /// A schema.
    Schema,
    /// A list of schemas.
    Schemas,
    /// Schemas by names.
    Members,
    /// It says nothing, and is left out.
    Silent,
    /// It is of no kind that the keyword can have.
    Not,
}

const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];

impl Fit {
    pub(super) fn of(keyword: &str, value: &RawValue) -> Self {
        let json = value.get();
        // What is nothing is filled in, or left out, elsewhere; lists of values as no list.
        if json == "null" {
            return if matches!(keyword, "enum" | "examples") { Self::Silent } else { Self::As };
        }
        match keyword {
            "type" => types(json),
            "required" => names(json),
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => match json {
                // As PHP writes an object without members.
                "[]" => Self::Silent,
                _ if json.starts_with('{') => Self::Members,
                _ => Self::Not,
            },
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => match json {
                "[]" => Self::Silent,
                _ if json.starts_with('[') => Self::Schemas,
                _ => Self::Not,
            },
            "items"
            | "additionalProperties"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "contentSchema" => {
                if is_schema(value) {
                    Self::Schema
                } else {
                    Self::Not
                }
            }
            "pattern" => pattern(json),
            "title" | "description" | "format" | "$ref" | "$id" | "$schema" | "$comment" | "$anchor"
            | "contentEncoding" | "contentMediaType" => Self::given(json.starts_with('"')),
            "dependentRequired" => Self::given(needs(value, false)),
            "dependencies" => Self::given(needs(value, true)),
            // None of no values.
            "enum" => Self::given(json.starts_with('[') && json != "[]"),
            "examples" => Self::given(json.starts_with('[')),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
                Self::given(number(json).is_some())
            }
            "multipleOf" => Self::given(number(json).is_some_and(|number| number > 0.0)),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
            | "minContains" | "maxContains" => {
                Self::given(number(json).is_some_and(|number| number >= 0.0 && number.fract() == 0.0))
            }
            "uniqueItems" | "deprecated" | "readOnly" | "writeOnly" => {
                Self::given(matches!(json, "true" | "false"))
            }
            _ => Self::As,
        }
    }

    fn given(fits: bool) -> Self {
        if fits { Self::As } else { Self::Not }
    }
}

pub(super) fn is_schema(value: &RawValue) -> bool {
    value.get().starts_with('{') || matches!(value.get(), "true" | "false")
}

/// Whether members need others, each once; before 2019 also a schema.
fn needs(value: &RawValue, or_schema: bool) -> bool {
    serde_json::from_str::<Members<'_>>(value.get()).is_ok_and(|Members(read)| {
        read.iter()
            .all(|(_, needed)| matches!(names(needed.get()), Fit::As) || (or_schema && is_schema(needed)))
    })
}

fn number(json: &str) -> Option<f64> {
    json.parse().ok()
}

/// A pattern. A nul is told by its number, as all know it: OpenAI and DeepSeek refuse `\0`.
fn pattern(json: &str) -> Fit {
    let Ok(pattern) = serde_json::from_str::<String>(json) else { return Fit::Not };
    let mut told = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        told.push(letter);
        if letter != '\\' {
            continue;
        }
        let escaped = letters.next();
        match (escaped, letters.peek()) {
            (Some('0'), next) if !next.is_some_and(char::is_ascii_digit) => told.push_str("x00"),
            _ => told.extend(escaped),
        }
    }
    if told == pattern { Fit::As } else { Fit::Told(serde_json::to_string(&told).unwrap_or_default()) }
}

/// Types in small letters, each once; Google's are in capitals.
fn types(json: &str) -> Fit {
    let known = |name: &String| {
        let small = name.to_ascii_lowercase();
        TYPES.into_iter().find(|known| *known == small)
    };
    if let Ok(name) = serde_json::from_str::<String>(json) {
        return match known(&name) {
            Some(same) if same == name => Fit::As,
            Some(known) => Fit::Told(format!("\"{known}\"")),
            None => Fit::Not,
        };
    }
    let Ok(names) = serde_json::from_str::<Vec<String>>(json) else { return Fit::Not };
    // One that is not known may be any: the others alone would say too much.
    let Some(known) = names.iter().map(known).collect::<Option<Vec<&str>>>() else { return Fit::Not };
    let mut all: Vec<&str> = Vec::with_capacity(known.len());
    for name in known {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    match names.iter().eq(all.iter()) {
        _ if all.is_empty() => Fit::Not,
        true => Fit::As,
        false => Fit::Told(serde_json::to_string(&all).unwrap_or_default()),
    }
}

/// Names, each once.
fn names(json: &str) -> Fit {
    let Ok(names) = serde_json::from_str::<Vec<String>>(json) else { return Fit::Not };
    let mut all: Vec<&String> = Vec::with_capacity(names.len());
    for name in &names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    match all.len() == names.len() {
        true => Fit::As,
        false => Fit::Told(serde_json::to_string(&all).unwrap_or_default()),
    }
}
