//! Tokens that have been verified, so that the next request with one costs a lookup.
//!
//! Keyed by the full SHA-256 of the token: a prefix or a claim as key lets one token borrow another's verdict
//! (CVE-2026-35030). An entry counts only under the key set that verified it.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use crate::VerifiedToken;

/// The SHA-256 of a token.
pub(crate) type TokenHash = [u8; 32];

/// At most `capacity` tokens. When the young half is full it becomes the old one, and the old one is dropped: no
/// bookkeeping on a lookup, and a token in use is verified again once in a while.
#[derive(Debug)]
pub(crate) struct TokenCache {
    capacity: usize,
    halves: RwLock<Halves>,
}

#[derive(Debug, Default)]
struct Halves {
    young: HashMap<TokenHash, Entry>,
    old: HashMap<TokenHash, Entry>,
}

#[derive(Debug)]
struct Entry {
    generation: u64,
    token: Arc<VerifiedToken>,
}

impl TokenCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, halves: RwLock::default() }
    }

    /// What a token is remembered by; none when nothing is remembered.
    pub(crate) fn hash(&self, token: &str) -> Option<TokenHash> {
        (self.capacity >= 2).then(|| Sha256::digest(token.as_bytes()).into())
    }

    /// The token of this hash, if the key set of `generation` verified it.
    pub(crate) fn find(&self, hash: &TokenHash, generation: u64) -> Option<Arc<VerifiedToken>> {
        let halves = self.halves.read().unwrap_or_else(PoisonError::into_inner);
        let entry = halves.young.get(hash).or_else(|| halves.old.get(hash))?;
        (entry.generation == generation).then(|| entry.token.clone())
    }

    pub(crate) fn keep(&self, hash: TokenHash, generation: u64, token: Arc<VerifiedToken>) {
        let mut halves = self.halves.write().unwrap_or_else(PoisonError::into_inner);
        if halves.young.len() >= self.capacity / 2 {
            halves.old = mem::take(&mut halves.young);
        }
        halves.young.insert(hash, Entry { generation, token });
    }
}
