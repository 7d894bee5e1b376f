//! Whether a JSON text has one meaning: in no object of it a member stands twice (RFC 7493 section 2.3). Two readers of one
//! text must not see two meanings. Nothing else of it is read: whatever its strings hold, and however deep it is.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::Error as _;

/// The name of a member.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Looks through `json`, which must be JSON.
pub(super) fn members(json: &str) -> Result<(), serde_json::Error> {
    // The names of all objects that are open, innermost last; and where those of each open object begin, `None` for an array.
    let (mut names, mut open): (Vec<Cow<'_, str>>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    let mut name_next = false;
    let mut rest = json;
    while let Some(at) = rest.find(['{', '}', '[', ']', ',', ':', '"']) {
        let (sign, behind) = rest.get(at..).unwrap_or_default().split_at_checked(1).unwrap_or_default();
        match sign {
            "{" => open.push(Some(names.len())),
            "[" => open.push(None),
            "}" | "]" => {
                if let Some(first) = open.pop().flatten() {
                    differ(names.get_mut(first..).unwrap_or_default())?;
                    names.truncate(first);
                }
            }
            "\"" => {
                let length = string(behind) + 2;
                let (string, behind) =
                    rest.get(at..).unwrap_or_default().split_at_checked(length).unwrap_or_default();
                if name_next {
                    let Name(name) = serde_json::from_str(string)?;
                    names.push(name);
                }
                rest = behind;
                continue;
            }
            _ => {}
        }
        name_next = matches!(sign, "{" | ",") && open.last().is_some_and(Option::is_some);
        rest = behind;
    }
    Ok(())
}

/// How long the string is that begins here, behind its quotation mark and up to the other.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn differ(names: &mut [Cow<'_, str>]) -> Result<(), serde_json::Error> {
    names.sort_unstable();
    match names.iter().zip(names.iter().skip(1)).find(|(name, next)| name == next) {
        Some((name, _)) => Err(serde_json::Error::custom(format_args!("member {name:?} stands twice"))),
        None => Ok(()),
    }
}
