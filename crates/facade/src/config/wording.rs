//! What a parser says about a value of the wrong kind, in the words of whoever wrote the file, and without the value: it may be a
//! secret at the wrong place.

use crate::alike::alike;

/// The parser's names of kinds, and what they are to people. The longer ones come first.
const KINDS: [(&str, &str); 9] = [
    ("a nonzero u32", "a whole number from 1 to 4294967295"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number from 0 on"),
    ("usize", "a whole number from 0 on"),
    ("f64", "a number"),
    ("a sequence", "an array, such as [\"a\", \"b\"]"),
    ("a map", "a table"),
    ("path string", "a path"),
];

/// `invalid type: string "canary", expected a map` as `expected a table, found a string`; everything else as it is.
pub(super) fn plain(message: &str) -> String {
    let of_kind = message.strip_prefix("invalid type: ").map(|rest| (rest, true));
    let of_value = || message.strip_prefix("invalid value: ").map(|rest| (rest, false));
    let parts = of_kind.or_else(of_value).and_then(|(rest, is_kind)| {
        let (found, expected) = rest.rsplit_once(", expected ")?;
        Some((found, expected, is_kind))
    });
    let Some((found, expected, is_kind)) = parts else { return with_what_was_meant(message) };
    let known = KINDS.iter().find(|(name, _)| *name == expected).map(|(_, meant)| *meant);
    let expected = match known {
        Some(meant) => meant,
        None if expected.starts_with("struct ") => "a table",
        None => expected,
    };
    // A number that is out of bounds is no secret; a value of another kind may be.
    let number = found.strip_prefix("integer `").and_then(|rest| rest.split('`').next());
    match (number, is_kind && known.is_none_or(|meant| !meant.contains("whole number"))) {
        (Some(number), false) => format!("expected {expected}, found {number}"),
        _ => format!("expected {expected}, found {}", kind_of(found)),
    }
}

/// `unknown field `modle`, expected one of `model`, `models`` with the one that it is nearest to, as the list may be long.
fn with_what_was_meant(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let meant = match (message.starts_with("unknown "), names.next()) {
        (true, Some(written)) => alike(written, names),
        _ => None,
    };
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    format!("{message}{meant}")
}

/// `string "canary"` as `a string`.
fn kind_of(found: &str) -> String {
    let kind = found.split(['"', '`']).next().unwrap_or_default().trim_end();
    match kind {
        "integer" => "an integer".to_owned(),
        "sequence" => "an array".to_owned(),
        "map" => "a table".to_owned(),
        _ => format!("a {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_is_wrong_is_said_in_plain_words() {
        for (said, plainly) in [
            (
                "invalid value: integer `-1`, expected u32",
                "expected a whole number from 0 to 4294967295, found -1",
            ),
            (
                "invalid type: integer `99999999999999999999` as i128, expected u64",
                "expected a whole number from 0 on, found 99999999999999999999",
            ),
            (
                "invalid type: floating point `1000.0`, expected u64",
                "expected a whole number from 0 on, found a floating point",
            ),
            ("invalid type: sequence, expected a map", "expected a table, found an array"),
            ("unknown field `a`, expected `b`", "unknown field `a`, expected `b`"),
            (
                "unknown field `modle`, expected one of `oauth`, `model`, `models`",
                "unknown field `modle`, expected one of `oauth`, `model`, `models`; did you mean `model`?",
            ),
            (
                "unknown variant `alow`, expected `deny` or `allow`",
                "unknown variant `alow`, expected `deny` or `allow`; did you mean `allow`?",
            ),
        ] {
            assert_eq!(plain(said), plainly);
        }
    }

    #[test]
    fn a_secret_at_the_wrong_place_is_not_repeated() {
        for said in [
            "invalid type: string \"canary, expected \\\"x\\\"\", expected struct Table",
            "invalid type: string \"canary\", expected a sequence",
            "invalid type: integer `canary`, expected a string",
        ] {
            assert!(!plain(said).contains("canary"), "{}", plain(said));
        }
    }
}
