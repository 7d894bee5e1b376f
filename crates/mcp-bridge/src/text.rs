//! Foreign text on its way into an error or a log line: escaped and short.

/// The most characters of foreign text in one message.
pub(crate) const MAX: usize = 200;

/// `text` with control and invisible characters escaped, cut to 200 characters. Quotes stay as people write them.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(MAX) {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(MAX).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_length_are_tamed() {
        assert_eq!(escaped("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(escaped(r#""customer_id" isn't"#), r#""customer_id" isn't"#);
        assert_eq!(escaped(&"x".repeat(300)).chars().count(), MAX + 1);
    }
}
