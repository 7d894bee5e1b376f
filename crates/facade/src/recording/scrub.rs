//! Secrets out of a recording: what is known to be one is replaced, and then the whole text is searched for all of them
//! once more, as they are and in the forms that they travel in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::Value;
use toolgate_http_client::{AttachedCredential, Origin};

use super::entry::Token;

/// Shorter texts stand in too many places that are none of theirs.
const SHORTEST: usize = 6;

/// The members of a form or a token response that are secrets (RFC 6749 sections 2.3.1, 5.1; RFC 7523; OpenID Connect).
const MEMBERS: [&str; 8] = [
    "client_secret",
    "client_assertion",
    "assertion",
    "apikey",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
];

/// Parameters of a query whose values are kept: they say which interface is asked. Those of all others are left out, since
/// keys and signatures go by many names.
const PLAIN: [&str; 2] = ["alt", "api-version"];

/// Parts of the names of parameters that are secrets, wherever their values come up again: `key`, `X-Amz-Signature`,
/// `sig`, `X-Amz-Credential`, `access_token`, `code`.
const SECRET_NAMES: [&str; 9] =
    ["key", "token", "sig", "secret", "pass", "pwd", "credential", "auth", "code"];

/// What the names of tokens begin with.
const TOKEN: &str = "scrubbed-token-";

/// The secrets that were seen, each with what stands for it.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    known: Vec<(String, String)>,
    /// How many tokens have a name.
    named: usize,
    pub(super) tokens: Vec<Token>,
}

impl Secrets {
    /// Keeps what a request carries that nobody else may see: its credential, the secrets of its query and of its form.
    pub(super) fn of_request(&mut self, request: &http::Request<Bytes>) {
        let mut probe = http::Request::new(Bytes::new());
        probe.extensions_mut().clone_from(request.extensions());
        probe.headers_mut().clone_from(request.headers());
        if let Ok(origin) = Origin::of(request.uri()) {
            // To another origin it is not sent either.
            let _ = AttachedCredential::apply(&mut probe, &origin);
        }
        let sensitive = |name: &str| {
            matches!(name, "authorization" | "x-api-key" | "x-goog-api-key" | "api-key" | "dpop")
        };
        for (name, value) in probe.headers() {
            if (sensitive(name.as_str()) || value.is_sensitive())
                && let Ok(value) = value.to_str()
            {
                self.add(value.rsplit(' ').next().unwrap_or(value), "scrubbed-credential");
                for secret in within_basic(value).into_iter().flatten() {
                    self.add(&secret, "scrubbed-secret");
                }
            }
        }
        let query = request.uri().query().unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let name = name.to_lowercase();
            if SECRET_NAMES.iter().any(|part| name.contains(part)) {
                self.add(&value, "scrubbed-secret");
            }
        }
        for (name, value) in url::form_urlencoded::parse(request.body()) {
            if MEMBERS.contains(&&*name) {
                self.add(&value, "scrubbed-secret");
            }
        }
    }

    /// Keeps the tokens of a token response.
    pub(super) fn of_response(&mut self, body: &str) {
        let Ok(Value::Object(members)) = serde_json::from_str(body) else { return };
        for (name, value) in &members {
            let Some(text) = value.as_str().filter(|_| MEMBERS.contains(&&**name)) else { continue };
            let has_name = |(secret, named): &(String, String)| secret == text && named.starts_with(TOKEN);
            if text.len() < SHORTEST || self.known.iter().any(has_name) {
                continue;
            }
            // It may have been seen in a request before, and has a name of its own from here on.
            self.known.retain(|(secret, _)| secret != text);
            self.named += 1;
            let stands_for = format!("{TOKEN}{}", self.named);
            if name == "access_token"
                && let Some((header, claims)) = jwt(text)
            {
                self.tokens.push(Token { name: stands_for.clone(), header, claims });
            }
            self.add(text, &stands_for);
        }
    }

    fn add(&mut self, secret: &str, stands_for: &str) {
        let known = self.known.iter().any(|(known, _)| known == secret);
        if secret.len() >= SHORTEST && !known {
            self.known.push((secret.to_owned(), stands_for.to_owned()));
        }
    }

    /// `text` with what stands for each secret in its place.
    pub(super) fn scrubbed(&self, text: &str) -> String {
        let mut known: Vec<_> = self.known.iter().collect();
        // A secret may be a part of another.
        known.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        known.iter().fold(text.to_owned(), |text, (secret, stands_for)| text.replace(secret, stands_for))
    }

    /// Whether any secret is in `text`, as it is or in a form that it may travel in.
    pub(super) fn any_in(&self, text: &str) -> bool {
        self.known.iter().any(|(secret, _)| {
            let json = Value::from(secret.as_str()).to_string();
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let (padded, bare) = (STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret));
            let forms = [secret.as_str(), json.trim_matches('"'), &*form, &*padded, &*bare];
            forms.iter().any(|form| text.contains(form))
        })
    }
}

