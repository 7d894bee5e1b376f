//! Every kind of change to a written file is found, and at its line.

use std::path::PathBuf;

use tempfile::TempDir;
use toolgate_audit_log::{
    AuditError, AuditLog, CheckpointKey, CheckpointVerifier, Entry, Fault, Filter, Settings, read, verify,
    verify_signed,
};

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

/// A pipe would be waited for, whatever it stands in the place of.
#[cfg(unix)]
#[tokio::test]
async fn pipes_are_refused_and_not_waited_for() {
    let (folder, path, _) = written(3).await;
    let pipe = |name: &str| {
        let pipe = folder.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe
    };
    let alone = pipe("pipe.jsonl");
    let refused = verify(&alone).unwrap_err().to_string();
    assert!(refused.contains("expected a regular file, found a pipe"), "{refused}");
    assert!(matches!(read(&alone, Filter::new()), Err(AuditError::Open { .. })));
    assert!(matches!(CheckpointVerifier::from_file(&alone), Err(AuditError::Key { .. })));
    assert!(matches!(CheckpointKey::from_file(&alone), Err(AuditError::Key { .. })));
    let aside = pipe("a.jsonl.1");
    assert!(verify(&path).unwrap_err().to_string().contains("a.jsonl.1: expected a regular file"));
    std::fs::remove_file(aside).unwrap();
    std::fs::remove_file(folder.path().join("a.jsonl.head")).unwrap();
    pipe("a.jsonl.head");
    assert!(matches!(verify(&path).unwrap().faults[0].fault, Fault::NoHead));
    let unusable = AuditLog::open(&path).unwrap_err().to_string();
    assert!(unusable.contains("its head file cannot be read: expected a regular file"), "{unusable}");
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

/// A file that is none of ours, such as a device, may go on without a line feed.
#[test]
fn a_line_without_an_end_is_not_read_on() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let refused = verify(file.path()).unwrap_err().to_string();
    assert!(refused.contains("line 1") && refused.contains("256 MiB"), "{refused}");
}

/// Whoever broke it chooses how many lines are faults.
#[test]
fn faults_without_end_are_counted_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, "{}\n".repeat(10_000)).unwrap();
    let report = verify(&path).unwrap();
    assert_eq!((report.faults.len(), report.more_faults), (101, 9_900));
    assert_eq!(report.faults[99].fault, Fault::Format { line: 100 });
    assert_eq!(report.faults[100].fault, Fault::NoHead, "what is wrong with the whole is kept");
}

/// A disk that was full, or a process that was ended, while a log was made.
#[tokio::test]
async fn a_log_that_was_made_and_not_begun_can_be_begun() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = (folder.path().join("a.jsonl"), folder.path().join("a.jsonl.head"));
    std::fs::write(&path, "").unwrap();
    std::fs::write(&head, "").unwrap();
    let log = AuditLog::open(&path).unwrap();
    log.append(decision(0)).await.unwrap();
    drop(log);
    assert!(verify(&path).unwrap().is_intact());
    std::fs::write(&head, "").unwrap();
    assert!(
        matches!(AuditLog::open(&path), Err(AuditError::Tail { .. })),
        "one with records is another matter"
    );
}

#[tokio::test]
async fn what_only_looks_like_a_file_set_aside_is_none_and_what_cannot_be_read_is_named() {
    let (folder, path, _) = written(2).await;
    for name in ["a.jsonl.007", "a.jsonl.+7", "a.jsonl.7x", "a.jsonl.18446744073709551616"] {
        std::fs::write(folder.path().join(name), "none of ours").unwrap();
    }
    assert!(verify(&path).unwrap().is_intact());
    std::fs::create_dir(folder.path().join("a.jsonl.1")).unwrap();
    let refused = verify(&path).unwrap_err().to_string();
    assert!(refused.contains("a.jsonl.1: "), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_head_file_without_an_end_is_not_read_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, "").unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("a.jsonl.head")).unwrap();
    assert_eq!(verify(&path).unwrap().faults[0].fault, Fault::NoHead);
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
    assert!(!verify(&path).unwrap().is_intact());
    assert!(matches!(AuditLog::open(&path), Err(AuditError::Tail { .. })), "going on would hide it");
    std::fs::remove_file(&head).unwrap();
    assert_eq!(faults(&path, &lines), [Fault::NoHead]);
}

/// It is not made anew with the next record, as if nothing had been.
#[tokio::test]
async fn a_head_file_that_is_removed_under_an_open_log_stays_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let log = AuditLog::open(&path).unwrap();
    log.append(decision(0)).await.unwrap();
    std::fs::remove_file(folder.path().join("a.jsonl.head")).unwrap();
    log.append(decision(1)).await.unwrap();
    drop(log);
    let faults: Vec<Fault> = verify(&path).unwrap().faults.into_iter().map(|located| located.fault).collect();
    assert_eq!(faults, [Fault::NoHead]);
    assert!(matches!(AuditLog::open(&path), Err(AuditError::Tail { .. })));
}

