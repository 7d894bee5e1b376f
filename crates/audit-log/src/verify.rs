//! Reads a log from its first line to its last, over all its files, and says where the chain breaks.

use std::path::{Path, PathBuf};

use crate::chain::{self, Head, LineError};
use crate::series::{Lines, Place, beside};
use crate::{AuditError, CheckpointVerifier, Entry, Fault, Located, Verdict, head_file};

/// How many faults of lines are kept: enough to see what happened, and no more memory for a log where every line is one.
const KEPT: usize = 100;

/// What a log holds and what is wrong with it.
///
/// ```
/// # use toolgate_audit_log::{AuditLog, Decision, Digest, Entry, Fault, Verdict, verify};
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("decisions.audit.jsonl");
/// # let log = AuditLog::open(&path)?;
/// # let decision = Decision::new("request-1", "delete_customer", Verdict::Denied, "delete_*", Digest::of(b"{}"));
/// # log.append(Entry::Decision(decision)).await?;
/// # drop(log);
/// let report = verify(&path)?;
/// assert!(report.is_intact());
/// assert_eq!((report.allowed, report.denied), (0, 1));
///
/// let edited = std::fs::read_to_string(&path)?.replace("denied", "allowed");
/// std::fs::write(&path, edited)?;
/// let report = verify(&path)?;
/// assert_eq!(report.faults[0].fault, Fault::Edited { line: 1 });
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Intact records.
    pub records: u64,
    /// Decisions that allowed a call.
    pub allowed: u64,
    /// Decisions that denied one.
    pub denied: u64,
    /// The number of the last intact record; 0 for none. Compare it and `hash` with the [`Receipt`](crate::Receipt) or report
    /// that you kept elsewhere, to notice a tail that was cut off together with the head file.
    pub seq: u64,
    /// The hash of that record.
    pub hash: String,
    /// The last record that a checkpoint signs, as far as a key was given to check it with; 0 for none.
    pub signed: u64,
    /// The places where the chain breaks: the first hundred, in order, then what is wrong with its end.
    pub faults: Vec<Located>,
    /// How many more there are, which are counted only.
    pub more_faults: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks every line of the log at `path`, with the files that were set aside, against its hash and its predecessor,
/// and its end against the head file. All of it is read, in this thread.
///
/// # Errors
/// [`AuditError::Open`] when a file cannot be read. A broken chain is no error but in the [`Report`].
pub fn verify(path: impl AsRef<Path>) -> Result<Report, AuditError> {
    check(path.as_ref(), None)
}

/// The same, and every checkpoint against `key`. Records after the last checkpoint are not signed: [`Report::signed`]
/// says how far the signatures reach.
///
/// # Errors
/// As [`verify`].
pub fn verify_signed(path: impl AsRef<Path>, key: &CheckpointVerifier) -> Result<Report, AuditError> {
    check(path.as_ref(), Some(key))
}

fn check(path: &Path, key: Option<&CheckpointVerifier>) -> Result<Report, AuditError> {
    let failed = |source| AuditError::unusable(path, source);
    // Read first: a log that is written meanwhile may be ahead of its head file, never behind it.
    let named = head_file::read(path).ok().flatten();
    let mut lines = Lines::of(path).map_err(failed)?;
    let mut walk = Walk::new(named.as_ref(), key, path);
    let mut bytes = Vec::new();
    while let Some(place) = lines.next(&mut bytes).map_err(failed)? {
        walk.step(&place, &bytes);
    }
    Ok(walk.finish(path))
}

struct Walk<'a> {
    report: Report,
    before: Head,
    named: Option<&'a Head>,
    key: Option<&'a CheckpointVerifier>,
    last: (PathBuf, u64),
}

impl<'a> Walk<'a> {
    fn new(named: Option<&'a Head>, key: Option<&'a CheckpointVerifier>, path: &Path) -> Self {
        let before = Head::genesis();
        let report = Report {
            records: 0,
            allowed: 0,
            denied: 0,
            seq: before.seq,
            hash: before.hash.clone(),
            signed: 0,
            faults: Vec::new(),
            more_faults: 0,
        };
        Self { report, before, named, key, last: (path.to_owned(), 0) }
    }

    fn fault(&mut self, file: &Path, fault: Fault) {
        match self.report.faults.len() < KEPT {
            true => self.report.faults.push(Located { file: file.to_owned(), fault }),
            false => self.report.more_faults += 1,
        }
    }

    fn step(&mut self, place: &Place<'_>, bytes: &[u8]) {
        let (file, number) = (place.file, place.line);
        if self.last.0 != file {
            self.last.0 = file.to_owned();
        }
        self.last.1 = number;
        let Some(text) = bytes.strip_suffix(b"\n") else {
            return self.fault(file, Fault::CutOff { line: number });
        };
        let (line, head) = match chain::read(text) {
            Ok(read) => read,
            Err(LineError::Format) => return self.fault(file, Fault::Format { line: number }),
            Err(LineError::Hash { claimed }) => {
                // The lines after it were written for the hash that it claims: they are judged by that.
                self.before = Head { seq: self.before.seq + 1, hash: claimed };
                return self.fault(file, Fault::Edited { line: number });
            }
        };
        let (expected_after, found) = (self.before.seq, line.seq);
        if Some(found) != expected_after.checked_add(1) {
            self.fault(file, Fault::Sequence { line: number, expected_after, found });
        } else if line.prev != self.before.hash {
            self.fault(file, Fault::Spliced { line: number, seq: found });
        }
        if self.named.is_some_and(|named| named.seq == found && named.hash != head.hash) {
            self.fault(file, Fault::Head { line: number });
        }
        if let (Some(key), Entry::Checkpoint(checkpoint)) = (self.key, &line.entry) {
            match key.accepts(checkpoint, &self.before) {
                true => self.report.signed = checkpoint.signed_seq,
                false => self.fault(file, Fault::Checkpoint { line: number }),
            }
        }
        self.before = head;
        self.count(&line.entry);
    }

    fn count(&mut self, entry: &Entry) {
        self.report.records += 1;
        if let Entry::Decision(decision) = entry {
            match decision.verdict {
                Verdict::Allowed => self.report.allowed += 1,
                Verdict::Denied => self.report.denied += 1,
            }
        }
    }

    fn finish(mut self, path: &Path) -> Report {
        let (file, line) = std::mem::take(&mut self.last);
        let end = match self.named {
            None => Some(Located { file: beside(path, "head"), fault: Fault::NoHead }),
            Some(named) if named.seq > self.before.seq => {
                let (first, last) = (self.before.seq + 1, named.seq);
                Some(Located { file: file.clone(), fault: Fault::Truncated { line, first, last } })
            }
            Some(_) => None,
        };
        let unsigned = self.key.filter(|_| self.report.signed == 0);
        let unsigned = unsigned.map(|key| Located { file, fault: Fault::NothingSigned { key: key.name() } });
        self.report.faults.extend(end.into_iter().chain(unsigned));
        (self.report.seq, self.report.hash) = (self.before.seq, self.before.hash);
        self.report
    }
}