/// The secret of `Basic` credentials (RFC 7617): as it stands, and as a client of OAuth means it, which encodes it as in a
/// form (RFC 6749 section 2.3.1).
fn within_basic(credentials: &str) -> Option<[String; 2]> {
    let (scheme, encoded) = credentials.split_once(' ')?;
    let pair =
        scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok()).flatten()?;
    let (_, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    let value = format!("={secret}");
    let (_, meant) = url::form_urlencoded::parse(value.as_bytes()).next()?;
    Some([secret.to_owned(), meant.into_owned()])
}

/// `url` with the names of its query's parameters, and without the values that could be secrets.
pub(super) fn address(url: &str) -> String {
    let Some((place, query)) = url.split_once('?') else { return url.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if PLAIN.contains(&name) => pair.to_owned(),
        Some((name, _)) => format!("{name}=scrubbed"),
        None => "scrubbed".to_owned(),
    });
    format!("{place}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// What a request asks, without the secrets of its form: these change, and whoever rehearses need not have them.
pub(super) fn question(request: &http::Request<Bytes>) -> Bytes {
    let kind = request.headers().get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if !kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded")) {
        return request.body().clone();
    }
    let asked = url::form_urlencoded::parse(request.body()).filter(|(name, _)| !MEMBERS.contains(&&**name));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish().into()
}

type Object = serde_json::Map<String, Value>;

