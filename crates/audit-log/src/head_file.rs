//! `FILE.head`: the number and the hash of the last record, kept beside the log so that a cut tail shows.
//!
//! It is replaced as a whole after each group of records, so it may be one group behind after a crash and is never
//! ahead of what was written.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::chain::Head;
use crate::series::beside;

/// The head that stands beside the log at `path`, or `None` where there is no such file.
pub(crate) fn read(path: &Path) -> io::Result<Option<Head>> {
    match std::fs::read(beside(path, "head")) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces it.
pub(crate) fn write(path: &Path, head: &Head, wait_for_disk: bool) -> io::Result<()> {
    let new = beside(path, "head.new");
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(head)?)?;
    if wait_for_disk {
        file.sync_data()?;
    }
    std::fs::rename(new, beside(path, "head"))
}
