//! Every kind of change to a written file is found, and at its line.

use std::path::PathBuf;

use tempfile::TempDir;
use toolgate_audit_log::{AuditLog, Fault, verify};

use crate::decision;

async fn written(records: usize) -> (TempDir, PathBuf, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let log = AuditLog::open(&path).unwrap();
    for number in 0..records {
        log.append(decision(number)).await.unwrap();
    }
    let lines = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    (folder, path, lines)
}

fn faults(path: &PathBuf, lines: &[String]) -> Vec<Fault> {
    std::fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    verify(path).unwrap().faults
}

#[tokio::test]
async fn edits_are_located() {
    let (_folder, path, lines) = written(5).await;
    for (line, from, to) in [(1, "denied", "allowed"), (2, "\"r2\"", "\"r9\""), (4, "rule", "rulE")] {
        let mut edited = lines.clone();
        edited[line] = edited[line].replacen(from, to, 1);
        if edited[line] == lines[line] {
            edited[line] = edited[line].replacen("allowed", "denied", 1);
        }
        assert_eq!(faults(&path, &edited), [Fault::Edited { line: line as u64 + 1 }]);
    }
}

#[tokio::test]
async fn removals_are_located() {
    let (_folder, path, lines) = written(5).await;
    for removed in [0, 1, 3] {
        let mut shorter = lines.clone();
        shorter.remove(removed);
        let line = removed as u64 + 1;
        let expected = Fault::Sequence { line, expected_after: removed as u64, found: line + 1 };
        assert_eq!(faults(&path, &shorter), [expected]);
    }
}

#[tokio::test]
async fn swaps_are_located() {
    let (_folder, path, lines) = written(5).await;
    for first in [0, 2, 3] {
        let mut swapped = lines.clone();
        swapped.swap(first, first + 1);
        let found = faults(&path, &swapped);
        assert!(matches!(found[0], Fault::Sequence { line, .. } if line == first as u64 + 1), "{found:?}");
    }
}

#[tokio::test]
async fn a_line_from_another_file_is_located() {
    let (_folder, path, lines) = written(4).await;
    let (_other_folder, _other_path, others) = written(4).await;
    for spliced in [1, 2, 3] {
        let mut mixed = lines.clone();
        mixed[spliced] = others[spliced].clone();
        let found = faults(&path, &mixed);
        assert_eq!(found[0], Fault::Spliced { line: spliced as u64 + 1, seq: spliced as u64 + 1 });
    }
}

#[tokio::test]
async fn a_cut_tail_shows_in_the_head_or_as_half_a_line() {
    let (_folder, path, lines) = written(4).await;
    let kept = verify(&path).unwrap().head;
    assert!(faults(&path, &lines[..3]).is_empty());
    assert_ne!(verify(&path).unwrap().head, kept, "the head kept elsewhere tells");
    std::fs::write(&path, &lines.join("\n").as_bytes()[..500]).unwrap();
    assert!(matches!(verify(&path).unwrap().faults[..], [Fault::CutOff { .. }]));
    std::fs::write(&path, "nonsense\n").unwrap();
    assert_eq!(verify(&path).unwrap().faults, [Fault::Format { line: 1 }]);
}
