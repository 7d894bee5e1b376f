#![doc = include_str!("../README.md")]

mod chain;
mod digest;
mod entry;
mod error;
mod log;
mod verify;

pub use digest::Digest;
pub use entry::{Decision, Entry, Outcome, OutcomeKind, Verdict};
pub use error::AuditError;
pub use log::{AuditLog, Durability, Receipt};
pub use verify::{Fault, Report, verify};
