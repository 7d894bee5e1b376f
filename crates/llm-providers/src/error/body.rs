//! The body of a provider's error, whatever its shape.
//!
//! Seen in the wild: `{"error":{"message","type","code"}}`, `{"error":"text","code":"…"}`, `{"message","code"}`,
//! `{"detail":"…"}`, FastAPI's `{"detail":[{"loc","msg"}]}`, AWS's `{"message"}` with the code in a header, Google's `{"error":{"status","details":[…]}}` (google.rpc.Status),
//! a list with one of these (Google's streams), IBM's `{"errors":[{"code","message"}],"status_code"}`,
//! MiniMax's `{"base_resp":{"status_code","status_msg"}}`, Novita's `{"code","reason","message"}`, problem details
//! (RFC 9457; NVIDIA), server-sent events, a line of text, HTML, and nothing at all.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::details::{self, Detail};
use super::upstream::Upstream;
use super::{BaseResponse, ProviderError, classify, wait, words};
use crate::dialect::lenient::{Count, Text};
use crate::{ApiKey, ErrorKind, Provider};

/// The members of an error object, and of a reply that is one. What is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorBody<'a> {
    #[serde(borrow, alias = "Message")]
    message: Option<&'a RawValue>,
    #[serde(borrow, alias = "ErrorCode")]
    code: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    /// AWS's, with the namespace of its origin before a hash.
    #[serde(borrow, rename = "__type")]
    shape: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    /// Words of Chinese hosts (Huawei, older ones of Baidu; gateways).
    #[serde(borrow)]
    error_msg: Option<&'a RawValue>,
    #[serde(borrow)]
    msg: Option<&'a RawValue>,
    /// DeepInfra's, of streams.
    #[serde(borrow)]
    error_message: Option<&'a RawValue>,
    /// What Databricks calls the code; Text Generation Inference; Novita, beside a number.
    #[serde(borrow)]
    error_code: Text<'a>,
    #[serde(borrow)]
    error_type: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    param: Text<'a>,
    #[serde(borrow, alias = "trace")]
    request_id: Text<'a>,
    /// The status that belongs to the error, where the reply's own is another: SageMaker answers 424 whatever its
    /// container said.
    #[serde(alias = "OriginalStatusCode")]
    status_code: Count,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    /// Seconds to wait (Replicate; OpenAI's Codex, of a plan's limit; Hugging Face, of a model that is being loaded).
    #[serde(borrow, alias = "retryAfter", alias = "retry_after_seconds")]
    retry_after: Text<'a>,
    #[serde(borrow)]
    resets_in_seconds: Text<'a>,
    #[serde(borrow)]
    estimated_time: Text<'a>,
    #[serde(borrow)]
    base_resp: Option<&'a RawValue>,
    /// All of it, JSON or not.
    #[serde(skip)]
    whole: &'a str,
}

impl<'a> ErrorBody<'a> {
    /// Reads an error's JSON: an object, or just its text.
    pub(crate) fn parse(json: &'a str) -> Self {
        // Google's streams tell of an error as a list with one.
        let listed = json.trim_start().starts_with('[').then(|| serde_json::from_str::<Vec<&RawValue>>(json));
        let json =
            listed.and_then(Result::ok).and_then(|all| all.first().map(|first| first.get())).unwrap_or(json);
        match serde_json::from_str::<Self>(json) {
            Ok(body) => Self { whole: json, ..body },
            Err(_) => Self { whole: json, ..Self::bare(serde_json::from_str(json).ok()) },
        }
    }

