//! What a JSON body may look like, as tables, and one walk that compares a body with a table.
//!
//! Kept apart because the APIs differ in their fields and in their words, not in how a body is walked. The tables stand
//! in `*_shape.rs`, the words of each API's refusals in `strict_*.rs`.

use serde_json::{Map, Value};

/// The shape of one value.
#[derive(Debug)]
pub(crate) enum Shape {
    Any,
    Text,
    Flag,
    Integer,
    Number,
    /// An object with any members.
    Map,
    /// An object with any names, whose values all have one shape.
    MapOf(&'static Shape),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    Object(&'static [Field]),
    /// An object whose members depend on one of them.
    Tagged(Tagged),
    /// Shapes of different JSON types.
    Either(&'static [Shape]),
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    shape: &'static Shape,
    need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    Nullable,
}

/// Objects told apart by the member `key`.
#[derive(Debug)]
pub(crate) struct Tagged {
    pub(crate) key: &'static str,
    /// The variant of an object without the tag.
    pub(crate) default: Option<&'static str>,
    pub(crate) variants: &'static [(&'static str, &'static Shape)],
}

/// A member that must be there.
pub(crate) const fn required(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, need: Need::Required }
}

/// A member that may be left out.
pub(crate) const fn optional(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, need: Need::Optional }
}

/// A member that may be left out or `null`.
pub(crate) const fn nullable(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, need: Need::Nullable }
}

/// How an API reads JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// As written; `null` only where the table says so.
    Exact,
    /// As written; `null` for any optional member.
    Nullish,
    /// The lenient protobuf reader: `snake_case` names too, `null` is absent, one value for a list, enumerations by
    /// number and in any case, integers as strings.
    Proto3,
}

/// A step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Index(usize),
    /// The n-th entry of a [`Shape::MapOf`].
    Entry(usize),
    /// Into a variant of a [`Shape::Tagged`].
    Variant(&'static str),
}

/// One difference between a body and its table.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) path: Vec<Step>,
    pub(crate) problem: Problem,
}

#[derive(Debug)]
pub(crate) enum Problem {
    /// The member at the end of the path is not there.
    Missing,
    /// The member at the end of the path is not in the table.
    Unknown,
    Wrong {
        expected: &'static Shape,
        found: Value,
    },
    NotListed {
        allowed: Vec<&'static str>,
        found: Value,
        tag: Option<&'static str>,
    },
}

/// Every difference, in the order of the body.
pub(crate) fn check(value: &Value, shape: &'static Shape, wire: Wire) -> Vec<Fault> {
    let mut walk = Walk { wire, path: Vec::new(), faults: Vec::new() };
    walk.value(value, shape);
    walk.faults
}

/// A body that [`check`] found no fault in under [`Wire::Proto3`], as its table has it: names in `lowerCamelCase`,
/// no `null` members, lists as lists.
pub(crate) fn normal(value: &Value, shape: &'static Shape) -> Value {
    match (shape, value) {
        (Shape::Object(fields), Value::Object(map)) => {
            let members = map.iter().filter(|(_, value)| !value.is_null()).filter_map(|(name, value)| {
                let name = camel_case(name);
                let field = fields.iter().find(|field| field.name == name)?;
                Some((name, normal(value, field.shape)))
            });
            Value::Object(members.collect())
        }
        (Shape::MapOf(inner), Value::Object(map)) => {
            Value::Object(map.iter().map(|(name, value)| (name.clone(), normal(value, inner))).collect())
        }
        (Shape::List(inner), Value::Array(list)) => list.iter().map(|value| normal(value, inner)).collect(),
        (Shape::List(inner), single) => Value::Array(vec![normal(single, inner)]),
        _ => value.clone(),
    }
}

struct Walk {
    wire: Wire,
    path: Vec<Step>,
    faults: Vec<Fault>,
}