/// Header and claims of a JWT, unverified.
fn jwt(token: &str) -> Option<(Object, Object)> {
    let mut parts = token.split('.');
    let mut object = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    let found = (object()?, object()?);
    (parts.count() == 1).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form_that_it_travels_in() {
        let mut secrets = Secrets::default();
        secrets.of_response(r#"{"access_token":"can\"ary/+1","expires_in":60}"#);
        let scrubbed = secrets.scrubbed(r#"before can"ary/+1 after"#);
        assert_eq!(scrubbed, "before scrubbed-token-1 after");
        assert!(!secrets.any_in(&scrubbed));
        for leak in [r#"can"ary/+1"#, r#"can\"ary/+1"#, "can%22ary%2F%2B1", "Y2FuImFyeS8rMQ"] {
            assert!(secrets.any_in(&format!("x{leak}y")), "{leak}");
        }
    }

    #[test]
    fn no_value_of_a_query_is_kept_but_what_names_the_interface() {
        let kept = |query: &str| address(&format!("https://h/p?{query}"));
        assert_eq!(kept("alt=sse&key=AIza-canary"), "https://h/p?alt=sse&key=scrubbed");
        assert_eq!(
            kept("sv=1&sig=c%2Fn&api-version=2"),
            "https://h/p?sv=scrubbed&sig=scrubbed&api-version=2"
        );
        assert_eq!(kept("canary"), "https://h/p?scrubbed");
        assert_eq!(
            address(&kept("key=a")),
            kept("key=b"),
            "the same after once more, and whatever the key is"
        );
        assert_eq!(address("https://h/p"), "https://h/p");
        assert_eq!(kept("key=can=ary"), "https://h/p?key=scrubbed");
        assert_eq!(kept("key=canary?q=1"), "https://h/p?key=scrubbed");
    }

    #[test]
    fn a_key_of_a_query_is_a_secret_wherever_it_comes_up() {
        for query in ["key=AIza-can%2Fary", "X-Amz-Signature=AIza-can%2Fary", "api_key=AIza-can/ary"] {
            let mut request = http::Request::new(Bytes::new());
            *request.uri_mut() = format!("https://h/p?page=overview&{query}").parse().unwrap();
            let mut secrets = Secrets::default();
            secrets.of_request(&request);
            assert_eq!(secrets.scrubbed("an overview of AIza-can/ary"), "an overview of scrubbed-secret");
            assert!(secrets.any_in("AIza-can%2Fary"), "{query}");
        }
    }

    #[test]
    fn what_a_request_carries_is_known() {
        let mut request =
            http::Request::new(Bytes::from_static(b"grant_type=client_credentials&client_secret=s3cr%2Bet"));
        *request.uri_mut() = "https://as.example/token".parse().unwrap();
        request.headers_mut().insert("authorization", http::HeaderValue::from_static("Bearer canary-token"));
        let mut secrets = Secrets::default();
        secrets.of_request(&request);
        assert!(secrets.any_in("a canary-token b") && secrets.any_in("s3cr+et"));
        assert!(!secrets.any_in("client_credentials"));
    }

    #[test]
    fn a_secret_within_another_leaves_nothing_of_it() {
        let mut secrets = Secrets::default();
        secrets.of_response(r#"{"access_token":"canary","refresh_token":"canary-and-more"}"#);
        assert_eq!(secrets.scrubbed("canary-and-more canary"), "scrubbed-token-2 scrubbed-token-1");
        assert!(!secrets.any_in(&secrets.scrubbed("canary-and-more")));
    }

    #[test]
    fn what_is_too_short_or_no_secret_is_left_alone() {
        let mut secrets = Secrets::default();
        secrets.of_response(r#"{"access_token":"12345","refresh_token":"123456","scope":"customer:read"}"#);
        assert_eq!(
            secrets.scrubbed("12345, 123456, customer:read"),
            "12345, scrubbed-token-1, customer:read"
        );
    }

    /// Responses are read when all is over: by then each token was seen in a request.
    #[test]
    fn two_tokens_have_two_names() {
        let mut secrets = Secrets::default();
        for token in ["first-token", "second-token"] {
            let mut request = http::Request::new(Bytes::new());
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
            secrets.of_request(&request);
        }
        for token in ["first-token", "second-token"] {
            secrets.of_response(&format!(r#"{{"access_token":"{token}"}}"#));
        }
        assert_eq!(secrets.scrubbed("first-token second-token"), "scrubbed-token-1 scrubbed-token-2");
    }

    #[test]
    fn a_token_has_one_name_from_its_response_on() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"a"}"#);
        let token = format!("{claims}.{claims}.signature");
        let response = format!(r#"{{"access_token":"{token}","id_token":"{claims}.{claims}.other"}}"#);
        let mut secrets = Secrets::default();
        let mut request = http::Request::new(Bytes::from(format!("token={token}")));
        *request.uri_mut() = "https://as.example/introspect".parse().unwrap();
        secrets.of_request(&request);
        assert_eq!(secrets.scrubbed(&token), "scrubbed-secret");
        for _ in 0..2 {
            secrets.of_response(&response);
            let names: Vec<&str> = secrets.tokens.iter().map(|token| &*token.name).collect();
            assert_eq!(names, [secrets.scrubbed(&token)], "the access token alone is signed anew");
        }
        secrets.of_request(&request);
        assert!(secrets.scrubbed(&token).starts_with(TOKEN));
        assert!(jwt("a.b").is_none() && jwt(&format!("{token}.more")).is_none());
    }
}
