//! `WWW-Authenticate`: the challenges of a resource server (RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728
//! section 5.1).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};

use crate::scope;

/// More is no honest challenge.
const MAX_LENGTH: usize = 8 * 1024;

/// One `Bearer` (or `DPoP`) challenge.
///
/// ```
/// # use toolgate_oauth_cc::Challenge;
/// let mut headers = http::HeaderMap::new();
/// let sent = r#"Bearer error="insufficient_scope", scope="customer:read customer:write""#;
/// headers.insert("www-authenticate", sent.parse()?);
/// let challenge = Challenge::bearer(&headers)?.unwrap_or_default();
/// if challenge.error.as_deref() == Some("insufficient_scope") {
///     assert_eq!(challenge.scope.unwrap_or_default(), ["customer:read", "customer:write"]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// `error`: `invalid_token`, `insufficient_scope`, …; absent when no token was sent.
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// `scope`, split; what the resource demands for this very request.
    pub scope: Option<Vec<String>>,
    /// `resource_metadata`: where the resource says its metadata is; not checked yet.
    pub resource_metadata: Option<String>,
}

/// Why a challenge was refused. A refused challenge is as none, and nothing in it is followed.
///
/// ```
/// # use toolgate_oauth_cc::Challenge;
/// let mut headers = http::HeaderMap::new();
/// headers.insert("www-authenticate", r#"Bearer scope="read", scope="write""#.parse()?);
/// // Which of the two is meant nobody can say, so neither is asked for.
/// let refused = Challenge::bearer(&headers).unwrap_err();
/// assert_eq!(refused.to_string(), "unusable WWW-Authenticate challenge: a parameter comes twice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unusable WWW-Authenticate challenge: {0}")]
pub struct ChallengeError(&'static str);

impl Challenge {
    /// The first `Bearer` challenge, or `None` when there is none.
    ///
    /// # Errors
    /// [`ChallengeError`] when it has a parameter twice or a scope that is none, or when there is none and a header cannot be
    /// parsed.
    pub fn bearer(headers: &HeaderMap) -> Result<Option<Self>, ChallengeError> {
        Self::of_scheme(headers, "bearer")
    }

    pub(crate) fn of_scheme(headers: &HeaderMap, scheme: &str) -> Result<Option<Self>, ChallengeError> {
        let mut broken = Ok(None);
        for value in headers.get_all(WWW_AUTHENTICATE) {
            match text(value).and_then(challenges) {
                Ok(found) => {
                    let found = found.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(scheme));
                    if let Some((_, parameters)) = found {
                        return Self::from_parameters(parameters?).map(Some);
                    }
                }
                // What stands in one header says nothing about the others.
                Err(error) => broken = Err(error),
            }
        }
        broken
    }

    fn from_parameters(parameters: Vec<(String, String)>) -> Result<Self, ChallengeError> {
        let mut challenge = Self::default();
        for (name, value) in parameters {
            match &*name {
                "error" => challenge.error = Some(value),
                "error_description" => challenge.error_description = Some(value),
                "resource_metadata" => challenge.resource_metadata = Some(value),
                "scope" => {
                    let scopes =
                        scope::parsed(&value).map_err(|_| ChallengeError("a scope holds a bad character"))?;
                    challenge.scope = Some(scopes.into_iter().collect());
                }
                _ => {}
            }
        }
        Ok(challenge)
    }
}

fn text(value: &HeaderValue) -> Result<&str, ChallengeError> {
    if value.len() > MAX_LENGTH {
        return Err(ChallengeError("longer than 8 KiB"));
    }
    value.to_str().map_err(|_| ChallengeError("not printable ASCII"))
}

/// The parameters of one challenge, or why it is refused.
type Parameters = Result<Vec<(String, String)>, ChallengeError>;

/// The challenges of one header with their parameters (names in lower case). A repeated parameter spoils its own
/// challenge; broken syntax spoils the header, since nobody can say where the next challenge begins.
fn challenges(header: &str) -> Result<Vec<(String, Parameters)>, ChallengeError> {
    let mut found: Vec<(String, Parameters)> = Vec::new();
    let mut rest = Cursor(header);
    loop {
        rest.skip(" \t,");
        if rest.0.is_empty() {
            return Ok(found);
        }
        let name = rest.token()?;
        let spaces = rest.skip(" \t");
        if rest.0.starts_with('=') && !found.is_empty() {
            let value = rest.value()?;
            add(&mut found, name.to_ascii_lowercase(), value);
            continue;
        }
        found.push((name.to_owned(), Ok(Vec::new())));
        // `Negotiate abc==`: a token68 stands where parameters could.
        if spaces {
            rest.token68();
        }
        if !rest.0.is_empty() && !rest.0.starts_with(',') && !spaces {
            return Err(ChallengeError("expected a scheme"));
        }
    }
}

fn add(found: &mut [(String, Parameters)], name: String, value: String) {
    let Some((_, parameters)) = found.last_mut() else { return };
    match parameters {
        Ok(list) if list.iter().any(|(known, _)| *known == name) => {
            *parameters = Err(ChallengeError("a parameter comes twice"));
        }
        Ok(list) => list.push((name, value)),
        Err(_) => {}
    }
}

struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn skip(&mut self, set: &str) -> bool {
        let before = self.0.len();
        self.0 = self.0.trim_start_matches(|c| set.contains(c));
        self.0.len() != before
    }

    fn take(&mut self, end: usize) -> &'a str {
        let (head, tail) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = tail;
        head
    }

    fn token(&mut self) -> Result<&'a str, ChallengeError> {
        let end = self.0.find(|c: char| !is_tchar(c)).unwrap_or(self.0.len());
        if end == 0 {
            return Err(ChallengeError("expected a name"));
        }
        Ok(self.take(end))
    }

    /// Takes a token68 if one stands here and nothing follows it before the next comma.
    fn token68(&mut self) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
        let body = self.0.find(|c| !is_part(c)).unwrap_or(self.0.len());
        let (_, tail) = self.0.split_at_checked(body).unwrap_or((self.0, ""));
        let tail = tail.trim_start_matches('=');
        let after = tail.trim_start_matches([' ', '\t']);
        if body > 0 && (after.is_empty() || after.starts_with(',')) {
            self.0 = tail;
        }
    }

    fn value(&mut self) -> Result<String, ChallengeError> {
        self.take(1);
        self.skip(" \t");
        let value = if let Some(quoted) = self.0.strip_prefix('"') {
            self.0 = quoted;
            self.quoted()?
        } else {
            self.token()?.to_owned()
        };
        self.skip(" \t");
        if self.0.is_empty() || self.0.starts_with(',') {
            return Ok(value);
        }
        Err(ChallengeError("expected a comma after a parameter"))
    }

    fn quoted(&mut self) -> Result<String, ChallengeError> {
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in self.0.char_indices() {
            match c {
                '"' if !escaped => {
                    self.take(at + 1);
                    return Ok(value);
                }
                '\\' if !escaped => escaped = true,
                c => {
                    value.push(c);
                    escaped = false;
                }
            }
        }
        Err(ChallengeError("an unterminated string"))
    }
}

fn is_tchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(headers: &[&str]) -> Result<Option<Challenge>, ChallengeError> {
        let pairs = headers.iter().map(|value| (WWW_AUTHENTICATE, value.parse().unwrap()));
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            map.append(name, value);
        });
        Challenge::bearer(&map)
    }

    #[test]
    fn several_challenges_in_one_header() {
        let found = bearer(&[
            r#"Basic realm="a, Bearer error=x", Negotiate abc==, bEARER Error = invalid_token , scope="b a""#,
        ]);
        let found = found.unwrap().unwrap();
        assert_eq!(found.error.as_deref(), Some("invalid_token"));
        assert_eq!(found.scope, Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn quoted_pairs_are_unescaped() {
        let found = bearer(&[r#"Bearer error_description="say \"no\" \\ now""#]).unwrap().unwrap();
        assert_eq!(found.error_description.as_deref(), Some(r#"say "no" \ now"#));
    }

    #[test]
    fn a_scheme_without_parameters_ends_at_the_comma() {
        let found = bearer(&["Negotiate,Bearer error=invalid_token"]).unwrap().unwrap();
        assert_eq!(found.error.as_deref(), Some("invalid_token"));
    }

    #[test]
    fn a_header_has_a_longest() {
        let of = |length: usize| bearer(&[&format!("Bearer a={}", "b".repeat(length - 9))]);
        assert!(of(MAX_LENGTH).is_ok() && of(MAX_LENGTH + 1).is_err() && of(2 * MAX_LENGTH).is_err());
    }

    #[test]
    fn absent_bare_and_broken() {
        assert_eq!(bearer(&[r#"Basic realm="x""#]), Ok(None));
        assert_eq!(bearer(&["Bearer"]), Ok(Some(Challenge::default())));
        // RFC 9110 section 5.5: what a realm says need not be ASCII.
        for other in ["Basic realm=\"\u{e9}\"", "Digest realm=\"x", "=", "Bearer scope=\"a"] {
            for headers in [[other, "Bearer error=x"], ["Bearer error=x", other]] {
                assert_eq!(bearer(&headers).unwrap().unwrap().error.as_deref(), Some("x"), "{headers:?}");
            }
        }
        assert!(
            bearer(&["Bearer scope=a, scope=b", "Bearer scope=a"]).is_err(),
            "it was readable, and refused"
        );
        for broken in
            ["Bearer scope=\"a", "Bearer a=b, A=c", "Bearer a==b, c=d", "Bearer a=\"b\" c=d", "Bearer =x"]
        {
            assert!(bearer(&[broken]).is_err(), "{broken}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_what_is_quoted_comes_back(header in "[ -~\\t]{0,60}", value in "[ -~]{0,20}") {
            let _ = bearer(&[&header]);
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            let found = bearer(&[&format!("Bearer error_description=\"{escaped}\"")]);
            proptest::prop_assert_eq!(found.unwrap().unwrap().error_description, Some(value));
        }
    }
}