#[tokio::test]
async fn faults_name_the_file_of_the_series() {
    for (changed, removed) in [("a.jsonl.1", false), ("a.jsonl.2", false), ("a.jsonl.2", true)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let log = AuditLog::open_with(&path, Settings::new().with_rotation(1)).unwrap();
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

/// Also when nothing is left of the file that is written.
#[tokio::test]
async fn a_tail_is_missed_behind_the_last_record_that_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let log = AuditLog::open_with(&path, Settings::new().with_rotation(1)).unwrap();
    for number in 0..3 {
        log.append(decision(number)).await.unwrap();
    }
    drop(log);
    std::fs::write(&path, "").unwrap();
    let found = verify(&path).unwrap().faults;
    let expected = Fault::Truncated { line: 1, first: 3, last: 3 };
    assert_eq!((&found[0].file, &found[0].fault), (&folder.path().join("a.jsonl.2"), &expected));
}

/// A log with a checkpoint after every second record and one at its end, and the key that checks it.
async fn signed(records: usize) -> (TempDir, PathBuf, Vec<String>, CheckpointVerifier) {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("a.jsonl"), folder.path().join("key.pem"));
    std::fs::write(&key, rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem())
        .unwrap();
    let key = CheckpointKey::from_file(&key).unwrap();
    let log = AuditLog::open_with(&path, Settings::new().with_checkpoints(key.clone(), 2)).unwrap();
    for number in 0..records {
        log.append(decision(number)).await.unwrap();
    }
    drop(log);
    let lines = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    (folder, path, lines, key.verifier())
}

#[tokio::test]
async fn checkpoints_sign_what_stands_before_them() {
    let (_folder, path, lines, key) = signed(5).await;
    assert_eq!(lines.iter().filter(|line| line.contains("\"event\":\"checkpoint\"")).count(), 3);
    let report = verify_signed(&path, &key).unwrap();
    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!((report.records, report.signed, report.seq), (8, 7, 8));
    let named = format!("\"key\":\"{}\"", key.name());
    assert!(key.name().len() == 16 && lines.iter().any(|line| line.contains(&named)), "{named}");
    assert!(verify(&path).unwrap().is_intact(), "without a key they are records like others");
}

/// Whoever can write to the file can make every hash anew, but no signature.
#[tokio::test]
async fn a_history_that_is_rewritten_as_a_whole_is_found_by_its_checkpoints() {
    let (folder, path, _, key) = signed(4).await;
    for kept in ["with the old checkpoints", "without any"] {
        let forged = folder.path().join(format!("{}.jsonl", kept.len()));
        let log = AuditLog::open(&forged).unwrap();
        for record in read(&path, Filter::new()).unwrap() {
            let mut entry = record.unwrap().entry;
            if let Entry::Decision(decision) = &mut entry {
                decision.rule = "another".to_owned();
            }
            if !matches!(entry, Entry::Checkpoint(_)) || kept == "with the old checkpoints" {
                log.append(entry).await.unwrap();
            }
        }
        drop(log);
        assert!(verify(&forged).unwrap().is_intact(), "the chain alone is whole");
        let faults: Vec<Fault> =
            verify_signed(&forged, &key).unwrap().faults.into_iter().map(|located| located.fault).collect();
        let nothing = Fault::NothingSigned { key: key.name() };
        let expected = match kept {
            "without any" => vec![nothing],
            _ => vec![Fault::Checkpoint { line: 3 }, Fault::Checkpoint { line: 6 }, nothing],
        };
        assert_eq!(faults, expected, "{kept}");
    }
}

#[tokio::test]
async fn another_key_has_signed_nothing() {
    let (_folder, path, _, _) = signed(3).await;
    let (_other_folder, _, _, other) = signed(1).await;
    let faults = verify_signed(&path, &other).unwrap().faults;
    assert!(faults.iter().any(|located| matches!(located.fault, Fault::NothingSigned { .. })), "{faults:?}");
}

#[test]
fn keys_of_another_kind_are_refused_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    std::fs::write(&file, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let refused = CheckpointKey::from_file(&file).unwrap_err().to_string();
    assert!(refused.contains("expected a PEM block with an Ed25519 private key"), "{refused}");
    let refused = CheckpointVerifier::from_file(&file).unwrap_err().to_string();
    assert!(refused.contains("expected a PEM block with an Ed25519 public key"), "{refused}");
    std::fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
    assert!(CheckpointKey::from_file(&file).is_err(), "and it is not read to its end");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    std::fs::write(&file, pair.public_key_pem()).unwrap();
    CheckpointVerifier::from_file(&file).unwrap();
}
