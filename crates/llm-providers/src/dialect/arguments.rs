//! The arguments of a call: as they were written, and for dialects that want those of an earlier call as an object
//! rather than as text.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;
use serde_json::value::RawValue;
use toolgate_tool_types::ToolCall;

use super::lenient::Text;
use super::surrogates;
use crate::lossiness::Losses;

/// Wraps arguments that are no object. They are history, not to be run: the model sees what was written.
#[derive(Serialize)]
struct Unparsed<'a> {
    unparsed_arguments: &'a str,
}

/// The arguments as an object, borrowed where they are one.
pub(super) fn object<'a>(call: &'a ToolCall, path: impl Display, losses: &mut Losses) -> Cow<'a, RawValue> {
    let text = if call.raw_arguments.is_empty() { "{}" } else { &*call.raw_arguments };
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) if raw.get().starts_with('{') => match surrogates::mended(raw.get()) {
            Cow::Borrowed(_) => Cow::Borrowed(raw),
            Cow::Owned(mended) => {
                losses.report(path, "half a character, which no provider takes, is replaced");
                Cow::Owned(RawValue::from_string(mended).unwrap_or_default())
            }
        },
        _ => {
            losses.report(path, "arguments that are no JSON object are shown to the model wrapped in one");
            let wrapped = serde_json::value::to_raw_value(&Unparsed { unparsed_arguments: text });
            Cow::Owned(wrapped.unwrap_or_default())
        }
    }
}

/// The same as text. Many servers of chat completions parse it (vLLM, SGLang, llama.cpp) and refuse the whole request where
/// it is no JSON; of others it is not known (Cohere), and JSON is what they asked for.
pub(super) fn text<'a>(call: &'a ToolCall, path: impl Display, losses: &mut Losses) -> Cow<'a, str> {
    match object(call, path, losses) {
        Cow::Borrowed(_) => as_written(call),
        Cow::Owned(wrapped) => Cow::Owned(wrapped.get().to_owned()),
    }
}

/// The same, whatever it is; without any, as an object with none.
pub(super) fn as_written(call: &ToolCall) -> Cow<'_, str> {
    if call.raw_arguments.is_empty() { "{}".into() } else { Cow::Borrowed(&call.raw_arguments) }
}

/// The arguments as the model wrote them, whichever of the two forms a provider has for them: text with JSON in it, or
/// the JSON itself. Text with half a character in it stays as it stands in the answer, which is no object: nobody runs what is not
/// what the model wrote, and empty text would mean no arguments.
pub(super) fn written(raw: Option<&RawValue>) -> Text<'_> {
    match raw {
        None => Text::default(),
        Some(raw) if raw.get().starts_with('"') => Text::whole(raw).unwrap_or_else(|| raw.get().into()),
        Some(raw) => raw.get().into(),
    }
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::CallId;

    use super::*;

    #[test]
    fn half_a_character_makes_no_call_without_arguments() {
        let half: &RawValue = serde_json::from_str(r#""{\"path\":\"/tmp/\ud83d\"}""#).unwrap();
        assert_eq!(&*written(Some(half)), half.get());
        let whole: &RawValue = serde_json::from_str(r#""{\"path\":\"\ud83d\ude00\"}""#).unwrap();
        assert_eq!(&*written(Some(whole)), "{\"path\":\"\u{1f600}\"}");
    }

    #[test]
    fn nothing_is_repaired() {
        let read = |text: &str| {
            let mut losses = Losses::default();
            let call = ToolCall::new(CallId::new("c"), "t", text);
            (object(&call, "p", &mut losses).get().to_owned(), losses.into_vec().len())
        };
        assert_eq!(read(""), ("{}".into(), 0));
        assert_eq!(read(r#" {"n":1.10} "#), (r#"{"n":1.10}"#.into(), 0));
        assert_eq!(read(r#"{"a":"#), (r#"{"unparsed_arguments":"{\"a\":"}"#.into(), 1));
        for bad in ["{}{}", "[]", "\"x\"", "null", " "] {
            assert_eq!(read(bad).1, 1, "{bad:?}");
        }
        for (written, sent) in [("", "{}"), (" {} ", " {} "), ("{", r#"{"unparsed_arguments":"{"}"#)] {
            let call = ToolCall::new(CallId::new("c"), "t", written);
            assert_eq!(text(&call, "p", &mut Losses::default()), sent);
        }
    }
}
