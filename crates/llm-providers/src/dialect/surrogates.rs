//! Halves of characters: escapes of UTF-16's surrogates that stand alone (RFC 8259 section 8.2). Tools and models write them
//! where they cut a text in the middle of a character, and most providers refuse a request with one in it ("no low surrogate
//! in string" at Anthropic, whose own SDK replaces them in a tool's result: `tool_result_content`), and with it all that come
//! after.

use std::borrow::Cow;

/// The JSON with U+FFFD in the place of each half.
pub(super) fn mended(json: &str) -> Cow<'_, str> {
    // Most have quotation marks and ends of lines escaped, and no letter: they are not copied.
    if !json.contains("\\u") {
        return Cow::Borrowed(json);
    }
    let mut mended = String::new();
    let (mut rest, mut is_changed) = (json, false);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (length, is_half) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0xD800..=0xDFFF), _) => (6, true),
            // What is escaped is one byte, or four digits that are like any others.
            _ => (2, false),
        };
        is_changed |= is_half;
        let (escaped, behind) = escape.split_at_checked(length).unwrap_or((escape, ""));
        mended.push_str(if is_half { "\\ufffd" } else { escaped });
        rest = behind;
    }
    if !is_changed {
        return Cow::Borrowed(json);
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// The unit of UTF-16 that an escape begins with.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_alone_are_replaced() {
        for same in
            ["", r#"{"a":"b"}"#, r#""\ud83d\ude00\n\"\\""#, r#""\\ud83d""#, r#""\u00e9ü\u12""#, "\\", "\\ü"]
        {
            assert!(matches!(mended(same), Cow::Borrowed(_)), "{same}");
        }
        for (json, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\uDE00\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\ud83d\ude00x""#, r#""\ufffd\ud83d\ude00x""#),
            (r#""\\\ud83d\\u""#, r#""\\\ufffd\\u""#),
        ] {
            assert_eq!(mended(json), expected);
            assert!(serde_json::from_str::<serde_json::Value>(expected).is_ok(), "{expected}");
        }
    }
}
