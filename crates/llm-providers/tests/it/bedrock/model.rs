//! AWS's own model of the API, as far as it says what a Converse request may be: every member, every length, every word.
//!
//! It lies beside the workspace (or where `TOOLGATE_SCHEMAS` says); without it nothing is checked, and that is said.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;

static SHAPES: LazyLock<Option<Value>> = LazyLock::new(|| {
    let folder = match std::env::var_os("TOOLGATE_SCHEMAS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas"),
    };
    let path = folder.join("bedrock-runtime.service-2.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not checked: no model in {}; set TOOLGATE_SCHEMAS", folder.display());
        return None;
    };
    Some(serde_json::from_str::<Value>(&text).unwrap()["shapes"].take())
});

/// Fails where `request`, the body of a Converse request, is none.
pub(crate) fn check(request: &Value) {
    if let Some(shapes) = &*SHAPES {
        let mut whole = request.clone();
        // It travels in the path.
        whole["modelId"] = "m".into();
        if let Err(why) = fits(shapes, "ConverseRequest", &whole) {
            panic!("{why}: {request:#}");
        }
    }
}

fn fits(shapes: &Value, name: &str, value: &Value) -> Result<(), String> {
    let shape = &shapes[name];
    let within = |size: usize| {
        let bound = |name: &str| shape[name].as_u64().map(|bound| usize::try_from(bound).unwrap());
        bound("min").is_none_or(|min| size >= min) && bound("max").is_none_or(|max| size <= max)
    };
    let ok = match shape["type"].as_str().unwrap() {
        // A document: any JSON.
        "structure" if shape["document"] == true => true,
        "structure" => return structure(shapes, name, value).map_err(|why| format!("{name}.{why}")),
        "list" => {
            let items = value.as_array().ok_or_else(|| format!("{name} is no list"))?;
            for item in items {
                fits(shapes, shape["member"]["shape"].as_str().unwrap(), item)?;
            }
            within(items.len())
        }
        "map" => {
            let members = value.as_object().ok_or_else(|| format!("{name} is no object"))?;
            for member in members.values() {
                fits(shapes, shape["value"]["shape"].as_str().unwrap(), member)?;
            }
            within(members.len())
        }
        "string" => value.as_str().is_some_and(|text| {
            let words = shape["enum"].as_array();
            let pattern = shape["pattern"].as_str().filter(|_| name.starts_with("Tool"));
            within(text.chars().count())
                && words.is_none_or(|words| words.iter().any(|word| word == text))
                && pattern.is_none_or(|pattern| matches(pattern, text))
        }),
        "blob" => value.as_str().is_some_and(|text| within(text.len())),
        "boolean" => value.is_boolean(),
        "integer" => value.as_i64().is_some_and(|number| number >= shape["min"].as_i64().unwrap_or(i64::MIN)),
        "float" => value.as_f64().is_some_and(|number| {
            number >= shape["min"].as_f64().unwrap_or(f64::MIN)
                && number <= shape["max"].as_f64().unwrap_or(f64::MAX)
        }),
        other => panic!("a shape of type {other}"),
    };
    if ok { Ok(()) } else { Err(format!("{name} is not {value}")) }
}

fn structure(shapes: &Value, name: &str, value: &Value) -> Result<(), String> {
    let shape = &shapes[name];
    let members = value.as_object().ok_or("is no object")?;
    for required in shape["required"].as_array().into_iter().flatten() {
        let required = required.as_str().unwrap();
        if !members.contains_key(required) {
            return Err(format!("{required} is missing"));
        }
    }
    if shape["union"] == true && members.len() != 1 {
        return Err(format!("has {} members", members.len()));
    }
    for (member, value) in members {
        let Some(inner) = shape["members"][member]["shape"].as_str() else {
            return Err(format!("{member} is unknown"));
        };
        fits(shapes, inner, value).map_err(|why| format!("{member}: {why}"))?;
    }
    Ok(())
}

/// The only pattern of tools' names and ids: characters of one class, one at least.
fn matches(pattern: &str, text: &str) -> bool {
    let class = pattern.strip_prefix('[').and_then(|rest| rest.strip_suffix("]+")).unwrap();
    let extra = class.strip_prefix("a-zA-Z0-9").unwrap();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

#[test]
fn the_model_refuses() {
    if SHAPES.is_none() {
        return;
    }
    let refused = |text: &str| {
        let body: Value = serde_json::from_str(text).unwrap();
        std::panic::catch_unwind(|| check(&body)).is_err()
    };
    assert!(!refused(r#"{"messages":[{"role":"user","content":[{"text":"u"}]}]}"#));
    for bad in [
        r#"{"messages":[{"role":"user","content":[{"text":"u","image":{}}]}]}"#,
        r#"{"messages":[{"role":"tool","content":[]}]}"#,
        r#"{"messages":[{"role":"user"}]}"#,
        r#"{"messages":[],"max_tokens":1}"#,
        r#"{"messages":[],"inferenceConfig":{"maxTokens":0}}"#,
        r#"{"messages":[],"inferenceConfig":{"temperature":1.5}}"#,
        r#"{"messages":[],"toolConfig":{"tools":[]}}"#,
        r#"{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"a b","inputSchema":{"json":{}}}}]}}"#,
    ] {
        assert!(refused(bad), "{bad}");
    }
}
