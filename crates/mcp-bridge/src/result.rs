//! The result of `tools/call`, read item by item and bounded (MCP server/tools, "Tool Result").
//!
//! An item of an unknown kind is kept as it came. What does not fit the limit is left out, and the result says so: a model
//! that does not know that a text is cut takes it for the whole.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use toolgate_tool_types::{Content, ToolResult, unique_members};

use crate::failure::Failure;
use crate::schema::{Schema, Violation};
use crate::text::escaped;

/// The most items of one result.
const MAX_ITEMS: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow, default)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default, deserialize_with = "present")]
    structured_content: Option<&'a RawValue>,
    #[serde(default)]
    is_error: Option<bool>,
    result_type: Option<String>,
}

/// A member that is there, even if it is `null`.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct Text {
    text: Arc<str>,
}

/// An image, or audio.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Media {
    data: Arc<str>,
    mime_type: Arc<str>,
}

#[derive(Deserialize)]
struct Embedded {
    resource: Resource,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    uri: Arc<str>,
    name: Arc<str>,
    mime_type: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    uri: Arc<str>,
    mime_type: Option<Arc<str>>,
    text: Option<Arc<str>>,
    blob: Option<Arc<str>>,
}

/// Reads a result, passing on at most `max` bytes of it.
pub(crate) fn read(text: &str, max: usize) -> Result<ToolResult, Failure> {
    let body: Body<'_> = serde_json::from_str(text).map_err(|error| {
        Failure::Protocol(format!("the answer to tools/call is malformed: {}", escaped(&error.to_string())))
    })?;
    match body.result_type.as_deref() {
        None | Some("complete") => {}
        Some("input_required") => {
            return Err(Failure::Protocol(
                "the tool asks for more input, which this client does not offer".to_owned(),
            ));
        }
        Some(other) => {
            return Err(Failure::Protocol(format!("the result is of the unknown type {:?}", escaped(other))));
        }
    }
    let mut left = max;
    // Lists that have never been filled are `null` in some languages.
    let items = body.content.unwrap_or_default();
    let mut content: Vec<Content> =
        items.iter().take(MAX_ITEMS).map(|raw| bounded(item(raw), raw, &mut left)).collect();
    if let Some(more) = items.len().checked_sub(MAX_ITEMS).filter(|more| *more > 0) {
        content.push(Content::text(format!("[{more} more items of this result were left out]")));
    }
    let mut result = ToolResult::new(Vec::new()).with_is_error(body.is_error.unwrap_or(false));
    if let Some(structured) = body.structured_content {
        if structured.get().len() <= max {
            result = result.with_structured(structured.to_owned().into());
        } else {
            let size = structured.get().len();
            content.push(Content::text(format!(
                "[the structured result of {size} bytes was left out: too large]"
            )));
        }
    }
    result.content = content;
    Ok(result)
}

/// Checks the structured result, where there is one and the tool did not fail.
pub(crate) fn check(result: &ToolResult, schema: &Schema) -> Result<(), Violation> {
    let Some(structured) = result.structured.as_ref().filter(|_| !result.is_error) else { return Ok(()) };
    // What is checked must be all that a reader of the text may see.
    let value = unique_members(structured).and_then(|()| serde_json::from_str(structured.get()));
    let value =
        value.map_err(|error| Violation { pointer: String::new(), reason: escaped(&error.to_string()) })?;
    schema.check(&value)
}

fn item(raw: &RawValue) -> Content {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow)]
        r#type: Cow<'a, str>,
    }
    let json = raw.get();
    let kind = serde_json::from_str::<Kind<'_>>(json).map_or(Cow::Borrowed(""), |item| item.r#type);
    of_kind(&kind, json).unwrap_or_else(|| Content::Other { kind: escaped(&kind).into(), json: json.into() })
}

/// The item of a known kind, unless it is malformed. Read for its kind at once: a type with a tag is kept in pieces first.
fn of_kind(kind: &str, json: &str) -> Option<Content> {
    fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
        serde_json::from_str(json).ok()
    }
    Some(match kind {
        "text" => {
            let Text { text } = read(json)?;
            Content::Text { text }
        }
        "image" => {
            let Media { data, mime_type } = read(json)?;
            Content::Image { data, mime_type }
        }
        "audio" => {
            let Media { data, mime_type } = read(json)?;
            Content::Audio { data, mime_type }
        }
        "resource" => {
            let Embedded { resource: Resource { uri, mime_type, text, blob } } = read(json)?;
            Content::Resource { uri, mime_type, text, blob }
        }
        "resource_link" => {
            let Link { uri, name, mime_type } = read(json)?;
            Content::ResourceLink { uri, name, mime_type }
        }
        _ => return None,
    })
}

