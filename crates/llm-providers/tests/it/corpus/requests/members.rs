//! An object's members, taken out one by one: what is left at the end is what the canonical types cannot say.

use serde_json::{Map, Value};
use toolgate_tool_types::{Tool, ToolName};

use crate::sample;

/// What was read, or the place of what canonical types have no word for.
pub(crate) type Read<T> = Result<T, String>;

pub(crate) struct Members {
    path: String,
    left: Map<String, Value>,
}

impl Members {
    pub(crate) fn of(value: Value, path: &str) -> Read<Self> {
        match value {
            Value::Object(left) => Ok(Self { path: path.to_owned(), left }),
            other => Err(format!("{path}: {}", short(&other))),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a member that `read` understands; leaves one that it does not.
    pub(crate) fn take_if<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        let found = read(self.left.get(name)?)?;
        self.left.remove(name);
        Some(found)
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.take_if(name, |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn need(&mut self, name: &str) -> Read<String> {
        self.text(name).ok_or_else(|| format!("{}.{name} is no text", self.path))
    }

    pub(crate) fn number<T: TryFrom<i64>>(&mut self, name: &str) -> Option<T> {
        self.take_if(name, |value| value.as_i64()?.try_into().ok())
    }

    pub(crate) fn real(&mut self, name: &str) -> Option<f64> {
        self.take_if(name, Value::as_f64)
    }

    pub(crate) fn list(&mut self, name: &str) -> Vec<Value> {
        let list = self.take_if(name, |value| value.as_array().cloned());
        list.unwrap_or_default()
    }

    pub(crate) fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// What nothing was read from.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.left
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Read<()> {
        match self.left.iter().next() {
            None => Ok(()),
            Some((name, value)) => Err(format!("{}.{name}{}", self.path, kind(value))),
        }
    }
}

/// A short word as it stands, else only the type of a value: reasons are counted, and must not be all different.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) if text.len() < 24 && !text.contains(' ') => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::String(_) => "text".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
        Value::Null => "null".to_owned(),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Object(members) => match members.get("type") {
            Some(kind) => format!(" of type {}", short(kind)),
            None => String::new(),
        },
        Value::Array(_) => String::new(),
        other => format!(" {}", short(other)),
    }
}

/// A list of texts, all of it or nothing.
pub(crate) fn texts(value: &Value) -> Option<Vec<std::sync::Arc<str>>> {
    value.as_array()?.iter().map(|text| text.as_str().map(Into::into)).collect()
}

/// A tool, if its name is one that every provider takes.
pub(crate) fn tool(name: &str, description: Option<String>, schema: &Value) -> Read<Tool> {
    let name = ToolName::new(name).map_err(|error| format!("tools[].name: {error}"))?;
    Ok(Tool::new(name, description.unwrap_or_default(), sample::object(schema)))
}