impl Walk {
    fn value(&mut self, value: &Value, shape: &'static Shape) {
        match (shape, value) {
            (Shape::Any, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Flag, Value::Bool(_))
            | (Shape::Number, Value::Number(_))
            | (Shape::Map, Value::Object(_)) => {}
            (Shape::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (Shape::Integer, Value::String(text)) if self.proto3() && text.parse::<i64>().is_ok() => {}
            (Shape::OneOf(_), Value::Number(_)) if self.proto3() => {}
            (Shape::OneOf(allowed), Value::String(text)) => self.listed(text, allowed),
            (Shape::MapOf(inner), Value::Object(map)) => {
                for (index, entry) in map.values().enumerate() {
                    self.within(Step::Entry(index), entry, inner);
                }
            }
            (Shape::List(inner), Value::Array(list)) => {
                for (index, element) in list.iter().enumerate() {
                    self.within(Step::Index(index), element, inner);
                }
            }
            (Shape::List(inner), single) if self.proto3() => self.value(single, inner),
            (Shape::Object(fields), Value::Object(map)) => self.members(map, fields),
            (Shape::Tagged(tagged), Value::Object(map)) => self.variant(value, map, tagged),
            (Shape::Either(shapes), _) => match shapes.iter().find(|shape| fits(shape, value)) {
                Some(shape) => self.value(value, shape),
                None => self.fault(Problem::Wrong { expected: shape, found: value.clone() }),
            },
            _ => self.fault(Problem::Wrong { expected: shape, found: value.clone() }),
        }
    }

    fn listed(&mut self, text: &str, allowed: &'static [&'static str]) {
        let same =
            |name: &&str| *name == text || self.wire == Wire::Proto3 && name.eq_ignore_ascii_case(text);
        if !allowed.iter().any(same) {
            let found = Value::String(text.to_owned());
            self.fault(Problem::NotListed { allowed: allowed.to_vec(), found, tag: None });
        }
    }

    fn members(&mut self, map: &Map<String, Value>, fields: &'static [Field]) {
        for (name, value) in map {
            let field = fields.iter().find(|field| self.named(field, name));
            match field {
                None => self.at(Step::Member(name.clone()), Problem::Unknown),
                Some(field) if value.is_null() && self.null_is_fine(field) => {}
                Some(field) => self.within(Step::Member(name.clone()), value, field.shape),
            }
        }
        for field in fields.iter().filter(|field| field.need == Need::Required) {
            if !map.keys().any(|name| self.named(field, name)) {
                self.at(Step::Member(field.name.to_owned()), Problem::Missing);
            }
        }
    }

    fn variant(&mut self, value: &Value, map: &Map<String, Value>, tagged: &'static Tagged) {
        let tag = map.get(tagged.key).filter(|tag| !tag.is_null());
        let name = match (tag, tagged.default) {
            (Some(Value::String(name)), _) => name.as_str(),
            (None, Some(default)) => default,
            (None, None) => return self.at(Step::Member(tagged.key.to_owned()), Problem::Missing),
            (Some(other), _) => {
                let problem = Problem::Wrong { expected: &Shape::Text, found: other.clone() };
                return self.at(Step::Member(tagged.key.to_owned()), problem);
            }
        };
        match tagged.variants.iter().find(|(variant, _)| *variant == name) {
            Some((variant, shape)) => self.within(Step::Variant(variant), value, shape),
            None => {
                let allowed = tagged.variants.iter().map(|(variant, _)| *variant).collect();
                let found = Value::String(name.to_owned());
                self.fault(Problem::NotListed { allowed, found, tag: Some(tagged.key) });
            }
        }
    }

    fn within(&mut self, step: Step, value: &Value, shape: &'static Shape) {
        self.path.push(step);
        self.value(value, shape);
        self.path.pop();
    }

    fn at(&mut self, step: Step, problem: Problem) {
        self.path.push(step);
        self.fault(problem);
        self.path.pop();
    }

    fn fault(&mut self, problem: Problem) {
        self.faults.push(Fault { path: self.path.clone(), problem });
    }

    fn named(&self, field: &Field, name: &str) -> bool {
        field.name == name || self.proto3() && field.name == camel_case(name)
    }

    fn proto3(&self) -> bool {
        self.wire == Wire::Proto3
    }

    fn null_is_fine(&self, field: &Field) -> bool {
        match self.wire {
            Wire::Exact => field.need == Need::Nullable,
            Wire::Nullish => field.need != Need::Required,
            Wire::Proto3 => true,
        }
    }
}

/// Whether the JSON type is right, to choose among the shapes of [`Shape::Either`].
fn fits(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text | Shape::OneOf(_) => value.is_string(),
        Shape::Flag => value.is_boolean(),
        Shape::Integer | Shape::Number => value.is_number(),
        Shape::Map | Shape::MapOf(_) | Shape::Object(_) | Shape::Tagged(_) => value.is_object(),
        Shape::List(_) => value.is_array(),
        Shape::Either(shapes) => shapes.iter().any(|shape| fits(shape, value)),
    }
}

/// `max_output_tokens` to `maxOutputTokens`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
