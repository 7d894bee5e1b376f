//! What Gemini refuses of function declarations: names, and schemas that are well formed but make no sense.

use serde_json::Value;

use super::canonical::Refusal;
use super::strict_gemini::invalid;

pub(crate) fn check_tools(body: &Value) -> Result<(), Refusal> {
    let mut names: Vec<&str> = Vec::new();
    for (index, tool) in body["tools"].as_array().into_iter().flatten().enumerate() {
        let declarations = tool["functionDeclarations"].as_array().into_iter().flatten();
        for (number, declaration) in declarations.enumerate() {
            let at = format!("* GenerateContentRequest.tools[{index}].function_declarations[{number}]");
            let name = declaration["name"].as_str().unwrap_or_default();
            check_name(&at, name)?;
            if names.contains(&name) {
                return Err(invalid(&format!("Duplicate function declaration found: {name}")));
            }
            names.push(name);
            check_schema(&format!("{at}.parameters"), &declaration["parameters"])?;
        }
    }
    Ok(())
}

fn check_name(at: &str, name: &str) -> Result<(), Refusal> {
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte));
    if starts && letters && name.len() <= 64 {
        return Ok(());
    }
    Err(invalid(&format!(
        "{at}.name: [FIELD_INVALID] Invalid function name. Must start with a letter or an underscore. Must be \
         alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length \
         of 64.\n"
    )))
}

fn check_schema(at: &str, schema: &Value) -> Result<(), Refusal> {
    let Some(map) = schema.as_object() else {
        return Ok(());
    };
    let is = |kind: &str| schema["type"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(kind));
    if is("array") && !map.contains_key("items") {
        return Err(invalid(&format!("{at}.items: missing field.\n")));
    }
    if map.contains_key("enum") && (is("object") || is("array") || is("number") || is("boolean")) {
        return Err(invalid(&format!("{at}.enum: only allowed for STRING type\n")));
    }
    let properties = schema["properties"].as_object();
    for (index, name) in schema["required"].as_array().into_iter().flatten().enumerate() {
        let name = name.as_str().unwrap_or_default();
        if properties.is_none_or(|properties| !properties.contains_key(name)) {
            return Err(invalid(&format!("{at}.required[{index}]: property is not defined\n")));
        }
    }
    for (name, property) in properties.into_iter().flatten() {
        check_schema(&format!("{at}.properties[{name}]"), property)?;
    }
    for (index, choice) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
        check_schema(&format!("{at}.any_of[{index}]"), choice)?;
    }
    check_schema(&format!("{at}.items"), &schema["items"])
}
