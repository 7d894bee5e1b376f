//! Names that were mistyped: the known one that may have been meant.

/// How many letters may be wrong, missing, too many, or stand in each other's place.
const MOST: usize = 2;

/// The one of `known` that `written` is nearest to; none where it is like none of them.
pub(crate) fn alike<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written: String = written.chars().map(|c| c.to_ascii_lowercase()).take(64).collect();
    // Of a short name, so many letters would leave nothing of it.
    let most = MOST.min(written.chars().count() / 3);
    let near = |name| {
        let distance = strsim::osa_distance(&written, name);
        (distance <= most).then_some((distance, name))
    };
    known.filter_map(near).min().map(|(_, name)| name)
}

/// That one as a question, behind the name that was written; nothing where there is none.
pub(crate) fn question(meant: Option<&str>) -> String {
    meant.map(|meant| format!(" (did you mean {meant}?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found_and_nothing_else() {
        let known = || ["anthropic", "gemini", "groq", "mistral", "openai", "openrouter"].into_iter();
        for (written, meant) in [
            ("opnai", Some("openai")),
            ("OpenAI", Some("openai")),
            ("opneai", Some("openai")),
            ("antropic", Some("anthropic")),
            ("gorq", Some("groq")),
            ("mistrall", Some("mistral")),
            ("gpt", None),
            ("x", None),
            ("", None),
            ("claude", None),
        ] {
            assert_eq!(alike(written, known()), meant, "{written}");
        }
    }
}
