//! What Azure's filter held against an answer ("Content filtering", `content_filter_results`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::response::read;
use crate::dialect::lenient::{Members, Text};

/// What it says of one category; `severity` of those that have degrees.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Verdict<'a> {
    #[serde(borrow)]
    filtered: Text<'a>,
    #[serde(borrow)]
    severity: Text<'a>,
}

/// The categories that the answer was filtered for, such as `hate (high), protected_material_text`.
pub(super) fn categories(found: &RawValue) -> String {
    let Members(found) = read(found).unwrap_or_default();
    let told = found.iter().filter_map(|(category, verdict)| {
        // Of the caller's own lists of words, one for each, by an older version of the API.
        let verdicts = match verdict.get().starts_with('[') {
            true => read::<Vec<Verdict<'_>>>(verdict),
            false => read(verdict).map(|one| vec![one]),
        };
        let verdict = verdicts.ok()?.into_iter().find(|verdict| &*verdict.filtered == "true")?;
        Some(match &*verdict.severity {
            "" => category.to_string(),
            severity => format!("{category} ({severity})"),
        })
    });
    told.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filtered_is_named_with_its_severity() {
        for (found, told) in [
            (
                r#"{"hate":{"filtered":true,"severity":"high"},"sexual":{"filtered":false,"severity":"safe"},
                    "protected_material_text":{"filtered":true,"detected":true}}"#,
                "hate (high), protected_material_text",
            ),
            (r#"{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}"#, ""),
            (r#"{"custom_blocklists":[{"filtered":true,"id":"ours"}],"hate":null}"#, "custom_blocklists"),
            ("{}", ""),
            ("null", ""),
            ("[1]", ""),
        ] {
            assert_eq!(categories(serde_json::from_str(found).unwrap()), told, "{found}");
        }
    }
}
