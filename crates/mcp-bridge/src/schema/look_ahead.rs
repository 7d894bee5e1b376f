//! Patterns that begin with look-aheads (ECMA-262 section 22.2.1), which an engine that runs in linear time has none of: zod
//! writes them for each e-mail address and host name.
//!
//! `^(?!A)(?=B)REST` matches where `^REST` and `^B` do, and `^A` does not: all of them look from the same place on, so each is a
//! pattern of its own. A look-ahead anywhere else is refused as before.

use jsonschema::{Keyword, ValidationError, Validator};
use serde_json::{Value, json};

/// Whether a pattern in `schema` has a look-ahead.
pub(super) fn are_in(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(keyword, value)| {
            let looks = |pattern: &str| pattern.contains("(?=") || pattern.contains("(?!");
            (keyword == "pattern" && value.as_str().is_some_and(looks)) || are_in(value)
        }),
        Value::Array(items) => items.iter().any(are_in),
        _ => false,
    }
}

/// The keyword `pattern`, look-aheads included. `compile` compiles what has none.
pub(super) fn pattern<'v>(
    value: &'v Value,
    compile: impl Fn(&Value) -> Result<Validator, ValidationError<'static>>,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'v>> {
    let pattern = value.as_str().unwrap_or_default();
    let parts = parts(pattern).unwrap_or_else(|| vec![json!({"pattern": pattern})]);
    Ok(Box::new(Pattern {
        parts: compile(&json!({"allOf": parts}))?,
        violated: format!("value does not match \"{pattern}\""),
    }))
}

/// One pattern.
struct Pattern {
    parts: Validator,
    violated: String,
}

impl<'i> Keyword<'i> for Pattern {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match Keyword::is_valid(self, instance) {
            true => Ok(()),
            false => Err(ValidationError::custom(self.violated.clone())),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.parts.is_valid(instance)
    }
}

/// What a text must come to that `pattern` matches, as schemas without look-aheads; `None` where they do not stand at the
/// beginning alone.
fn parts(pattern: &str) -> Option<Vec<Value>> {
    let mut rest = pattern.strip_prefix('^')?;
    let mut parts = Vec::new();
    while let Some((wanted, inner)) = look_ahead(rest) {
        let (end, _) = level(inner);
        let (looked_for, behind) = inner.split_at_checked(end?)?;
        let part = json!({"pattern": format!("^(?:{looked_for})")});
        parts.push(if wanted { part } else { json!({"not": part}) });
        rest = behind.strip_prefix(')').filter(|rest| !rest.starts_with(['*', '+', '?', '{']))?;
    }
    // Of alternatives, the look-aheads hold for the first alone.
    let (None, false) = level(rest) else { return None };
    parts.push(json!({"pattern": format!("^{rest}")}));
    Some(parts)
}

/// Whether a look-ahead that `text` begins with wants what it looks for, and what follows its opening.
fn look_ahead(text: &str) -> Option<(bool, &str)> {
    let wanted = text.strip_prefix("(?=").map(|inner| (true, inner));
    wanted.or_else(|| text.strip_prefix("(?!").map(|inner| (false, inner)))
}

/// Where the group ends that `text` is the rest of, if it does, and whether there are alternatives before that, outside of
/// other groups.
fn level(text: &str) -> (Option<usize>, bool) {
    let (mut depth, mut in_class, mut escaped, mut alternatives) = (0_usize, false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => depth += 1,
            ')' if depth == 0 => return (Some(at), alternatives),
            ')' => depth -= 1,
            '|' if depth == 0 => alternatives = true,
            _ => {}
        }
    }
    (None, alternatives)
}
