//! The verbs, one file each.

pub(crate) mod audit;
pub(crate) mod chat;
pub(crate) mod compare;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod pages;
pub(crate) mod policy;
pub(crate) mod providers;
mod rehearsal;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod tools;

use toolgate::Toolgate;

use crate::say::tell;
use crate::style::{BAD, plain};

/// Gives tokens back where the settings ask for that. One that is not taken back changes nothing about what was done, so it
/// is only told.
async fn leave(toolgate: &Toolgate) {
    if let Err(error) = toolgate.close().await {
        tell!("{BAD}warning:{BAD:#} {}", plain(&error.to_string()));
    }
}
