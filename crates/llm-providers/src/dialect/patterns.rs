//! Patterns as OpenAI reads them: as Python does ("'…' is not a 'regex'"), and without groups that look around or back ("Invalid JSON
//! schema: regex lookaround is not supported"). Every request is refused for one other, such as Zod writes of an e-mail's address.

use std::iter::Peekable;
use std::str::Chars;

/// Whether a pattern is read. What is doubtful is none.
pub(super) fn is_readable(pattern: &str) -> bool {
    let mut reader = Reader { rest: pattern.chars().peekable(), depth: 0, can_repeat: false };
    reader.read().is_some() && reader.depth == 0
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    /// Groups that are open.
    depth: usize,
    /// Whether there is something to repeat.
    can_repeat: bool,
}

/// `None` at what is not read.
type Read = Option<()>;

impl Reader<'_> {
    fn read(&mut self) -> Read {
        while let Some(letter) = self.rest.next() {
            match letter {
                '\\' => {
                    self.escape(false)?;
                }
                '[' => self.class()?,
                '(' => self.group()?,
                ')' => self.depth = self.depth.checked_sub(1)?,
                '*' | '+' | '?' => self.repeat()?,
                _ => {}
            }
            self.can_repeat = !matches!(letter, '(' | '|' | '*' | '+' | '?' | '^');
        }
        Some(())
    }

    /// "nothing to repeat"
    fn repeat(&mut self) -> Read {
        if !self.can_repeat {
            return None;
        }
        // As few as possible.
        self.rest.next_if_eq(&'?');
        Some(())
    }

    fn group(&mut self) -> Read {
        self.depth += 1;
        if self.rest.next_if_eq(&'?').is_none() {
            return Some(());
        }
        match self.rest.next()? {
            ':' => Some(()),
            'P' => self.rest.next_if_eq(&'<').map(|_| ()),
            _ => None,
        }
    }

    /// A letter behind a backslash; what it stands for, if that is one letter.
    fn escape(&mut self, in_class: bool) -> Option<Option<char>> {
        let escaped = self.rest.next()?;
        let known = match escaped {
            'x' => return self.digits(2),
            'u' => return self.digits(4),
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => return Some(None),
            'b' | 'B' | 'A' | 'Z' => !in_class,
            'f' | 'n' | 'r' | 't' | 'v' => true,
            other => !other.is_alphanumeric(),
        };
        known.then_some(Some(escaped))
    }

    fn digits(&mut self, many: usize) -> Option<Option<char>> {
        let mut code = 0;
        for _ in 0..many {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        Some(char::from_u32(code))
    }

    /// `[…]`, of which a range begins and ends with a letter ("bad character range").
    fn class(&mut self) -> Read {
        self.rest.next_if_eq(&'^');
        if self.rest.peek() == Some(&']') {
            return None;
        }
        while let Some(first) = self.member()? {
            if self.rest.next_if_eq(&'-').is_none() {
                continue;
            }
            if self.rest.peek() == Some(&']') {
                self.rest.next();
                return Some(());
            }
            let last = self.member()??;
            if first? > last? {
                return None;
            }
        }
        Some(())
    }

    /// A member of a class: the letter that it is, if it is one. None at the end of the class.
    fn member(&mut self) -> Option<Option<Option<char>>> {
        match self.rest.next()? {
            ']' => Some(None),
            '\\' => self.escape(true).map(Some),
            letter => Some(Some(Some(letter))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_reads_is_read() {
        for pattern in [
            "",
            "^[A-Za-z0-9_-]+$",
            r"^[\w.-]+@[\w-]+\.[a-z]{2,}$",
            r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?:\.\d+)?Z$",
            r"^(?P<year>\d{4})|x*?$",
            r"[^\]\\/]+?",
            r"\x41é\.\-[-a]",
            r"^#[0-9a-fA-F]{6}$",
            r"^[\u0041-\u005a]$",
        ] {
            assert!(is_readable(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_it_does_not_read_is_none() {
        for pattern in [
            // As Zod writes the address of an e-mail.
            r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$",
            // As Claude Code's tools have them.
            r#"^(?!__.*__$)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}"\\./[\]]{1,200}$"#,
            r"^[^\0]*$",
            r"^[\p{L}]+$",
            r"\z",
            r"(?<name>a)",
            r"(?<=a)b",
            r"(?=a)",
            r"(?i)a",
            r"(a)\1",
            r"\u{1F600}",
            r"\xg0",
            "*.txt",
            "a|*",
            "a**",
            "(a",
            "a)",
            "[a",
            "[]",
            "[^]",
            r"[\w-.]",
            "[z-a]",
            "a\\",
        ] {
            assert!(!is_readable(pattern), "{pattern}");
        }
    }
}
