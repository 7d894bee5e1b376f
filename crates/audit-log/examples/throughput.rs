//! How many records a second a log takes: `cargo run --release -p toolgate-audit-log --example throughput [FOLDER]`.
//! Each caller waits for its record before it appends the next.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use toolgate_audit_log::{AuditLog, Decision, Digest, Durability, Entry, Settings, Verdict};

const SPAN: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| std::env::temp_dir().into_os_string());
    let batch = Durability::Batch { records: 1000, within: Duration::from_millis(100) };
    for (name, durability) in [("disk", Durability::Disk), ("batch", batch)] {
        for callers in [1, 64] {
            let rate = measure(Path::new(&folder), durability, callers).await?;
            writeln!(stdout(), "{name:5}  {callers:2} callers  {rate} records/s")?;
        }
    }
    Ok(())
}

async fn measure(folder: &Path, durability: Durability, callers: usize) -> Result<u64, Box<dyn Error>> {
    let path = folder
        .join(format!("throughput-{}-{callers}-{durability:?}.jsonl", std::process::id()).replace(' ', ""));
    let log = Arc::new(AuditLog::open_with(&path, Settings::new().with_durability(durability))?);
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers).map(|_| tokio::spawn(append_for(log.clone(), started))).collect();
    let mut records = 0;
    for task in tasks {
        records += task.await??;
    }
    drop(log);
    std::fs::remove_file(&path)?;
    std::fs::remove_file(format!("{}.head", path.display()))?;
    Ok(records / SPAN.as_secs())
}

async fn append_for(log: Arc<AuditLog>, started: Instant) -> Result<u64, toolgate_audit_log::AuditError> {
    let mut records = 0;
    while started.elapsed() < SPAN {
        let decision = Decision::new("request", "tool", Verdict::Allowed, "rule", Digest::of(b"{}"));
        log.append(Entry::Decision(decision)).await?;
        records += 1;
    }
    Ok(records)
}
