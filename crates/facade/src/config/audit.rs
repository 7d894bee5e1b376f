//! `[audit]`: where decisions are recorded, how surely, and what else the records show.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toolgate_audit_log::{AuditError, CheckpointKey, Durability, Settings, Unwritable};

use super::bounds;

/// `[audit]`: where decisions are recorded.
///
/// ```
/// # use toolgate::{Config, Durable, OnFailure};
/// let config: Config = toml::from_str(
///     r#"
///     [audit]
///     file = "/var/lib/crm/decisions.audit.jsonl"
///     durable = "batch"
///     rotate_mib = 64
///     "#,
/// )?;
/// assert_eq!(config.audit.durable, Durable::Batch);
/// assert_eq!(config.audit.on_failure, OnFailure::Stop); // no call without its record
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AuditConfig {
    /// The file. Default `toolgate.audit.jsonl` in the folder of the settings file, or the working folder where there is
    /// none.
    pub file: PathBuf,
    /// How surely a record is kept before a call, or its result, goes on.
    pub durable: Durable,
    /// What happens when the disk takes no record.
    pub on_failure: OnFailure,
    /// Set the file aside once it has so many MiB. Default never.
    #[serde(deserialize_with = "bounds::some_at_least_one")]
    pub rotate_mib: Option<u64>,
    /// The PEM file of an Ed25519 key that signs the log from time to time. Default none, and nothing is signed.
    pub checkpoint_key_file: Option<PathBuf>,
    /// After how many records the log is signed with that key. Default 100.
    #[serde(deserialize_with = "bounds::some_at_least_one")]
    pub checkpoint_every: Option<u64>,
    /// Keep arguments and results themselves in the records, not only their hashes. Default off: they may be private.
    pub contents: bool,
}

/// How surely a record is kept before the call goes on.
///
/// See the example of [`AuditConfig`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Durable {
    /// On the disk: what was acted on survives a crash of the machine.
    #[default]
    Call,
    /// With the operating system, and on the disk within 50 ms or 1,000 records: a crash of the machine may lose these.
    Batch,
    /// With the operating system: it survives a crash of the process.
    Process,
}

/// What happens when the disk takes no record.
///
/// See the example of [`AuditConfig`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// No call is made.
    #[default]
    Stop,
    /// Calls go on without a record.
    GoOn,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            file: PathBuf::from("toolgate.audit.jsonl"),
            durable: Durable::default(),
            on_failure: OnFailure::default(),
            rotate_mib: None,
            checkpoint_key_file: None,
            checkpoint_every: None,
            contents: false,
        }
    }
}

impl AuditConfig {
    /// A signature costs far less than a hundred records, and what comes after the last one is not signed.
    const CHECKPOINT_EVERY: u64 = 100;

    /// The log's own settings. Reads the key.
    pub(crate) fn settings(&self) -> Result<Settings, AuditError> {
        let durability = match self.durable {
            Durable::Call => Durability::Disk,
            Durable::Batch => Durability::Batch { records: 1_000, within: Duration::from_millis(50) },
            Durable::Process => Durability::Process,
        };
        let unwritable = match self.on_failure {
            OnFailure::Stop => Unwritable::Refuse,
            OnFailure::GoOn => Unwritable::GoOn,
        };
        let mut settings = Settings::new().with_durability(durability).with_unwritable(unwritable);
        if let Some(mebibytes) = self.rotate_mib {
            settings = settings.with_rotation(mebibytes.saturating_mul(1 << 20));
        }
        if let Some(file) = &self.checkpoint_key_file {
            let every = self.checkpoint_every.unwrap_or(Self::CHECKPOINT_EVERY);
            settings = settings.with_checkpoints(CheckpointKey::from_file(file)?, every);
        }
        Ok(settings)
    }
}
