//! What this process has used so far, as Linux says.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

/// Linux counts the time of a process in hundredths of a second, whatever the clock of its scheduler.
const TICK: Duration = Duration::from_millis(10);

/// The processor time of all threads, in user space and in the kernel.
pub(crate) fn cpu_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field, the name, is in parentheses and may hold anything; times are the 14th and 15th.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// The most memory that was in use at once, in MiB.
pub(crate) fn peak_memory_mib() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    Ok(kib.ok_or_else(|| Error::new(ErrorKind::InvalidData, "no VmHWM in /proc/self/status"))? / 1024.0)
}
