//! The audit file of a client: opened before the first thing that must be recorded, so that looking around (tools,
//! tokens, policy) needs no file and does not disturb another process that writes to it.

use std::path::{Path, PathBuf};

use tokio::sync::OnceCell;
use toolgate_audit_log::{AuditError, AuditLog, Durability};

use crate::AuditConfig;

/// An audit file that may not be open yet.
#[derive(Debug)]
pub(crate) struct AuditFile {
    path: PathBuf,
    durability: Durability,
    log: OnceCell<AuditLog>,
}

impl AuditFile {
    pub(crate) fn new(config: &AuditConfig) -> Self {
        let durability = if config.wait_for_disk { Durability::Disk } else { Durability::Process };
        Self { path: config.file.clone(), durability, log: OnceCell::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The open file. A failure is not kept: the next caller tries again.
    pub(crate) async fn open(&self) -> Result<&AuditLog, AuditError> {
        self.log.get_or_try_init(|| async { AuditLog::open_with(&self.path, self.durability) }).await
    }
}
