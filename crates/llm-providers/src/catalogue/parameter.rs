//! Parts of a base URL that stand for the caller's own: `https://{region}.example.com`.

/// The names between braces.
pub(super) fn names(base_url: &str) -> impl Iterator<Item = &str> {
    base_url.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Whether a value stays within its place, be that a part of the host or of the path.
pub(super) fn is_value(value: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    value.split('.').all(is_label)
}

/// The URL with something in each place, to see whether it is one. Braces that are no parameter stay, and spoil it.
pub(super) fn example(base_url: &str) -> String {
    let mut filled = base_url.to_owned();
    for name in names(base_url) {
        let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
        if is_name {
            filled = filled.replace(&format!("{{{name}}}"), "x");
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, Provider};

    #[test]
    fn a_value_stays_in_its_place() {
        for good in ["eu-west-1", "my_account", "org-account.eu-west-1", "7"] {
            assert!(is_value(good), "{good}");
        }
        for bad in ["", "a/b", "evil.example/", "a..b", ".a", "a?x", "a#", "u@h", "a:1", "{x}", "ü", "a b"] {
            assert!(!is_value(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let url = "https://{resource}.models.example/{region}/v1";
        let azure = Provider::new("azure", url, Dialect::OpenAiChat).unwrap();
        assert_eq!(azure.parameters().collect::<Vec<_>>(), ["resource", "region"]);
        let said = azure.chat_url("m", false).unwrap_err().to_string();
        assert!(said.contains("set AZURE_RESOURCE, or AZURE_BASE_URL"), "{said}");
        let filled = azure.with_parameter("resource", "r").unwrap().with_parameter("region", "eu").unwrap();
        assert_eq!(filled.chat_url("m", false).unwrap(), "https://r.models.example/eu/v1/chat/completions");
    }

    #[test]
    fn braces_that_are_no_parameter_make_no_url() {
        for bad in
            ["https://{}.example", "https://{a b}.example", "https://{a.example", "https://{A}.example"]
        {
            assert!(Provider::new("p", bad, Dialect::OpenAiChat).is_err(), "{bad}");
        }
    }
}
