//! The verbs, one file each.

pub(crate) mod audit;
pub(crate) mod chat;
pub(crate) mod doctor;
pub(crate) mod policy;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod tools;
