//! Names of documents: made of letters, digits, single spaces, `-`, `(`, `)`, `[` and `]`, and none twice in a request
//! (`DocumentBlock.name`).

/// Hands out the names of one request.
#[derive(Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// The name as it may be sent, and whether it is another than `wanted`.
    pub(super) fn next(&mut self, wanted: &str) -> (String, bool) {
        let plain = plain(wanted);
        let mut name = plain.clone();
        let mut number = 2;
        while self.0.contains(&name) {
            name = format!("{plain} ({number})");
            number += 1;
        }
        self.0.push(name.clone());
        let differs = name != wanted;
        (name, differs)
    }
}

fn plain(wanted: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-()[]".contains(c);
    let mut name = String::new();
    // Room for a number is left below the 200 characters that are allowed.
    for c in wanted.chars().take(190) {
        match c {
            c if fits(c) => name.push(c),
            c if c.is_whitespace() && name.ends_with(' ') => {}
            c if c.is_whitespace() => name.push(' '),
            _ => name.push('-'),
        }
    }
    match name.trim() {
        "" => "document".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_differ() {
        let mut names = Names::default();
        let mut next = |wanted| names.next(wanted);
        assert_eq!(next("Report [1]"), ("Report [1]".to_owned(), false));
        assert_eq!(next("report.pdf"), ("report-pdf".to_owned(), true));
        assert_eq!(next("report.pdf"), ("report-pdf (2)".to_owned(), true));
        assert_eq!(next(" \n "), ("document".to_owned(), true));
        assert_eq!(next("a \t b"), ("a b".to_owned(), true));
        assert!(next(&"ü".repeat(500)).0.len() <= 200);
    }
}
