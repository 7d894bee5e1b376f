//! What stands in the `details` of an error: a list at Google (google.rpc.Status), an object at Anthropic.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::dialect::lenient::Text;

/// One item of google.rpc.Status's `details`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Detail<'a> {
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow, rename = "retryDelay")]
    pub(super) retry_delay: Text<'a>,
}

/// What Anthropic has as `details`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Particulars<'a> {
    #[serde(borrow)]
    pub(super) error_code: Text<'a>,
}
