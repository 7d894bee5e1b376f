//! What the disk alone costs: two records of the usual size, as surely on it as a setting asks. Less than that no log can
//! take.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Appends two records one after the other, each waited for where the setting waits.
pub(super) fn two_records(folder: &Path, durable: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(folder.join("bare.jsonl")).unwrap();
    for _ in 0..2 {
        file.write_all(&[b'x'; 640]).unwrap();
        if durable == "call" {
            file.sync_data().unwrap();
        }
    }
}
