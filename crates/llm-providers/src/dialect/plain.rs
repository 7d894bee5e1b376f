//! Names of arguments as Claude takes them, wherever it is hosted: "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'". One tool
//! that names one otherwise, such as `$top` or `filter[id]`, costs every request. It looks at the arguments' own names alone, and
//! not at those within them.
//!
//! An argument with another name is told in the tool's description, with its schema: the model can still give it, by its own name.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::{JsonObject, Tool};

use super::extra::object;
use super::flat;
use super::lenient::Members;
use crate::lossiness::Losses;

/// The tool with plain names, where it has others too.
pub(super) fn tool(tool: &Tool, index: usize, losses: &mut Losses) -> Option<Tool> {
    let Members(root) = serde_json::from_str(tool.input_schema.as_str()).ok()?;
    let find = |wanted: &str| root.iter().find(|(keyword, _)| keyword == wanted).map(|(_, value)| *value);
    let Members(properties) = serde_json::from_str(find("properties")?.get()).ok()?;
    let (plain, odd): (Vec<_>, Vec<_>) = properties.into_iter().partition(|(name, _)| is_plain(name));
    if odd.is_empty() {
        return None;
    }
    for (name, _) in &odd {
        let name = crate::error::escaped(name);
        let path = format_args!("tools[{index}].input_schema.properties.{name}");
        losses.report(path, "not taken by this name here: told in the tool's description");
    }
    let required: Vec<Cow<'_, str>> =
        find("required").and_then(|names| serde_json::from_str(names.get()).ok()).unwrap_or_default();
    let (kept, demanded): (Vec<_>, Vec<_>) = required.into_iter().partition(|name| is_plain(name));
    let written = root.iter().filter_map(|(keyword, value)| match &**keyword {
        "properties" => Some((&**keyword, members(&plain))),
        "required" if kept.is_empty() => None,
        "required" => Some((&**keyword, list(&kept))),
        // There are others, which are told.
        "additionalProperties" => None,
        _ => Some((&**keyword, value.get().to_owned())),
    });
    let mut changed = tool.clone();
    changed.input_schema = JsonObject::parse(&object(&written.collect::<Vec<_>>())).ok()?;
    changed.description = flat::described(tool, &told_of(&odd, &demanded));
    Some(changed)
}

/// The arguments with other names, and which of them are demanded; of long schemas, the names alone.
fn told_of(odd: &[(Cow<'_, str>, &RawValue)], demanded: &[Cow<'_, str>]) -> String {
    let told = |properties: String| {
        let mut told = vec![("properties", properties)];
        if !demanded.is_empty() {
            told.push(("required", list(demanded)));
        }
        object(&told)
    };
    let whole = told(members(odd));
    if whole.len() < flat::MAX_TOLD {
        return whole;
    }
    let names: Vec<(&str, &str)> = odd.iter().map(|(name, _)| (&**name, "{}")).collect();
    told(object(&names))
}

fn list(names: &[Cow<'_, str>]) -> String {
    serde_json::to_string(names).unwrap_or_default()
}

fn members(list: &[(Cow<'_, str>, &RawValue)]) -> String {
    let texts: Vec<(&str, &str)> = list.iter().map(|(name, schema)| (&**name, schema.get())).collect();
    object(&texts)
}

fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(schema: &str) -> Option<(String, String, Vec<String>)> {
        let given = Tool::new("t".parse().unwrap(), "Lists", JsonObject::parse(schema).unwrap());
        let mut losses = Losses::default();
        let changed = tool(&given, 3, &mut losses)?;
        let losses = losses.into_vec().into_iter().map(|loss| loss.path).collect();
        Some((changed.input_schema.as_str().to_owned(), changed.description.to_string(), losses))
    }

    #[test]
    fn plain_names_are_the_same() {
        let long = format!(r#"{{"properties":{{"{}":{{}}}}}}"#, "a".repeat(64));
        for same in [
            "{}",
            &long,
            r#"{"properties":{"a_B.c-9":{"properties":{"$within":{}}}},"required":["a_B.c-9"]}"#,
            r#"{"properties":[]}"#,
        ] {
            assert_eq!(plain(same), None, "{same}");
        }
    }

    #[test]
    fn an_argument_with_another_name_is_told() {
        let (schema, told, lost) = plain(
            r#"{"type":"object","properties":{"$top":{"type":"integer"},"id":{"type":"string"},"filter[a]":{}},"required":["id","$top"],"additionalProperties":false}"#,
        )
        .unwrap();
        assert_eq!(schema, r#"{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}"#);
        assert_eq!(
            told,
            "Lists\n\nArguments also meet {\"properties\":{\"$top\":{\"type\":\"integer\"},\"filter[a]\":{}},\"required\":[\"$top\"]}"
        );
        assert_eq!(
            lost,
            ["tools[3].input_schema.properties.$top", "tools[3].input_schema.properties.filter[a]"]
        );
        let (schema, told, _) = plain(r#"{"properties":{"":{"type":"null"}},"required":[""]}"#).unwrap();
        assert_eq!(schema, r#"{"properties":{}}"#);
        assert!(told.ends_with(r#"{"properties":{"":{"type":"null"}},"required":[""]}"#), "{told}");
    }

    #[test]
    fn of_a_long_schema_the_name_is_told() {
        let long = format!(r#"{{"properties":{{"é":{{"title":"{}"}}}}}}"#, "x".repeat(4000));
        assert_eq!(plain(&long).unwrap().1, "Lists\n\nArguments also meet {\"properties\":{\"é\":{}}}");
    }
}
