//! Texts beside a column: at a terminal, what does not fit goes on under its beginning, and not under the column.

/// Narrower than this, a text is no easier to read than one that the terminal breaks.
const NARROWEST: usize = 20;

/// `text`, which begins after `indent` columns, in lines that fit the terminal; in one where standard output is none.
pub(crate) fn hanging(text: &str, indent: usize) -> String {
    match width() {
        Some(width) => broken(text, indent, width),
        None => text.to_owned(),
    }
}

/// How many columns the terminal has; nothing where standard output is none.
#[cfg(unix)]
pub(crate) fn width() -> Option<usize> {
    use std::io::IsTerminal;

    let size = std::io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(std::io::stdout()));
    size?.ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0)
}

#[cfg(not(unix))]
pub(crate) fn width() -> Option<usize> {
    None
}

/// Breaks at spaces. A word that is longer than a line, such as a path to copy, stays whole.
fn broken(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent);
    if room < NARROWEST {
        return text.to_owned();
    }
    let (mut lines, mut used) = (String::with_capacity(text.len()), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            used = 0;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn what_does_not_fit_goes_on_under_its_beginning() {
        let text = "140 trust anchors: 1 from /a/path/to/an/authority.pem, 139 from /etc/ssl/certs";
        let lines =
            "140 trust anchors: 1 from\n    /a/path/to/an/authority.pem,\n    139 from /etc/ssl/certs";
        assert_eq!(broken(text, 4, 32), lines);
        assert_eq!(broken(text, 4, 200), text);
        assert_eq!(broken(text, 30, 40), text, "too narrow to be of use");
        let long = "x".repeat(50);
        assert_eq!(broken(&format!("a {long} b"), 2, 32), format!("a\n  {long}\n  b"), "to be copied");
        assert_eq!(broken("", 2, 32), "");
    }
}