    /// What is no object: its words, or a number. That there is an error (`true`) says nothing about it.
    fn bare(raw: Option<&'a RawValue>) -> Self {
        match raw.map(|raw| (raw.get().as_bytes().first(), raw)) {
            Some((Some(b'"' | b'{' | b'['), raw)) => Self { message: Some(raw), ..Self::default() },
            Some((Some(b'0'..=b'9'), raw)) => Self { code: Text::of(raw), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// Whether it is about an error at all.
    pub(crate) fn tells(&self) -> bool {
        self.error.is_some()
    }

    /// Names the error where the body does not: some providers say it beside the body.
    pub(crate) fn with_code(mut self, code: &'a str) -> Self {
        if self.code.is_empty() {
            self.code = Text::from(code);
        }
        self
    }

    /// The error object in this body, as one of its members, the first of a list, or what stands in place of a list (ModelScope).
    fn inner(&self) -> Self {
        let listed = self.errors.and_then(|raw| match raw.get().as_bytes().first() {
            Some(b'{') => Some(raw),
            _ => read::<Vec<&RawValue>>(raw)?.first().copied(),
        });
        self.error.or(listed).map(|raw| Self::parse(raw.get())).unwrap_or_default()
    }

    /// What OpenRouter tells of the provider behind it; nothing elsewhere.
    pub(super) fn upstream(&self) -> Upstream<'a> {
        self.inner().metadata.or(self.metadata).and_then(read).unwrap_or_default()
    }

    /// The error that this body tells of. `key` is taken out of all its words before they are cut.
    pub(crate) fn into_error(
        self,
        provider: &Provider,
        status: StatusCode,
        key: Option<&ApiKey>,
    ) -> ProviderError {
        let (inner, upstream) = (self.inner(), self.upstream());
        let details = inner.details.or(self.details).map(details::of).unwrap_or_default();
        let minimax = self.base_resp.and_then(BaseResponse::failure);
        let word = self.word();
        // What OpenRouter passes on of the provider behind it may be an error of its own.
        let behind =
            ErrorBody::parse(Some(&*upstream.raw).filter(|raw| raw.starts_with('{')).unwrap_or_default());
        let innermost = behind.inner();
        let mut codes = self.codes(&inner, &upstream, &details, &word);
        let passed_on = [&innermost.code, &innermost.kind, &innermost.status, &behind.code, &behind.kind];
        codes.extend(passed_on.into_iter().map(|code| &**code).filter(|code| !code.is_empty()));
        let mut message = self.words(&inner);
        if let (true, Some(told)) = (message.is_empty(), &minimax) {
            message = told.status_msg.to_string();
        }
        let kind = minimax.map_or_else(
            || {
                let words = format!("{message} {} {}", or(&inner.param, &self.param), &*upstream.raw);
                classify(self.status_inside().unwrap_or(status.as_u16()), &codes, &words)
            },
            |told| told.kind(),
        );
        let of_a_day = kind == ErrorKind::RateLimited && details.iter().any(Detail::is_of_a_day);
        let kind = if of_a_day { ErrorKind::QuotaExhausted } else { kind };
        if !upstream.raw.is_empty() {
            message = format!("{message}: {}", &*upstream.raw);
        }
        let delay = details
            .iter()
            .filter(|_| !of_a_day)
            .find_map(|detail| delay(&detail.retry_delay))
            .or_else(|| seconds(or(&inner.retry_after, &self.retry_after)))
            .or_else(|| seconds(or(&inner.resets_in_seconds, &self.resets_in_seconds)))
            .or_else(|| seconds(&self.estimated_time))
            .or_else(|| if kind.is_transient() { wait::told(&message) } else { None });
        let named = codes.iter().find(|code| code.parse::<u16>().is_err() && **code != "error");
        let request_id = Some(or(&inner.request_id, &self.request_id)).filter(|id| !id.is_empty());
        provider
            .error(kind, without(provider, key, &message))
            .with_hint((kind == ErrorKind::Authentication).then(|| credentials_hint(provider)))
            .with_status(status)
            .with_code(named.map(|code| without(provider, key, code)).as_deref())
            .with_request_id(request_id.map(|id| without(provider, key, id)).as_deref())
            .with_retry_after(delay)
    }

    /// Whether it has words where others have those of an error.
    pub(crate) fn has_words(&self) -> bool {
        self.known_words(&self.inner()).is_some()
    }

    fn words(&self, inner: &Self) -> String {
        let unknown = || words::any(inner.whole).or_else(|| words::any(self.whole));
        self.known_words(inner).or_else(unknown).unwrap_or_else(|| words::plain(self.whole).to_owned())
    }

    /// The first words that there are: those of the error inside, else those around it.
    fn known_words(&self, inner: &Self) -> Option<String> {
        // Where the error is text, what stands beside it says more (Fireworks), and where it is one word, so do details (Chutes).
        let is_text = self.error.is_some_and(|raw| raw.get().starts_with('"'));
        let (one, other) =
            if is_text { (self.message, inner.message) } else { (inner.message, self.message) };
        let detail = self.detail.filter(|_| !self.word().is_empty());
        let said = [
            one,
            detail,
            other,
            inner.detail,
            self.detail,
            self.title,
            self.error_msg,
            self.msg,
            self.error_message,
        ];
        said.into_iter().flatten().map(words::of).find(|words| !words.is_empty())
    }

    /// The error as a word, where that is all that `error` is.
    fn word(&self) -> Text<'a> {
        let word = self.error.filter(|raw| raw.get().starts_with('"')).map(Text::of).unwrap_or_default();
        if word.contains(char::is_whitespace) { Text::default() } else { word }
    }

    /// All that names the error, in the order of trust.
    fn codes<'c>(
        &'c self,
        inner: &'c Self,
        upstream: &'c Upstream<'_>,
        details: &'c [Detail<'_>],
        word: &'c str,
    ) -> Vec<&'c str> {
        let own = [&inner.code, &inner.kind, &inner.status, &self.code, &self.kind, &self.error_code];
        let rare = [&self.shape, &self.error_type, &inner.error_type, &inner.error_code];
        // In small letters it is the reason of something else: Scaleway finds the key, and not the model, "not_found".
        let reasons = [&self.reason, &inner.reason].into_iter();
        let reasons = reasons.filter(|reason| !reason.contains(char::is_lowercase));
        let behind = [&upstream.error_type, &upstream.reason, &upstream.limit_source];
        let more = details.iter().flat_map(|detail| [&detail.error_code, &detail.reason]);
        let all = own.into_iter().chain(reasons).chain(rare).chain(behind).chain(more).map(|code| &**code);
        all.chain([word, &*self.status]).filter(|code| !code.is_empty()).collect()
    }

    /// The status that the body names, where that is an error's.
    fn status_inside(&self) -> Option<u16> {
        self.status_code.0.and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 400)
    }
}

