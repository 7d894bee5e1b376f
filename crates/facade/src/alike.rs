//! Names that were mistyped: the known one that may have been meant.

/// How many letters may be wrong, missing, too many, or stand in each other's place.
const MOST: usize = 2;

/// The one of `known` that `written` is nearest to; none where it is like none of them.
pub(crate) fn alike<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written: Vec<char> = written.chars().map(|c| c.to_ascii_lowercase()).take(64).collect();
    // Of a short name, so many letters would leave nothing of it.
    let most = MOST.min(written.len() / 3);
    let near = |name: &'a str| {
        let letters: Vec<char> = name.chars().collect();
        let distance = distance(&written, &letters);
        (distance <= most).then_some((distance, name))
    };
    known.filter_map(near).min().map(|(_, name)| name)
}

/// By how many letters two words differ (Damerau and Levenshtein; of two letters in each other's place, once).
fn distance(one: &[char], two: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in two.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, j) + usize::from(a != b);
            let mut least = changed.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = j.checked_sub(1).zip(i.checked_sub(1));
            if let Some((left, above)) = swapped
                && two.get(left) == Some(a)
                && one.get(above) == Some(b)
            {
                least = least.min(at(&before, left) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
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
