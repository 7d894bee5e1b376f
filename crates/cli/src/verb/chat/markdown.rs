//! Markdown as it is written, for a terminal: headings, bold, code and lists look like themselves, all else stays as it
//! is. A mark may be cut anywhere between two pieces of the stream, so what is not clear yet is held back.

use std::fmt::Write;

use anstyle::{AnsiColor, Reset, Style};

/// What is shown of a text in pieces.
#[derive(Debug, Default)]
pub(super) struct Markdown {
    /// Whether anything is styled at all.
    styled: bool,
    /// What a line begins with, or a single star, until it is clear what it is.
    held: String,
    in_line: bool,
    heading: bool,
    bold: bool,
    code: bool,
    fence: bool,
    /// The rest of a line that opens or closes a fence is not shown.
    skipping: bool,
}

/// How much of a line is held back until it is clear what it is, in bytes: the marks of a list within lists.
const MOST_HELD: usize = 64;

/// What a line turns out to be.
enum Line {
    Unclear,
    Text,
    Heading,
    Bullet,
    Fence,
}

impl Markdown {
    pub(super) fn new(styled: bool) -> Self {
        Self { styled, ..Self::default() }
    }

    /// What can be shown now that `delta` has come.
    pub(super) fn push(&mut self, delta: &str) -> String {
        if !self.styled {
            return delta.to_owned();
        }
        let mut out = String::with_capacity(delta.len());
        delta.chars().for_each(|c| self.take(c, &mut out));
        out
    }

    /// What is left at the end.
    pub(super) fn end(&mut self) -> String {
        let mut out = std::mem::take(&mut self.held);
        if self.heading || self.bold || self.code || self.fence {
            let _ = write!(out, "{}", Reset.render());
        }
        *self = Self::new(self.styled);
        out
    }

    fn take(&mut self, c: char, out: &mut String) {
        if self.skipping {
            self.skipping = c != '\n';
            return;
        }
        if self.in_line {
            return self.within(c, out);
        }
        self.held.push(c);
        match begins(&self.held, self.fence) {
            Line::Unclear => return,
            Line::Text => {
                self.in_line = true;
                let held = std::mem::take(&mut self.held);
                return held.chars().for_each(|c| self.within(c, out));
            }
            Line::Heading => self.heading = true,
            Line::Bullet => {
                let indent = self.held.len() - self.held.trim_start().len();
                let _ = write!(out, "{:indent$}• ", "");
            }
            Line::Fence => (self.fence, self.skipping) = (!self.fence, true),
        }
        self.held.clear();
        self.in_line = !self.skipping;
        self.restyle(out);
    }

    fn within(&mut self, c: char, out: &mut String) {
        let star = !self.held.is_empty();
        self.held.clear();
        match c {
            '\n' => {
                out.push_str(if star { "*" } else { "" });
                let styled = self.heading || self.bold || self.code;
                (self.heading, self.bold, self.code, self.in_line) = (false, false, false, false);
                if styled {
                    self.restyle(out);
                }
                out.push('\n');
            }
            '`' if !self.fence => {
                out.push_str(if star { "*" } else { "" });
                self.code = !self.code;
                self.restyle(out);
            }
            '*' if star => {
                self.bold = !self.bold;
                self.restyle(out);
            }
            '*' if !self.code && !self.fence => self.held.push('*'),
            c => {
                out.push_str(if star { "*" } else { "" });
                out.push(c);
            }
        }
    }

    fn restyle(&self, out: &mut String) {
        let mut style = Style::new();
        if self.heading || self.bold {
            style = style.bold();
        }
        if self.code || self.fence {
            style = style.fg_color(Some(AnsiColor::Cyan.into()));
        }
        let _ = write!(out, "{}{}", Reset.render(), style.render());
    }
}

/// What a line that begins with `held` is (CommonMark sections 4.2, 4.5, 5.2), as far as terminals care.
fn begins(held: &str, in_fence: bool) -> Line {
    // Each letter is looked at with all before it: without an end, a line of spaces would hold up everything.
    if held.len() > MOST_HELD {
        return Line::Text;
    }
    let rest = held.trim_start_matches(' ');
    if rest.is_empty() {
        return Line::Unclear;
    }
    let marks = rest.trim_end_matches(' ');
    match marks {
        "```" => Line::Fence,
        "`" | "``" if marks == rest => Line::Unclear,
        _ if in_fence => Line::Text,
        "-" | "*" | "+" if marks == rest => Line::Unclear,
        "-" | "*" | "+" => Line::Bullet,
        _ if marks.len() <= 6 && marks.bytes().all(|byte| byte == b'#') => {
            if marks == rest {
                Line::Unclear
            } else {
                Line::Heading
            }
        }
        _ => Line::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown, with the escapes written out.
    fn shown(pieces: &[&str]) -> String {
        let mut markdown = Markdown::new(true);
        let mut out: String = pieces.iter().map(|piece| markdown.push(piece)).collect();
        out.push_str(&markdown.end());
        out.replace("\x1b[0m", "<").replace("\x1b[1m", "b>").replace("\x1b[36m", "c>")
    }

    #[test]
    fn marks_become_what_they_mean() {
        for (text, expected) in [
            ("plain *text* 2*3", "plain *text* 2*3"),
            ("a **b** c", "a <b>b< c"),
            ("## Head\nx", "<b>Head<\nx"),
            ("#no head", "#no head"),
            ("- one\n  * two\n", "<• one\n  <• two\n"),
            ("say `x*y` now", "say <c>x*y< now"),
            ("```rust\nlet **a\n```\nend", "<c>let **a\n<end"),
            ("-5 degrees\n*", "-5 degrees\n*"),
            ("**open", "<b>open<"),
            (&format!("{}- x", " ".repeat(70)), &format!("{}- x", " ".repeat(70))),
        ] {
            let expected = expected.replace("<• ", "• <").replace("  <•", "  •");
            assert_eq!(shown(&[text]), expected, "{text:?}");
        }
    }

    #[test]
    fn it_does_not_matter_where_the_stream_is_cut() {
        let text = "# A **b**\n- `c` d\n```\ne\n```\n*f* **g**\n";
        let whole = shown(&[text]);
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(shown(&letters), whole);
        assert_eq!(Markdown::new(false).push(text), text, "nothing is changed where nobody looks");
    }
}
