//! That a proof is used once (RFC 9449 section 11.1).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::WINDOW;
use crate::VerifyError;
use crate::error::invalid_proof;

/// Some hundred proofs per second.
const MAX_REMEMBERED: usize = 32 << 10;

/// The proofs of the last two windows, by hash, so that none is taken twice. When full of live ones it refuses: a
/// proof that cannot be remembered cannot be told from a replay.
#[derive(Debug, Default)]
pub(crate) struct ReplayCache(Mutex<HashMap<[u8; 32], f64>>);

impl ReplayCache {
    pub(super) fn admit(
        &self,
        thumbprint: &str,
        jti: &str,
        issued: f64,
        now: f64,
    ) -> Result<(), VerifyError> {
        let name: [u8; 32] =
            Sha256::new().chain_update(thumbprint).chain_update([0]).chain_update(jti).finalize().into();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_REMEMBERED {
            seen.retain(|_, until| *until >= now);
        }
        if seen.get(&name).is_some_and(|until| *until >= now) {
            return Err(invalid_proof("it has been used before"));
        }
        if seen.len() >= MAX_REMEMBERED {
            return Err(invalid_proof("too many proofs are being used at once"));
        }
        seen.insert(name, issued + WINDOW);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jv_21_a_proof_is_taken_once_and_the_memory_is_bounded() {
        let replays = ReplayCache::default();
        assert!(replays.admit("key", "1", 100.0, 100.0).is_ok());
        assert!(replays.admit("key", "1", 100.0, 160.0).is_err());
        assert!(replays.admit("other", "1", 100.0, 100.0).is_ok());
        for number in 0..MAX_REMEMBERED {
            let _ = replays.admit("key", &format!("n{number}"), 100.0, 100.0);
        }
        assert!(replays.admit("key", "one more", 100.0, 100.0).is_err());
        assert!(replays.admit("key", "later", 200.0, 200.0).is_ok());
    }
}
