//! Reads a file from its first line to its last and says where the chain breaks.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use crate::chain::{self, Head, LineError};
use crate::{AuditError, Entry, Verdict};

/// What a file holds and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Intact records.
    pub records: u64,
    /// Decisions that allowed a call.
    pub allowed: u64,
    /// Decisions that denied one.
    pub denied: u64,
    /// Number and hash of the last intact record: compare them with what you kept elsewhere to notice a cut tail.
    pub head: (u64, String),
    /// Every place where the chain breaks, in order.
    pub faults: Vec<Fault>,
}

/// One place where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The line is no record.
    #[error("line {line}: not a record of this format")]
    Format {
        /// Counted from 1.
        line: u64,
    },
    /// The line was edited.
    #[error("line {line}: its content does not match its hash; it was edited")]
    Edited {
        /// Counted from 1.
        line: u64,
    },
    /// The line does not follow the one before it.
    #[error(
        "line {line}: record {found} follows record {expected_after}; records were removed, inserted or swapped"
    )]
    Sequence {
        /// Counted from 1.
        line: u64,
        /// The number of the record before it.
        expected_after: u64,
        /// Its own number.
        found: u64,
    },
    /// The number fits, but the line was made for another predecessor.
    #[error(
        "line {line}: record {seq} was not written after the record before it; lines were spliced or rewritten"
    )]
    Spliced {
        /// Counted from 1.
        line: u64,
        /// Its own number.
        seq: u64,
    },
    /// The last line has no end.
    #[error("line {line}: cut off")]
    CutOff {
        /// Counted from 1.
        line: u64,
    },
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks every line of the file at `path` against its hash and its predecessor.
///
/// # Errors
/// [`AuditError::Open`] when the file cannot be read. A broken chain is no error but in the [`Report`].
pub fn verify(path: &Path) -> Result<Report, AuditError> {
    let failed = |source| AuditError::Open { path: path.to_owned(), source: Arc::new(source) };
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let genesis = Head::genesis();
    let mut report = Report {
        records: 0,
        allowed: 0,
        denied: 0,
        head: (genesis.seq, genesis.hash.clone()),
        faults: Vec::new(),
    };
    let mut before = genesis;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        match bytes.strip_suffix(b"\n") {
            None => report.faults.push(Fault::CutOff { line }),
            Some(text) => report.check(line, text, &mut before),
        }
    }
    report.head = (before.seq, before.hash);
    Ok(report)
}

impl Report {
    fn check(&mut self, number: u64, text: &[u8], before: &mut Head) {
        let (line, head) = match chain::read(text) {
            Ok(read) => read,
            Err(LineError::Format) => return self.faults.push(Fault::Format { line: number }),
            Err(LineError::Hash { claimed }) => {
                // The lines after it were written for the hash that it claims: they are judged by that.
                *before = Head { seq: before.seq + 1, hash: claimed };
                return self.faults.push(Fault::Edited { line: number });
            }
        };
        if line.seq != before.seq + 1 {
            self.faults.push(Fault::Sequence { line: number, expected_after: before.seq, found: line.seq });
        } else if line.prev != before.hash {
            self.faults.push(Fault::Spliced { line: number, seq: line.seq });
        }
        *before = head;
        self.records += 1;
        if let Entry::Decision(decision) = line.entry {
            match decision.verdict {
                Verdict::Allowed => self.allowed += 1,
                Verdict::Denied => self.denied += 1,
            }
        }
    }
}
