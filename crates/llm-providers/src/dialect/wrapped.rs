//! Answers that a gateway has put into an object of its own, such as `{"code":0,"data":{…}}`, `{"success":true,"result":{…}}`
//! and Google's `{"response":{…}}` (Gemini Code Assist).
//!
//! Nobody says beforehand whether there is such an object, so it is looked for where no answer was found, and what is in it
//! counts only if all around it says that the request went well.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Context;
use super::lenient::Text;
use super::mended::mended;
use crate::{ChatResponse, ErrorKind, ProviderError};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wrapper<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    /// How it went.
    #[serde(borrow)]
    success: Text<'a>,
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
    #[serde(borrow)]
    base_resp: Option<&'a RawValue>,
}

/// What gateways say of a request that went well.
const WELL: [&str; 7] = ["", "0", "200", "201", "ok", "success", "true"];

impl Wrapper<'_> {
    fn went_well(&self) -> bool {
        let is_well = |word: &Text<'_>| WELL.iter().any(|well| word.eq_ignore_ascii_case(well));
        let tells = |raw: &RawValue| !matches!(raw.get(), "null" | "\"\"" | "{}" | "[]" | "false");
        let failures = [self.error, self.errors, self.base_resp];
        [&self.success, &self.code, &self.status].into_iter().all(is_well)
            && !failures.into_iter().flatten().any(tells)
    }
}

/// The object that is wrapped in this one.
pub(super) fn inside(body: &[u8]) -> Option<&[u8]> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let wrapper: Wrapper<'_> = is_object.then(|| serde_json::from_slice(body).ok())??;
    let inner = [wrapper.data, wrapper.result, wrapper.response].into_iter().flatten();
    let mut objects = inner.map(RawValue::get).filter(|raw| raw.starts_with('{'));
    wrapper.went_well().then(|| objects.next())?.map(str::as_bytes)
}

/// Reads a whole answer, wrapped or not.
pub(super) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let read = as_it_is(context, body);
    let is_malformed = matches!(&read, Err(error) if error.kind() == ErrorKind::MalformedOutput);
    match is_malformed.then(|| mended(body)).flatten() {
        Some(mended) => as_it_is(context, &mended),
        None => read,
    }
}

fn as_it_is(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let decode = context.provider.dialect().format().decode;
    let read = decode(context, body);
    match read.is_err().then(|| inside(body)).flatten().map(|inner| decode(context, inner)) {
        // What is inside is something else: all of it counts.
        Some(Err(error)) if error.kind() == ErrorKind::MalformedOutput => read,
        Some(unwrapped) => unwrapped,
        None => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_counts_if_all_went_well() {
        let inner =
            |body: &str| inside(body.as_bytes()).map(|found| String::from_utf8(found.to_vec()).unwrap());
        for around in [
            r#"{"data":IN}"#,
            r#"{"result":IN,"success":true,"errors":[],"messages":[]}"#,
            r#"{"response":IN,"traceId":"t"}"#,
            r#"{"code":0,"msg":"success","data":IN}"#,
            r#"{"code":"200","status":"ok","error":null,"data":IN}"#,
            r#"{"data":null,"result":IN}"#,
        ] {
            assert_eq!(inner(&around.replace("IN", "{\"a\":1}")).as_deref(), Some("{\"a\":1}"), "{around}");
        }
        for around in [
            r#"{"data":[1]}"#,
            r#"{"response":"text"}"#,
            r#"{"other":{}}"#,
            r#"{"success":false,"result":{}}"#,
            r#"{"code":500,"msg":"no","data":{}}"#,
            r#"{"status":"failed","data":{}}"#,
            r#"{"error":{"message":"no"},"data":{}}"#,
            r#"{"errors":[{"message":"no"}],"result":{}}"#,
            r#"{"base_resp":{"status_code":1004},"data":{}}"#,
            r#"[{"data":{}}]"#,
            r#"{"data":{}"#,
            "",
        ] {
            assert_eq!(inner(around), None, "{around}");
        }
    }
}
