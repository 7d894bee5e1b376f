//! SHA-256 of content that the log must be able to recognise and must not keep.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 and the length of some content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
}

impl Digest {
    /// The digest of `content`.
    ///
    /// ```
    /// let digest = toolgate_audit_log::Digest::of(b"{}");
    /// assert!(digest.sha256.starts_with("44136fa3") && digest.bytes == 2);
    /// ```
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self { sha256: hex(&Sha256::digest(content)), bytes: content.len() as u64 }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sha256)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    String::from_utf8(digits).unwrap_or_default()
}
