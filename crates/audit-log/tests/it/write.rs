//! Writing, grouping and going on with an existing file.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use toolgate_audit_log::{
    AuditError, AuditLog, Caller, Durability, Entry, Fault, Filter, Located, Settings, Unwritable, read,
    verify,
};

use crate::decision;

#[tokio::test]
async fn a_reopened_file_goes_on_with_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    for round in 0..3 {
        let log = AuditLog::open(&path).unwrap();
        let receipt = log.append(decision(round)).await.unwrap();
        assert_eq!(receipt.seq, round as u64 + 1);
    }
    let report = verify(&path).unwrap();
    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!((report.records, report.allowed, report.denied), (3, 2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let log =
        Arc::new(AuditLog::open_with(&path, Settings::new().with_durability(Durability::Process)).unwrap());
    let writers: Vec<_> = (0..500)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.append(decision(number)).await.unwrap().seq })
        })
        .collect();
    let mut seqs = Vec::new();
    for writer in writers {
        seqs.push(writer.await.unwrap());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=500).collect::<Vec<u64>>());
    assert!(verify(&path).unwrap().is_intact());
}

/// A log that was begun before decisions named a caller is whole, and goes on.
#[tokio::test]
async fn an_older_log_is_verified_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, include_str!("../data/before-callers.jsonl")).unwrap();
    std::fs::write(path.with_extension("jsonl.head"), include_str!("../data/before-callers.jsonl.head"))
        .unwrap();
    let report = verify(&path).unwrap();
    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!((report.records, report.allowed), (2, 1));
    let Entry::Decision(mut decision) = decision(0) else { unreachable!() };
    decision.caller = Some(Caller { subject: Some("alice".into()), client: None });
    let log = AuditLog::open(&path).unwrap();
    assert_eq!(log.append(Entry::Decision(decision)).await.unwrap().seq, 3);
    let callers: Vec<_> = read(&path, Filter::new())
        .unwrap()
        .filter_map(|record| match record.unwrap().entry {
            Entry::Decision(decision) => Some(decision.caller.map(|caller| caller.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(callers, [None, Some("alice".to_owned())]);
    assert!(verify(&path).unwrap().is_intact());
}

#[test]
fn two_writers_of_one_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let _first = AuditLog::open(&path).unwrap();
    let refused = AuditLog::open(&path).unwrap_err();
    assert!(matches!(refused, AuditError::InUse { .. }));
    assert!(refused.to_string().contains("share one log within a process"), "{refused}");
}

#[test]
fn a_file_that_is_no_audit_log_is_not_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    for foreign in ["my shopping list\n", "{\"seq\":1}\n", "half a line"] {
        std::fs::write(&path, foreign).unwrap();
        assert!(matches!(AuditLog::open(&path), Err(AuditError::Tail { .. })), "{foreign:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
    }
    let refused = AuditLog::open(folder.path().join("no/such.jsonl")).unwrap_err();
    assert!(matches!(refused, AuditError::Open { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("no folder {}", folder.path().join("no").display())));
    let refused = read(folder.path().join("none.jsonl"), Filter::new()).map(drop).unwrap_err();
    assert!(refused.to_string().contains("No such file"), "the folder is there: {refused}");
}

/// A log that is verified while it is written is whole at every moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_whole_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let log = AuditLog::open_with(&path, Settings::new().with_durability(Durability::Process)).unwrap();
    let writing = tokio::spawn(async move {
        for number in 0..2_000 {
            log.append(decision(number)).await.unwrap();
        }
    });
    while !writing.is_finished() {
        // Its last line may be on its way; the head file never names what is not there.
        let faults = verify(&path).unwrap().faults;
        let early = |located: &Located| matches!(located.fault, Fault::CutOff { .. });
        assert!(faults.iter().all(early), "{faults:?}");
        tokio::task::yield_now().await;
    }
    writing.await.unwrap();
    assert_eq!(verify(&path).unwrap().records, 2_000);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_an_error_for_the_caller() {
    let log = AuditLog::open("/dev/full").unwrap();
    let refused = log.append(decision(0)).await.unwrap_err();
    assert!(matches!(refused, AuditError::Write { .. }), "{refused}");
}

/// Somebody reads a pipe at the other end, or does not: that stops the record, and nobody else.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_pipe_stops_its_callers_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let log = AuditLog::open_with(&path, Settings::new().with_durability(Durability::Process)).unwrap();
    let mut long = decision(0);
    let Entry::Decision(of_it) = &mut long else { unreachable!() };
    of_it.arguments_content = Some("x".repeat(1 << 20));
    let mut append = std::pin::pin!(log.append(long));
    let polled = append.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    assert!(polled.is_pending(), "it does not fit into the pipe");
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        std::io::BufReader::new(std::fs::File::open(path).unwrap()).read_line(&mut line).unwrap();
        line.len()
    });
    assert_eq!(append.await.unwrap().seq, 1);
    assert!(reader.join().unwrap() > 1 << 20);
}

