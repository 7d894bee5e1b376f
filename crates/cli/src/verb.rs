//! The verbs, one file each.

pub(crate) mod audit;
pub(crate) mod chat;
pub(crate) mod compare;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod pages;
pub(crate) mod policy;
pub(crate) mod providers;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod tools;
