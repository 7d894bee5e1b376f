//! `toolgate-audit-log` alone: a record that nobody can change unnoticed.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use toolgate_audit_log::{AuditLog, Decision, Digest, Entry, Verdict, verify};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("decisions.audit.jsonl");
    let log = AuditLog::open(&path)?;
    for (tool, verdict) in [("get_customer_info", Verdict::Allowed), ("drop_all_tables", Verdict::Denied)] {
        let decision = Decision::new("request-1", tool, verdict, "rule", Digest::of(b"{}"));
        let receipt = log.append(Entry::Decision(decision)).await?;
        println!("record {}: {tool}, hash {}", receipt.seq, receipt.hash);
    }
    drop(log);
    println!("intact: {}", verify(&path)?.is_intact());

    let tampered = std::fs::read_to_string(&path)?.replace("denied", "allowed");
    std::fs::write(&path, tampered)?;
    for fault in verify(&path)?.faults {
        println!("tampered: {fault}");
    }
    Ok(())
}
