//! What can be wrong with a written log, and where.

use std::path::PathBuf;

/// A fault and the file that has it.
///
/// See the example of [`Report`](crate::Report).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", file.display())]
#[non_exhaustive]
pub struct Located {
    /// The file of the series.
    pub file: PathBuf,
    /// What is wrong, with its line.
    pub fault: Fault,
}

/// One place where the chain breaks.
///
/// See the example of [`Report`](crate::Report).
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
    /// The log ends before the record that its head file names.
    #[error("after line {line}: records {first} to {last} are missing; the tail was cut off")]
    Truncated {
        /// The last line that is left.
        line: u64,
        /// The first record that is missing.
        first: u64,
        /// The last one, as the head file says.
        last: u64,
    },
    /// The head file names another hash for the record of this line.
    #[error(
        "line {line}: the head file names another hash for this record; the log or the head file was rewritten"
    )]
    Head {
        /// Counted from 1.
        line: u64,
    },
    /// The checkpoint on this line is not signed by the key, or not about the records before it.
    #[error("line {line}: the checkpoint's signature is not the key's; the records before it were rewritten")]
    Checkpoint {
        /// Counted from 1.
        line: u64,
    },
    /// No checkpoint is signed by the key.
    #[error("nothing in it is signed by the key {key}")]
    NothingSigned {
        /// The key's short name.
        key: String,
    },
    /// There is no readable head file, so that a cut tail would not show.
    #[error("it is missing or unreadable; whether the tail was cut off cannot be told")]
    NoHead,
}
