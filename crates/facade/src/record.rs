//! The audit file of a client: opened before the first thing that must be recorded, so that looking around (tools,
//! tokens, policy) needs no file and does not disturb another process that writes to it.

use std::path::Path;

use tokio::sync::OnceCell;
use toolgate_audit_log::{AuditError, AuditLog};

use crate::AuditConfig;

/// An audit file that may not be open yet.
#[derive(Debug)]
pub(crate) struct AuditFile {
    config: AuditConfig,
    log: OnceCell<AuditLog>,
}

impl AuditFile {
    pub(crate) fn new(config: &AuditConfig) -> Self {
        Self { config: config.clone(), log: OnceCell::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.config.file
    }

    /// The open file. A failure is not kept: the next caller tries again.
    pub(crate) async fn open(&self) -> Result<&AuditLog, AuditError> {
        let open = || async { AuditLog::open_with(&self.config.file, self.config.settings()?) };
        self.log.get_or_try_init(open).await
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.log.initialized()
    }

    /// What a record shows of arguments or results: themselves only where that was asked for.
    pub(crate) fn content(&self, text: &str) -> Option<String> {
        self.config.contents.then(|| text.to_owned())
    }
}
