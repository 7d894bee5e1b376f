#![doc = include_str!("../README.md")]

mod appender;
mod chain;
mod checkpoint;
mod digest;
mod entry;
mod error;
mod fault;
mod head_file;
mod log;
mod otlp;
mod pace;
mod read;
mod regular;
mod series;
mod settings;
mod verify;
mod writer;

pub use checkpoint::{CheckpointKey, CheckpointVerifier};
pub use digest::Digest;
pub use entry::{Caller, Checkpoint, Decision, Entry, Outcome, OutcomeKind, Verdict};
pub use error::AuditError;
pub use fault::{Fault, Located};
pub use log::{AuditLog, Receipt};
pub use read::{Filter, Record, Records, read};
pub use settings::{Durability, Settings, Unwritable};
pub use verify::{Report, verify, verify_signed};
