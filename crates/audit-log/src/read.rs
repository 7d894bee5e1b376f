//! Reading records back, over all files of a log, and choosing among them.

use std::path::{Path, PathBuf};

use crate::chain;
use crate::series::Lines;
use crate::{AuditError, Entry, Fault, Located, Verdict};

/// One record as it was written.
///
/// See the example of [`Filter`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its number, counted from 1.
    pub seq: u64,
    /// When it was written: UTC, RFC 3339, microseconds.
    pub time: String,
    /// What happened.
    pub entry: Entry,
}

/// Which records to take. The default takes all.
///
/// ```
/// # use toolgate_audit_log::{AuditError, AuditLog, Decision, Digest, Entry, Filter, Verdict, read};
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("decisions.audit.jsonl");
/// # let log = AuditLog::open(&path)?;
/// # for verdict in [Verdict::Allowed, Verdict::Denied] {
/// #     let decision = Decision::new("request-1", "get_order", verdict, "get_*", Digest::of(b"{}"));
/// #     log.append(Entry::Decision(decision)).await?;
/// # }
/// let denied = Filter::new().with_denied_only().with_since("2026-01-01T00:00:00Z")?;
/// for record in read(&path, denied)? {
///     let record = record?; // a line that was tampered with is an error
///     if let Entry::Decision(decision) = &record.entry {
///         println!("{} {}: {:?}", record.time, decision.tool, decision.reason);
///     }
///     assert_eq!(record.seq, 2);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    denied: bool,
    tool: Option<String>,
    since: Option<jiff::Timestamp>,
}

impl Filter {
    /// Takes every record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only decisions that denied a call.
    #[must_use]
    pub fn with_denied_only(mut self) -> Self {
        self.denied = true;
        self
    }

    /// Only records of this tool.
    #[must_use]
    pub fn with_tool(mut self, tool: impl Into<String>) -> Self {
        self.tool = Some(tool.into());
        self
    }

    /// Only records from `time` (RFC 3339) on.
    ///
    /// # Errors
    /// [`AuditError::Time`] when it is no such time.
    pub fn with_since(mut self, time: &str) -> Result<Self, AuditError> {
        self.since = Some(time.parse().map_err(|_| AuditError::Time(time.chars().take(200).collect()))?);
        Ok(self)
    }

    /// Whether it takes `record`.
    fn takes(&self, record: &Record) -> bool {
        let (tool, denied) = match &record.entry {
            Entry::Decision(decision) => (&decision.tool, decision.verdict == Verdict::Denied),
            Entry::Outcome(outcome) => (&outcome.tool, false),
            // About the log, not about a tool.
            Entry::Checkpoint(_) => (&String::new(), false),
        };
        let late_enough = self
            .since
            .is_none_or(|since| record.time.parse().is_ok_and(|time: jiff::Timestamp| time >= since));
        (denied || !self.denied) && self.tool.as_ref().is_none_or(|wanted| wanted == tool) && late_enough
    }
}

/// The records of a log in their order; see [`read`].
///
/// See the example of [`Filter`].
pub struct Records {
    path: PathBuf,
    lines: Lines,
    filter: Filter,
    bytes: Vec<u8>,
}

/// Reads the records that `filter` takes from the log at `path`. Each line is checked against its own hash, the chain
/// is not: that is what [`verify`](crate::verify()) does. Lines are read as they are asked for, in the caller's thread.
///
/// # Errors
/// [`AuditError::Open`] when the log cannot be read; the iterator yields that or [`AuditError::Broken`].
pub fn read(path: impl AsRef<Path>, filter: Filter) -> Result<Records, AuditError> {
    let path = path.as_ref();
    let lines = Lines::of(path).map_err(|source| AuditError::unusable(path, source))?;
    Ok(Records { path: path.to_owned(), lines, filter, bytes: Vec::new() })
}

impl Iterator for Records {
    type Item = Result<Record, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let place = match self.lines.next(&mut self.bytes) {
                Ok(place) => place?,
                Err(error) => return Some(Err(AuditError::unusable(&self.path, error))),
            };
            let broken = |fault| AuditError::Broken(Located { file: place.file.to_owned(), fault });
            let line = place.line;
            let Some(text) = self.bytes.strip_suffix(b"\n") else {
                return Some(Err(broken(Fault::CutOff { line })));
            };
            let record = match chain::read(text) {
                Ok((line, _)) => Record { seq: line.seq, time: line.time, entry: line.entry },
                Err(chain::LineError::Format) => return Some(Err(broken(Fault::Format { line }))),
                Err(chain::LineError::Hash { .. }) => return Some(Err(broken(Fault::Edited { line }))),
            };
            if self.filter.takes(&record) {
                return Some(Ok(record));
            }
        }
    }
}
