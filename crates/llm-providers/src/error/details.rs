//! What stands in the `details` of an error: a list at Google (google.rpc.Status), an object at Anthropic.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::dialect::lenient::Text;

/// An item of google.rpc.Status's `details`, or Anthropic's `details`, which are one object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Detail<'a> {
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow, rename = "retryDelay")]
    pub(super) retry_delay: Text<'a>,
    #[serde(borrow)]
    pub(super) error_code: Text<'a>,
    #[serde(borrow)]
    violations: Option<&'a RawValue>,
}

/// A limit that was reached (google.rpc.QuotaFailure).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Violation<'a> {
    #[serde(borrow, rename = "quotaId")]
    quota_id: Text<'a>,
}

impl Detail<'_> {
    /// Whether a day's quota is used up. The delay that is told with it is that of a minute's.
    pub(super) fn is_of_a_day(&self) -> bool {
        let violations: Vec<Violation<'_>> =
            self.violations.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let is_daily = |id: &str| id.contains("PerDay") || id.contains("Daily");
        violations.iter().any(|violation| is_daily(&violation.quota_id))
    }
}

/// A list of details, or the only one.
pub(super) fn of(raw: &RawValue) -> Vec<Detail<'_>> {
    match raw.get().as_bytes().first() {
        Some(b'{') => serde_json::from_str(raw.get()).into_iter().collect(),
        _ => serde_json::from_str(raw.get()).unwrap_or_default(),
    }
}
