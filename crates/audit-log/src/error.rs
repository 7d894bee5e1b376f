//! What can go wrong with an audit file. Every case means that a tool call must not go on unrecorded.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Located;

/// Why a record was not written or a file not read.
///
/// ```
/// # use toolgate_audit_log::{AuditError, AuditLog};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("decisions.audit.jsonl");
/// let log = AuditLog::open(&path)?;
/// // Two writers would break the chain, so each process has a file of its own.
/// match AuditLog::open(&path) {
///     Err(AuditError::InUse { path: taken }) => assert_eq!(taken, path),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), AuditError>(())
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The file cannot be opened or read.
    #[error("cannot use the audit file {}: {source}; mend that, or choose another path", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The file exists, but its last line is no record of ours: going on would break the chain.
    #[error("the audit file {} does not end in an intact record ({reason}); keep it for inspection and choose a new path", path.display())]
    Tail {
        /// The file.
        path: PathBuf,
        /// What is wrong with the last line.
        reason: String,
    },
    /// The file is already open for writing, in this process or another.
    #[error(
        "the audit file {} is being written already; share one log within a process, and give each process a file of its own",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A record could not be written: disk full, file system read-only.
    #[error("cannot write to the audit file {}: {source}; no tool call is made until this is mended", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// A line that is no intact record was met while reading.
    #[error("{0}")]
    Broken(Located),
    /// A key for checkpoints cannot be used.
    #[error("the key {} for checkpoints cannot be used: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What was expected.
        reason: String,
    },
    /// A point in time that is none.
    #[error("{0:?} is no time; write it as 2026-11-24T10:00:00Z")]
    Time(String),
    /// The writer is gone: the log was closed.
    #[error("the audit log is closed")]
    Closed,
}

impl AuditError {
    /// A file that cannot be opened or read. That its folder is missing is said, which the operating system's "no such
    /// file" leaves to be guessed.
    pub(crate) fn unusable(path: &Path, source: io::Error) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let source = match folder.filter(|_| source.kind() == io::ErrorKind::NotFound) {
            Some(folder) => io::Error::new(source.kind(), format!("there is no folder {}", folder.display())),
            None => source,
        };
        Self::Open { path: path.to_owned(), source: Arc::new(source) }
    }
}