/// Names the file that [`a_full_disk_costs_nothing_that_was_written`] fills.
#[cfg(target_os = "linux")]
const FILL: &str = "TOOLGATE_TEST_FILL";
/// Set where nothing is waited for: then the caller writes, and not the writer's thread.
#[cfg(target_os = "linux")]
const QUICKLY: &str = "TOOLGATE_TEST_QUICKLY";

/// Not a test: writes until the file may not grow any more, and says how often that went well.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn filling_child() {
    let Some(path) = std::env::var_os(FILL) else { return };
    let durability = match std::env::var_os(QUICKLY) {
        Some(_) => Durability::Process,
        None => Durability::Disk,
    };
    let log = AuditLog::open_with(path, Settings::new().with_durability(durability)).unwrap();
    let mut written = 0;
    while log.append(decision(written)).await.is_ok() {
        written += 1;
    }
    assert!(log.append(decision(0)).await.is_err(), "nor is the next one taken");
    println!("written: {written}.");
}

/// A limit of the size of files stands in for a disk: the write that crosses it succeeds in part.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_costs_nothing_that_was_written() {
    for quickly in [None, Some((QUICKLY, ""))] {
        fill(quickly).await;
    }
}

#[cfg(target_os = "linux")]
async fn fill(quickly: Option<(&str, &str)>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let filled = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact write::filling_child --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(FILL, &path)
        .envs(quickly)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&filled.stdout);
    assert!(filled.status.success(), "{said}{}", String::from_utf8_lossy(&filled.stderr));
    let written: u64 = said.split_once("written: ").unwrap().1.split_once('.').unwrap().0.parse().unwrap();
    let report = verify(&path).unwrap();
    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!(report.records, written);
    // With room again, the log goes on where it stopped.
    assert_eq!(AuditLog::open(&path).unwrap().append(decision(0)).await.unwrap().seq, written + 1);
    assert!(verify(&path).unwrap().is_intact());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn going_on_without_a_record_must_be_chosen_and_is_said() {
    let settings = Settings::new().with_unwritable(Unwritable::GoOn);
    let log = AuditLog::open_with("/dev/full", settings).unwrap();
    assert!(!log.append(decision(0)).await.unwrap().is_written());
}

#[tokio::test]
async fn a_batch_is_whole_after_closing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let batch = Durability::Batch { records: 3, within: Duration::from_millis(1) };
    let log = AuditLog::open_with(&path, Settings::new().with_durability(batch)).unwrap();
    for number in 0..7 {
        assert!(log.append(decision(number)).await.unwrap().is_written());
    }
    drop(log);
    assert_eq!(verify(&path).unwrap().records, 7);
}

#[tokio::test]
async fn records_are_read_back_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let log = AuditLog::open(&path).unwrap();
    for number in 0..5 {
        log.append(decision(number)).await.unwrap();
    }
    let count = |filter| read(&path, filter).unwrap().map(Result::unwrap).count();
    assert_eq!(count(Filter::new()), 5);
    assert_eq!(count(Filter::new().with_denied_only()), 2);
    assert_eq!(count(Filter::new().with_tool("other")), 0);
    assert_eq!(count(Filter::new().with_since("2000-01-01T00:00:00Z").unwrap()), 5);
    assert_eq!(count(Filter::new().with_since("9000-01-01T00:00:00Z").unwrap()), 0);
    assert!(matches!(Filter::new().with_since("yesterday"), Err(AuditError::Time(_))));
}
