//! Colours, as what they mean. `anstream` leaves them out where no person looks, and with `NO_COLOR`.

use anstyle::{AnsiColor, Style};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// "1 tool", "2 tools".
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Foreign text for a terminal: a model or a server must not steer it, nor show other text than it sends. Control
/// and direction characters are shown escaped; line feeds and tabs stay.
pub(crate) fn plain(text: &str) -> String {
    let steers = |c: char| {
        let direction = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
        let tag = matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        (c.is_control() && c != '\n' && c != '\t') || direction || tag
    };
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if steers(c) {
            shown.extend(c.escape_unicode())
        } else {
            shown.push(c)
        }
        shown
    })
}

/// The same for what is shown in a row: foreign text cannot write rows of its own.
pub(crate) fn in_row(text: &str) -> String {
    plain(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\u{202e}c\r\n\td"), "a\\u{1b}[2Jb\\u{202e}c\\u{d}\n\td");
        assert_eq!(plain("a\u{61c}b"), "a\\u{61c}b");
        assert_eq!(plain("naïve 日本 ✓"), "naïve 日本 ✓");
    }
}
