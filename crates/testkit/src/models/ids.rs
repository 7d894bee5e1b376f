//! Ids that look like the real ones and are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of ids that never gives one twice.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    given: AtomicU64,
}

impl Ids {
    /// `prefix` and `length` letters and digits.
    pub(crate) fn next(&self, prefix: &str, length: usize) -> String {
        let mut seed = self.given.fetch_add(1, Ordering::Relaxed);
        let mut id = prefix.to_owned();
        for _ in 0..length {
            seed = scramble(seed);
            let letter = usize::try_from(seed % 62).expect("less than 62");
            id.push(char::from(LETTERS[letter]));
        }
        id
    }
}

/// `SplitMix64`.
fn scramble(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}