fn or<'t>(inner: &'t Text<'_>, outer: &'t Text<'_>) -> &'t str {
    if inner.is_empty() { outer } else { inner }
}

/// What to look at when `provider` does not know who asks.
fn credentials_hint(provider: &Provider) -> String {
    provider.key_variable().map_or_else(|| "check the credentials".to_owned(), |key| format!("check {key}"))
}

/// Foreign text in which the key and the secrets of headers, should they be there, are taken out.
pub(super) fn without(provider: &Provider, key: Option<&ApiKey>, text: &str) -> String {
    provider.without_secrets(key.map_or_else(|| text.to_owned(), |key| key.redact(text)))
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// Protobuf's JSON form of a duration: seconds with an `s`. Gemini says milliseconds too, with `ms`.
fn delay(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(thousandths) => seconds(thousandths).map(|delay| delay / 1000),
        None => seconds(text.strip_suffix('s')?),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, Dialect};

    #[test]
    fn a_refused_key_is_named_by_its_variable() {
        let provider = Provider::new("p", "https://h", Dialect::OpenAiChat).unwrap();
        let refused = |provider: Provider| {
            ErrorBody::default().into_error(&provider, StatusCode::UNAUTHORIZED, None).to_string()
        };
        assert_eq!(refused(provider.clone()), "p: authentication failed (401); check P_API_KEY");
        let renamed = provider.clone().with_key_variable("MODELS_KEY");
        assert_eq!(refused(renamed), "p: authentication failed (401); check MODELS_KEY");
        let signed = provider.with_authentication(Authentication::Authorizer);
        assert_eq!(refused(signed), "p: authentication failed (401); check the credentials");
    }
}
