//! 401 and 403: what the challenge asks for (RFC 6750 section 3, RFC 9110 section 11.6.1).

use http::{HeaderMap, StatusCode, header};

use crate::failure::Failure;
use crate::text::escaped;

/// The failure that a 401 or 403 stands for; `None` for any other status.
pub(crate) fn refusal(status: StatusCode, headers: &HeaderMap) -> Option<Failure> {
    let challenges =
        || headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let find = |name| challenges().find_map(|challenge| parameter(challenge, name));
    let scope = find("scope").map(|scope| escaped(&scope));
    match status {
        StatusCode::UNAUTHORIZED => Some(Failure::Unauthorized { scope }),
        StatusCode::FORBIDDEN if find("error").as_deref() == Some("insufficient_scope") => {
            Some(Failure::InsufficientScope { scope })
        }
        StatusCode::FORBIDDEN => Some(Failure::Forbidden),
        _ => None,
    }
}

/// The value of an auth-param, quoted or a token.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let mut rest = challenge;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.trim_end().rsplit([' ', ',', '\t']).next().unwrap_or_default();
        let after = after.trim_start();
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (value, tail) = after.split_at(after.find([',', ' ']).unwrap_or(after.len()));
                (value.to_owned(), tail)
            }
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

/// The content of a quoted-string whose opening quote has been read, and what follows it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, challenges: &[&'static str]) -> Option<Failure> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(header::WWW_AUTHENTICATE, http::HeaderValue::from_static(challenge));
        }
        refusal(StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn the_scope_is_found_wherever_it_stands() {
        for challenges in [
            &[r#"Bearer scope="a b", error="invalid_token""#][..],
            &[r#"Basic realm="x, scope=no""#, r#"Bearer realm = "q\"uo", SCOPE="a b""#],
        ] {
            let Some(Failure::Unauthorized { scope }) = refused(401, challenges) else {
                panic!("{challenges:?}")
            };
            assert_eq!(scope.as_deref(), Some("a b"), "{challenges:?}");
        }
        assert!(matches!(refused(401, &[]), Some(Failure::Unauthorized { scope: None })));
        assert!(matches!(refused(401, &["Bearer scope=a"]), Some(Failure::Unauthorized { scope: Some(_) })));
    }

    #[test]
    fn a_missing_scope_is_not_any_forbidden() {
        let scoped = refused(403, &[r#"Bearer error="insufficient_scope", scope="mcp:write""#]);
        assert!(
            matches!(scoped, Some(Failure::InsufficientScope { scope: Some(scope) }) if scope == "mcp:write")
        );
        assert!(matches!(refused(403, &["Bearer"]), Some(Failure::Forbidden)));
        assert!(refused(404, &[]).is_none());
    }
}
