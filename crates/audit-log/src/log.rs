//! An open log: a file that was looked at before anything is added to it.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use crate::appender::Appender;
use crate::chain::{self, Head};
use crate::head_file::{self, HeadFile};
use crate::series::{beside, set_aside};
use crate::writer::{Writer, last_line, open_locked};
use crate::{AuditError, Entry, Settings, regular};

/// Where a record stands in its file.
///
/// ```
/// # use toolgate_audit_log::{AuditError, AuditLog, Entry};
/// /// Keeps the log's latest hash where its writer cannot change it.
/// async fn witnessed(log: &AuditLog, entry: Entry, witness: &mut Vec<String>) -> Result<(), AuditError> {
///     let receipt = log.append(entry).await?;
///     if receipt.is_written() {
///         witness.push(format!("{} {}", receipt.seq, receipt.hash));
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Its number, counted from 1.
    pub seq: u64,
    /// Its hash: kept elsewhere, it proves that the file still holds everything up to here.
    pub hash: String,
}

/// An open audit file. Dropping it writes what waits, waits for the disk and closes the file.
///
/// ```
/// # use toolgate_audit_log::{AuditLog, Decision, Digest, Entry, Verdict};
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("decisions.audit.jsonl");
/// # let decision = Decision::new("request-1", "get_order", Verdict::Allowed, "get_*", Digest::of(b"{}"));
/// # let entry = Entry::Decision(decision);
/// let log = AuditLog::open(&path)?;
/// assert_eq!(log.append(entry.clone()).await?.seq, 1);
/// drop(log);
/// let log = AuditLog::open(&path)?; // another day, the same chain
/// assert_eq!(log.append(entry).await?.seq, 2);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    appender: Appender,
}

impl Receipt {
    pub(crate) fn of(head: &Head) -> Self {
        Self { seq: head.seq, hash: head.hash.clone() }
    }

    pub(crate) fn lost() -> Self {
        Self { seq: 0, hash: String::new() }
    }

    /// Whether the record was written. It always was, unless [`Unwritable::GoOn`](crate::Unwritable::GoOn) was chosen.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.seq > 0
    }
}

impl AuditLog {
    /// Opens `path` for appending, creating it (readable by its owner only) where it does not exist, and waits for
    /// the disk on every group of records. Its last line is read, in this thread.
    ///
    /// # Errors
    /// [`AuditError::Open`], [`AuditError::InUse`] while it is open already, and [`AuditError::Tail`] when
    /// the file does not end in an intact record.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, AuditError> {
        Self::open_with(path, Settings::new())
    }

    /// The same with other settings than the default ones.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl Into<PathBuf>, settings: Settings) -> Result<Self, AuditError> {
        let path = path.into();
        let failed = |source| AuditError::unusable(&path, source);
        let mut file = match open_locked(&path) {
            Ok(file) => file,
            Err(TryLockError::WouldBlock) => return Err(AuditError::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        };
        let regular = file.metadata().map_err(failed)?.is_file();
        let mut line = last_line(&mut file).map_err(failed)?;
        if line.is_none() && regular {
            // The file was set aside and nothing written since.
            if let Some(number) = set_aside(&path).map_err(failed)?.last() {
                let mut aside = regular::open(&beside(&path, &number.to_string())).map_err(failed)?;
                line = last_line(&mut aside).map_err(failed)?;
            }
        }
        let head = Self::head_of(line.as_deref())
            .and_then(|head| if regular { Self::check_head(&path, head) } else { Ok(head) })
            .map_err(|reason| AuditError::Tail { path: path.clone(), reason })?;
        let head_file = regular.then(|| Self::head_file(&path, &head)).transpose().map_err(failed)?;
        let writer = Writer::new(file, path.clone(), head, head_file, settings).map_err(failed)?;
        let appender = Appender::start(writer).map_err(failed)?;
        Ok(Self { path, appender })
    }

    fn head_of(line: Option<&[u8]>) -> Result<Head, String> {
        let Some(line) = line else { return Ok(Head::genesis()) };
        let line = line.strip_suffix(b"\n").ok_or("its last line is cut off")?;
        chain::read(line).map(|(_, head)| head).map_err(|error| error.to_string())
    }

    /// Going on after a cut tail would hide it, and so would a new head file for an old log.
    fn check_head(path: &Path, head: Head) -> Result<Head, String> {
        match head_file::read(path) {
            Ok(Some(named)) if named.seq > head.seq => {
                Err(format!("it ends with record {}, and its head file names record {}", head.seq, named.seq))
            }
            Ok(Some(named)) if named.seq == head.seq && named.hash != head.hash => {
                Err("its head file names another hash".to_owned())
            }
            Ok(Some(_)) => Ok(head),
            Ok(None) if head.seq > 0 => Err("its head file is missing".to_owned()),
            Ok(None) => Ok(head),
            Err(error) => Err(format!("its head file cannot be read: {error}")),
        }
    }

    /// The head file, made where the log is new.
    fn head_file(path: &Path, head: &Head) -> io::Result<HeadFile> {
        let mut file = HeadFile::open(path)?;
        file.write(head, false)?;
        Ok(file)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records `entry` and returns once it is written as durably as was chosen.
    ///
    /// # Errors
    /// [`AuditError::Write`] when the disk does not take it: the caller must not go on as if it were recorded.
    ///
    /// # Cancel safety
    /// The record is written even if the future is dropped after its first poll.
    pub async fn append(&self, entry: Entry) -> Result<Receipt, AuditError> {
        self.appender.append(entry).await
    }
}
