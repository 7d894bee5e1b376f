//! Every kind of change to a written file is found, and at its line.

use std::path::PathBuf;

use tempfile::TempDir;
use toolgate_audit_log::{AuditError, AuditLog, Fault, Settings, verify};

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
    verify(path).unwrap().faults.into_iter().map(|located| located.fault).collect()
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
async fn cut_tails_are_located() {
    let (_folder, path, lines) = written(5).await;
    for left in [0, 2, 4] {
        let expected = Fault::Truncated { line: left as u64, first: left as u64 + 1, last: 5 };
        assert_eq!(faults(&path, &lines[..left]), [expected]);
        assert!(matches!(AuditLog::open(&path), Err(AuditError::Tail { .. })), "going on would hide the cut");
    }
    std::fs::write(&path, &lines.join("\n").as_bytes()[..500]).unwrap();
    assert!(matches!(verify(&path).unwrap().faults[0].fault, Fault::CutOff { .. }));
}

#[tokio::test]
async fn a_head_file_that_is_gone_or_tells_another_story_is_a_fault() {
    let (folder, path, lines) = written(3).await;
    let head = folder.path().join("a.jsonl.head");
    std::fs::write(&head, format!("{{\"seq\":3,\"hash\":\"{}\"}}", "0".repeat(64))).unwrap();
    assert_eq!(faults(&path, &lines), [Fault::Head { line: 3 }]);
    std::fs::remove_file(&head).unwrap();
    assert_eq!(faults(&path, &lines), [Fault::NoHead]);
}

#[tokio::test]
async fn faults_name_the_file_of_the_series() {
    for (changed, removed) in [("a.jsonl.1", false), ("a.jsonl.2", false), ("a.jsonl.2", true)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let log = AuditLog::open_settings(&path, Settings::new().with_rotation(1)).unwrap();
        for number in 0..4 {
            log.append(decision(number)).await.unwrap();
        }
        drop(log);
        let whole = verify(&path).unwrap();
        assert!(whole.is_intact() && whole.records == 4, "{:?}", whole.faults);
        assert_eq!(AuditLog::open(&path).unwrap().append(decision(4)).await.unwrap().seq, 5);
        let file = folder.path().join(changed);
        if removed {
            std::fs::remove_file(&file).unwrap();
            let found = verify(&path).unwrap().faults;
            let expected = Fault::Sequence { line: 1, expected_after: 1, found: 3 };
            assert_eq!((&found[0].file, &found[0].fault), (&folder.path().join("a.jsonl.3"), &expected));
        } else {
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replace("\"tool\":\"tool\"", "\"tool\":\"fool\"")).unwrap();
            let found = verify(&path).unwrap().faults;
            assert_eq!((&found[0].file, &found[0].fault), (&file, &Fault::Edited { line: 1 }));
        }
    }
}
