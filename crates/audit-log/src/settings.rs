//! How a log is written: when a record counts as written, how large a file grows, what a full disk means.

use std::time::Duration;

use crate::CheckpointKey;

/// When [`AuditLog::append`](crate::AuditLog::append) may return.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_audit_log::{Durability, Settings};
/// // For many calls a second, where a crash of the machine may cost the last of them:
/// let batch = Durability::Batch { records: 100, within: Duration::from_millis(50) };
/// let settings = Settings::new().with_durability(batch);
/// assert_ne!(settings, Settings::new()); // the default is `Disk`
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Once the record is on the disk. The default: a decision that was acted on survives a crash of the machine.
    #[default]
    Disk,
    /// Once the operating system has the record: it survives a crash of the process, not of the machine.
    Process,
    /// As `Process`, but a crash of the machine loses no more than these.
    Batch {
        /// The disk is waited for once so many records are not on it yet.
        records: u32,
        /// And once the oldest of them is so old.
        within: Duration,
    },
}

/// What [`AuditLog::append`](crate::AuditLog::append) says when the file cannot be written.
///
/// ```
/// # use toolgate_audit_log::{AuditError, AuditLog, Entry, Settings, Unwritable};
/// # async fn example(entry: Entry) -> Result<(), AuditError> {
/// let settings = Settings::new().with_unwritable(Unwritable::GoOn);
/// let log = AuditLog::open_with("decisions.audit.jsonl", settings)?;
/// if !log.append(entry).await?.is_written() {
///     eprintln!("the disk is full: this decision is not on record");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unwritable {
    /// It fails, and the tool call is not made. The default: no call without its record.
    #[default]
    Refuse,
    /// It goes on without the record, and the receipt says so.
    GoOn,
}

/// The choices of a log.
///
/// ```
/// use toolgate_audit_log::{Durability, Settings};
/// let settings = Settings::new().with_durability(Durability::Process).with_rotation(64 << 20);
/// # let _ = settings;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    pub(crate) durability: Durability,
    pub(crate) unwritable: Unwritable,
    pub(crate) rotation: Option<u64>,
    pub(crate) checkpoints: Option<Checkpoints>,
}

/// Who signs, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoints {
    pub(crate) key: CheckpointKey,
    pub(crate) every: u64,
}

impl Settings {
    /// Waits for the disk, refuses when it is full, and keeps one file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When a record counts as written.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// What to do when the disk takes no record.
    #[must_use]
    pub fn with_unwritable(mut self, unwritable: Unwritable) -> Self {
        self.unwritable = unwritable;
        self
    }

    /// Sets a file aside as `FILE.1`, `FILE.2` … (the highest is the latest) once it has `bytes`. By default a file
    /// grows without bound, because an earlier part that somebody deletes is a fault.
    #[must_use]
    pub fn with_rotation(mut self, bytes: u64) -> Self {
        self.rotation = Some(bytes);
        self
    }

    /// Signs the log with `key` after `every` records, and when it is closed. Default: nothing is signed, and only a
    /// hash that is kept elsewhere shows a history that was rewritten as a whole.
    #[must_use]
    pub fn with_checkpoints(mut self, key: CheckpointKey, every: u64) -> Self {
        self.checkpoints = Some(Checkpoints { key, every: every.max(1) });
        self
    }
}