/// The item as long as there is room; a text's beginning where there is room for that; else a note.
fn bounded(content: Content, raw: &RawValue, left: &mut usize) -> Content {
    let size = content.as_text().map_or(raw.get().len(), str::len);
    if let Some(rest) = left.checked_sub(size) {
        *left = rest;
        return content;
    }
    let room = std::mem::take(left);
    match content {
        Content::Text { text } => {
            let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            let shown = text.get(..end).unwrap_or_default();
            Content::text(format!("{shown}\n[cut: {end} of {size} bytes of this text are shown]"))
        }
        _ => Content::text(format!("[an item of {size} bytes was left out: the result is too large]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_read_alone_and_unknown_kinds_are_kept() {
        let result = read(
            r#"{"content":[{"type":"text","text":"a"},{"type":"hologram","x":1},{"type":"image","data":"AA==","mimeType":"image/png"},
                {"type":"image"},{"type":"resource","resource":{"uri":"u","text":"b"}},7],"structuredContent":null,"isError":true}"#,
            1 << 20,
        )
        .unwrap();
        assert!(result.is_error);
        assert_eq!(result.structured.as_ref().unwrap().get(), "null");
        assert!(matches!(&result.content[1], Content::Other { kind, .. } if &**kind == "hologram"));
        assert!(matches!(&result.content[2], Content::Image { .. }));
        assert!(matches!(&result.content[3], Content::Other { kind, .. } if &**kind == "image"));
        assert!(matches!(&result.content[5], Content::Other { kind, .. } if kind.is_empty()));
        assert_eq!(result.to_text("t"), "a\nb");
    }

    /// The tool has run: what it said must not be lost for what it did not say.
    #[test]
    fn what_is_null_is_not_there() {
        let result = read(r#"{"content":null,"isError":null,"structuredContent":{"n":1}}"#, 1 << 20).unwrap();
        assert!(result.content.is_empty() && !result.is_error && result.structured.is_some());
    }

    #[test]
    fn what_does_not_fit_is_told_in_short() {
        let text = format!(r#"{{"content":"{}"}}"#, "x".repeat(100_000));
        let Err(Failure::Protocol(reason)) = read(&text, 1 << 20) else { panic!("it was read") };
        assert!(reason.contains("malformed") && reason.len() < 300, "{} bytes", reason.len());
    }

    #[test]
    fn items_beyond_the_thousandth_are_counted() {
        let told = |items: usize| {
            let item = r#"{"type":"text","text":"a"}"#;
            let text = format!(r#"{{"content":[{}]}}"#, vec![item; items].join(","));
            let content = read(&text, 1 << 20).unwrap().content;
            (content.len(), content.last().and_then(Content::as_text).unwrap().to_owned())
        };
        assert_eq!(told(1000), (1000, "a".to_owned()));
        assert_eq!(told(1002), (1001, "[2 more items of this result were left out]".to_owned()));
    }

    #[test]
    fn what_is_cut_is_said() {
        let text = format!(
            r#"{{"content":[{{"type":"text","text":"{}"}},{{"type":"text","text":"gone"}}],"structuredContent":[{}0]}}"#,
            "ü".repeat(100),
            "0,".repeat(100)
        );
        let result = read(&text, 51).unwrap();
        let told = result.to_text("t");
        assert!(told.starts_with(&"ü".repeat(25)) && !told.starts_with(&"ü".repeat(26)), "{told}");
        assert!(told.contains("[cut: 50 of 200 bytes") && !told.contains("gone"), "{told}");
        assert!(told.contains("structured result of 203 bytes was left out") && result.structured.is_none());
    }

    /// MB-14: who checks it and who reads it must not be two readers.
    #[test]
    fn a_structured_result_says_nothing_twice() {
        let schema = toolgate_tool_types::JsonObject::parse(
            r#"{"type":"object","properties":{"a":{"type":"object","properties":{"n":{"type":"integer"}}}}}"#,
        );
        let schema = Schema::compile(&schema.unwrap()).unwrap();
        let checked = |structured: &str| {
            let text = format!(r#"{{"content":[],"structuredContent":{structured}}}"#);
            check(&read(&text, 1 << 20).unwrap(), &schema).map_err(|violation| violation.reason)
        };
        assert_eq!(checked(r#"{"a":{"n":1}}"#), Ok(()));
        for twice in [r#"{"a":{"n":"x","n":1}}"#, r#"{"a":{"\u006e":"x","n":1}}"#] {
            assert_eq!(checked(twice), Err("member \"n\" stands twice".to_owned()), "{twice}");
        }
    }

    #[test]
    fn only_complete_results_are_results() {
        assert!(read(r#"{"resultType":"complete"}"#, 9).unwrap().content.is_empty());
        for bad in [r#"{"resultType":"input_required"}"#, r#"{"resultType":"x"}"#, r#"{"content":{}}"#, "[]"]
        {
            assert!(read(bad, 9).is_err(), "{bad}");
        }
    }
}
