//! What demo, end-to-end run and interoperability run share: checks, the scenarios with their exact values, a rig's
//! settings, a meter.

pub mod check;
pub mod meter;
pub mod rig;
pub mod scenario;

/// The programs in README.md compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct ReadmePrograms;
