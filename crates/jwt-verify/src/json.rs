//! A strict JSON reader (RFC 8259) for headers, claims and keys.
//!
//! It stands apart from `serde_json` because two readers of one token must never see two meanings: a member that
//! stands twice at any depth, a lone surrogate and anything after the document are refused (RFC 7515 section 4, RFC
//! 8725 section 3.7), and numbers keep their text so that no time overflows. It borrows, and reads once.

use std::borrow::Cow;

use crate::error::escaped;

/// Deeper nesting has no honest use in a token or a key.
const MAX_DEPTH: usize = 32;

/// A value whose inside has been checked. Arrays and objects keep their text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    String(Cow<'a, str>),
    Array(&'a str),
    Object(&'a str),
}

impl Value<'_> {
    /// The kind of value, for errors.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads one object and nothing after it, and gives every member of the outermost level to `member`.
pub(crate) fn object<'a>(text: &'a [u8], member: &mut dyn FnMut(&str, Value<'a>)) -> Result<(), String> {
    let mut reader = Reader::new(text)?;
    reader.blank();
    if reader.peek() != Some(b'{') {
        return Err(reader.expected("a JSON object"));
    }
    reader.object(1, member)?;
    reader.end()
}

/// Reads one array and nothing after it.
pub(crate) fn array(text: &str) -> Result<Vec<Value<'_>>, String> {
    let mut reader = Reader::new(text.as_bytes())?;
    let mut values = Vec::new();
    reader.blank();
    if reader.peek() != Some(b'[') {
        return Err(reader.expected("a JSON array"));
    }
    reader.array(1, &mut |value| values.push(value))?;
    reader.end()?;
    Ok(values)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The names of all objects that are open, innermost last.
    names: Vec<Cow<'a, str>>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "expected UTF-8".to_owned())?;
        Ok(Self { text, at: 0, names: Vec::with_capacity(12) })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn expected(&self, what: &str) -> String {
        format!("expected {what} at byte {}", self.at)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn end(&mut self) -> Result<(), String> {
        self.blank();
        if self.at == self.text.len() { Ok(()) } else { Err(self.expected("the end")) }
    }

    /// Reads `{…}`; the cursor is at the brace.
    fn object(&mut self, depth: usize, member: &mut dyn FnMut(&str, Value<'a>)) -> Result<(), String> {
        self.at += 1;
        let first = self.names.len();
        self.blank();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.blank();
            let name = self.string()?;
            self.blank();
            if !self.take(b':') {
                return Err(self.expected("':'"));
            }
            let value = self.value(depth)?;
            member(&name, value);
            self.names.push(name);
            self.blank();
            if self.take(b'}') {
                return self.close(first);
            }
            if !self.take(b',') {
                return Err(self.expected("',' or '}'"));
            }
        }
    }

    /// Refuses a name that stands twice among those from `first` on, and forgets them.
    fn close(&mut self, first: usize) -> Result<(), String> {
        let names = self.names.get_mut(first..).unwrap_or_default();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| matches!(pair, [one, next] if one == next));
        if let Some([name, _]) = twice {
            return Err(format!("the member \"{}\" stands twice", escaped(name)));
        }
        self.names.truncate(first);
        Ok(())
    }

    /// Reads `[…]`; the cursor is at the bracket.
    fn array(&mut self, depth: usize, element: &mut dyn FnMut(Value<'a>)) -> Result<(), String> {
        self.at += 1;
        self.blank();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            element(self.value(depth)?);
            self.blank();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.expected("',' or ']'"));
            }
        }
    }

    /// Reads a value inside something that is `depth` deep.
    fn value(&mut self, depth: usize) -> Result<Value<'a>, String> {
        self.blank();
        let start = self.at;
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Err(format!("nested deeper than {MAX_DEPTH} levels")),
            Some(b'{') => {
                self.object(depth + 1, &mut |_, _| {})?;
                Ok(Value::Object(self.since(start)))
            }
            Some(b'[') => {
                self.array(depth + 1, &mut |_| {})?;
                Ok(Value::Array(self.since(start)))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value<'a>, String> {
        for (word, value) in
            [("null", Value::Null), ("true", Value::Boolean(true)), ("false", Value::Boolean(false))]
        {
            if self.rest().starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("a JSON value"))
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value<'a>, String> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(Value::Number(self.since(start)))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, String> {
        if !self.take(b'"') {
            return Err(self.expected("a string"));
        }
        let plain = self.plain();
        if self.take(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut decoded = String::from(plain);
        loop {
            if self.take(b'"') {
                return Ok(Cow::Owned(decoded));
            }
            if !self.take(b'\\') {
                return Err(self.expected("no control character, and the end of the string"));
            }
            decoded.push(self.escape()?);
            decoded.push_str(self.plain());
        }
    }

    /// The stretch up to a quote, an escape or something that no string may hold.
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        let rest = self.rest();
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
        self.at += length.unwrap_or(rest.len());
        self.since(start)
    }

    fn escape(&mut self) -> Result<char, String> {
        let escape = self.peek().ok_or_else(|| self.expected("an escape"))?;
        self.at += 1;
        Ok(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.expected("a known escape before this")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, String> {
        let lone = "a surrogate stands without its other half".to_owned();
        let unit = self.unit()?;
        let code = match unit {
            0xd800..=0xdbff => {
                if !(self.take(b'\\') && self.take(b'u')) {
                    return Err(lone);
                }
                let low = self.unit()?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return Err(lone);
                }
                0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            other => other,
        };
        char::from_u32(code).ok_or(lone)
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits = self.rest().first_chunk::<4>().filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
        Ok(digits.iter().fold(0, |unit, digit| unit << 4 | value(*digit)))
    }
}

#[cfg(test)]
#[path = "json/tests.rs"]
mod tests;
