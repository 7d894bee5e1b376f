//! How a server's tool is named in the one namespace that a model sees.
//!
//! MCP allows 1 to 128 of `A-Z a-z 0-9 _ - .` (server/tools, "Tool Names"); models accept 64 and no dot. A name that fits is
//! kept; another is rewritten with a hash of the full name at its end, so that two names never become one.

use sha2::{Digest, Sha256};
use toolgate_tool_types::ToolName;

use crate::text::escaped;

/// A name for the model, and whether it is the server's own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exposed {
    pub(crate) name: ToolName,
    pub(crate) exact: bool,
}

/// Names the tool `tool`, under the prefix `server__` where there are several servers. A server's name has no `_`, so
/// the first `__` always parts the two.
pub(crate) fn exposed(server: Option<&str>, tool: &str) -> Result<Exposed, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if tool.is_empty() || tool.len() > 128 || !tool.chars().all(legal) {
        return Err(format!(
            "expected a name of 1 to 128 characters out of A-Z, a-z, 0-9, '_', '-' and '.', found {:?}",
            escaped(tool)
        ));
    }
    let full = server.map_or_else(|| tool.to_owned(), |server| format!("{server}__{tool}"));
    if let Ok(name) = ToolName::new(&full) {
        return Ok(Exposed { name, exact: true });
    }
    let hash = Sha256::digest(full.as_bytes());
    let suffix: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = full.replace('.', "_").chars().take(ToolName::MAX_LEN - suffix.len() - 1).collect();
    let name = ToolName::new(format!("{kept}_{suffix}")).map_err(|error| error.to_string())?;
    Ok(Exposed { name, exact: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting_names_are_kept() {
        assert_eq!(exposed(None, "get_customer_info").unwrap().name.as_str(), "get_customer_info");
        assert_eq!(exposed(Some("crm"), "a__b").unwrap().name.as_str(), "crm__a__b");
    }

    #[test]
    fn rewritten_names_fit_and_stay_apart() {
        let (dotted, long) = (exposed(None, "a.b").unwrap(), exposed(Some("crm"), &"x".repeat(128)).unwrap());
        assert!(!dotted.exact && dotted.name.as_str().starts_with("a_b_"));
        assert_eq!(long.name.as_str().len(), ToolName::MAX_LEN);
        assert_ne!(exposed(None, "a.b").unwrap(), exposed(None, "a_b").unwrap());
        assert_ne!(
            exposed(None, &format!("{}1", "x".repeat(100))).unwrap(),
            exposed(None, &format!("{}2", "x".repeat(100))).unwrap()
        );
        assert_eq!(exposed(None, "a.b").unwrap(), dotted, "the name must not change between runs");
    }

    #[test]
    fn names_outside_the_standard_are_refused() {
        for name in ["", "a b", "a/b", "a\nb", "s\u{430}arch", &"a".repeat(129)] {
            assert!(exposed(None, name).is_err(), "{name:?}");
        }
    }
}
