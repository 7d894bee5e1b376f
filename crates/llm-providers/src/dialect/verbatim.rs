//! Texts of a request that stand in its JSON as they are: base64, and most short ones. serde_json looks at each byte of a text
//! for what has to be escaped, which for a picture takes longer than everything else; that there is nothing of the kind is
//! seen many bytes at a time.

use std::io;

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// Writes a text, for [`Compact`].
pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if needs_no_escape(text) {
        serializer.serialize_bytes(text.as_bytes())
    } else {
        serializer.serialize_str(text)
    }
}

/// The same for several.
pub(super) fn each<S: Serializer>(list: &[&str], serializer: S) -> Result<S::Ok, S::Error> {
    struct Verbatim<'a>(&'a str);
    impl Serialize for Verbatim<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serialize(self.0, serializer)
        }
    }
    serializer.collect_seq(list.iter().map(|text| Verbatim(text)))
}

/// JSON without white space, in which bytes are a text that needs no escapes (RFC 8259 section 7).
pub(super) struct Compact;

impl Formatter for Compact {
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &[u8]) -> io::Result<()> {
        writer.write_all(b"\"")?;
        writer.write_all(text)?;
        writer.write_all(b"\"")
    }
}

fn needs_no_escape(text: &str) -> bool {
    let plain = |byte: &u8| (*byte >= b' ') & (*byte != b'"') & (*byte != b'\\');
    // To the end, whatever is found on the way: so it is compiled to many bytes at a time.
    text.as_bytes().iter().fold(true, |all, byte| all & plain(byte))
}

#[cfg(test)]
mod tests {
    use serde_json::Serializer;

    use super::*;

    #[test]
    fn what_is_written_is_the_text_as_json() {
        for text in ["", "iVBORw0KGgo=", "ü", "a\"b", "a\\b", "a\nb", "\u{1}", "\u{7f}", "😀"] {
            let mut written = Vec::new();
            serialize(text, &mut Serializer::with_formatter(&mut written, Compact)).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(text).unwrap());
            let mut written = Vec::new();
            each(&[text, text], &mut Serializer::with_formatter(&mut written, Compact)).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&[text, text]).unwrap());
        }
    }
}
