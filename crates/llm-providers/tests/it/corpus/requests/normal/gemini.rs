//! Gemini's `generateContent`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{OPAQUE, drop_default, drop_empty, each, merge_turns, remove, schema};

/// Protobuf's JSON takes both spellings of a name; the caller's own JSON is not touched.
pub(super) fn camel(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, mut value) in std::mem::take(members) {
                let name = camel_name(&name);
                if !OPAQUE.contains(&name.as_str()) {
                    camel(&mut value);
                }
                members.insert(name, value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(camel),
        _ => {}
    }
}

fn camel_name(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| match word.split_at_checked(1) {
        Some((initial, rest)) => all + &initial.to_ascii_uppercase() + rest,
        None => all,
    })
}

pub(super) fn normal(body: &mut Value) {
    if let Some(instruction) = body.get_mut("systemInstruction") {
        remove(instruction, "role");
        if instruction["parts"].is_object() {
            instruction["parts"] = json!([instruction["parts"]]);
        }
        each(instruction, "parts").for_each(part);
    }
    if body.get("systemInstruction") == Some(&json!({"parts": [{"text": ""}]})) {
        remove(body, "systemInstruction");
    }
    drop_empty(body, "generationConfig");
    drop_empty(body, "safetySettings");
    for content in each(body, "contents") {
        if content.get("role").is_none() {
            content["role"] = "user".into();
        }
        each(content, "parts").for_each(part);
    }
    merge_turns(body, "contents", "parts");
    make_ids(body);
    tools(body);
}

fn part(part: &mut Value) {
    drop_default(part, "thought", false);
    if let Some(file) = part.get_mut("fileData") {
        remove(file, "mimeType");
    }
    if let Some(call) = part.get_mut("functionCall")
        && call.get("args").is_none()
    {
        call["args"] = json!({});
    }
}

/// Ids for calls without one, by their place; results take them in the order of the calls of their name.
fn make_ids(body: &mut Value) {
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut made = 0;
    for content in each(body, "contents") {
        for part in each(content, "parts") {
            if let Some(call) = part.get_mut("functionCall").filter(|call| call.get("id").is_none()) {
                let id = format!("made_{made}");
                made += 1;
                call["id"] = id.clone().into();
                open.entry(call["name"].to_string()).or_default().push(id);
            } else if let Some(result) =
                part.get_mut("functionResponse").filter(|result| result.get("id").is_none())
                && let Some(waiting) = open.get_mut(&result["name"].to_string()).filter(|ids| !ids.is_empty())
            {
                result["id"] = waiting.remove(0).into();
            }
        }
    }
}

fn tools(body: &mut Value) {
    let mut all = Vec::new();
    for tool in each(body, "tools") {
        for declaration in each(tool, "functionDeclarations") {
            drop_empty(declaration, "description");
            if let Some(described) = declaration.get("parametersJsonSchema").cloned() {
                remove(declaration, "parametersJsonSchema");
                declaration["parameters"] = described;
            }
            schema(declaration, "parameters");
            small_types(&mut declaration["parameters"]);
            all.push(declaration.clone());
        }
        remove(tool, "functionDeclarations");
    }
    if let Some(Value::Array(tools)) = body.get_mut("tools") {
        tools.retain(|tool| tool.as_object().is_none_or(|members| !members.is_empty()));
        if !all.is_empty() {
            tools.insert(0, json!({"functionDeclarations": all}));
        }
    }
    drop_empty(body, "tools");
}

/// The numbers of the enum `Type`, from 1.
const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "array", "object"];

/// Types in small letters, as both spellings and their numbers are taken; an object without properties says so by its
/// type alone; a default stands in the description, as the API does not look at it elsewhere.
fn small_types(schema: &mut Value) {
    match schema.get("type") {
        Some(Value::String(kind)) => schema["type"] = kind.to_ascii_lowercase().into(),
        Some(Value::Number(number)) => {
            let place = number.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
            schema["type"] = place.checked_sub(1).and_then(|place| TYPES.get(place)).copied().into();
        }
        _ => {}
    }
    if let Some(default) = schema.get("default").map(|default| format!("default: {default}")) {
        schema["description"] = match schema.get("description").and_then(Value::as_str) {
            Some(text) => format!("{text} ({default})").into(),
            None => default.into(),
        };
        remove(schema, "default");
    }
    drop_empty(schema, "properties");
    drop_empty(schema, "required");
    if let Some(Value::Object(members)) = schema.get_mut("properties") {
        members.values_mut().for_each(small_types);
    }
    if let Some(items) = schema.get_mut("items") {
        small_types(items);
    }
    each(schema, "anyOf").for_each(small_types);
}
