//! The memory of this process over time.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

const EVERY: Duration = Duration::from_secs(1);
/// After this share of the run everything has been in use once.
const WARM_UP: usize = 3;
/// By so much, in hundredths, the second half after the warm-up may be above the first. An allocator's noise is less.
const TOLERANCE: u64 = 110;

pub(crate) struct Memory {
    kib: Vec<u64>,
}

impl Memory {
    /// Looks every second until `end`.
    pub(crate) fn watch(end: Instant) -> JoinHandle<Self> {
        tokio::spawn(async move {
            let mut kib = Vec::new();
            while Instant::now() < end {
                tokio::time::sleep(EVERY).await;
                kib.extend(resident());
            }
            Self { kib }
        })
    }

    /// Whether it stayed the same after the warm-up.
    pub(crate) fn is_flat(&self) -> bool {
        let (before, after) = self.halves();
        after * 100 <= before * TOLERANCE
    }

    /// The medians of both halves of the time after the warm-up.
    fn halves(&self) -> (u64, u64) {
        let warm = self.kib.get(self.kib.len() / WARM_UP..).unwrap_or_default();
        let (before, after) = warm.split_at(warm.len() / 2);
        (median(before), median(after))
    }
}

fn median(of: &[u64]) -> u64 {
    let mut sorted = of.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = self.halves();
        let most = self.kib.iter().max().copied().unwrap_or_default();
        write!(
            f,
            "memory after the warm-up: {:.1} MiB, then {:.1} MiB (medians of both halves); at most {:.1} MiB",
            before as f64 / 1024.0,
            after as f64 / 1024.0,
            most as f64 / 1024.0
        )
    }
}
