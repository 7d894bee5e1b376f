//! MiniMax's `base_resp`: how a call went, in a reply whose status is 200 either way (MiniMax API, "Error Codes").
//!
//! It stands apart because its codes mean other things elsewhere: 1002 is a wrong key at Zhipu.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ErrorKind;
use crate::dialect::lenient::{Count, Text};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BaseResponse<'a> {
    status_code: Count,
    #[serde(borrow)]
    pub(super) status_msg: Text<'a>,
}

impl<'a> BaseResponse<'a> {
    /// The failure that it tells of; none where all went well.
    pub(crate) fn failure(raw: &'a RawValue) -> Option<Self> {
        let told: Self = serde_json::from_str(raw.get()).ok()?;
        (told.status_code.0? != 0).then_some(told)
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self.status_code.0.unwrap_or_default() {
            1001 => ErrorKind::Timeout,
            // Requests, tokens, connections, too fast a growth, and a plan's hours.
            1002 | 1039 | 1041 | 2045 | 2056 => ErrorKind::RateLimited,
            1004 | 2049 => ErrorKind::Authentication,
            1008 => ErrorKind::QuotaExhausted,
            1026 | 1027 => ErrorKind::ContentPolicy,
            1042 | 2013 => ErrorKind::InvalidRequest,
            // A model that the plan does not have.
            2061 => ErrorKind::Permission,
            _ => ErrorKind::Unavailable,
        }
    }
}
