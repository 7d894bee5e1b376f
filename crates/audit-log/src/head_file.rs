//! `FILE.head`: the number and the hash of the last record, kept beside the log so that a cut tail shows.
//!
//! It is written after each group of records, so it may be one group behind after a crash and is never ahead of what was
//! written. It is written in place: a file that is replaced each time costs the disk more than the records do, and one that
//! somebody removes would come back as if nothing had been.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::chain::Head;
use crate::regular;
use crate::series::beside;

/// How often it is read until it was not written meanwhile.
const TRIES: usize = 1000;

/// More bytes than a number and a hash ever have: a file that is none of ours may have no end.
const LONGEST: u64 = 4096;

/// The head that stands beside the log at `path`, or `None` where there is no such file or nothing in it.
pub(crate) fn read(path: &Path) -> io::Result<Option<Head>> {
    let mut before = None;
    for _ in 0..TRIES {
        let file = match regular::open(&beside(path, "head")) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text)?;
        if before.as_ref() == Some(&text) {
            // Made, and nothing was written into it: the disk was full, or the process was ended.
            if text.is_empty() {
                return Ok(None);
            }
            return Ok(Some(serde_json::from_slice(&text)?));
        }
        before = Some(text);
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "it is written all the time"))
}

/// The head file of a log that is written.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    bytes: u64,
}

impl HeadFile {
    /// Opens the one beside the log at `path`, which its owner alone can read; makes it where there is none.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(beside(path, "head"))?;
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }

    /// Names `head` in it.
    pub(crate) fn write(&mut self, head: &Head, wait_for_disk: bool) -> io::Result<()> {
        let text = serde_json::to_vec(head)?;
        self.file.seek(SeekFrom::Start(0))?;
        // So few bytes at the start of a file lie in one sector: they are written as a whole or not at all.
        self.file.write_all(&text)?;
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if bytes < self.bytes {
            self.file.set_len(bytes)?;
        }
        self.bytes = bytes;
        if wait_for_disk { self.file.sync_data() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A group that could not be stored is taken back.
    #[test]
    fn a_shorter_head_leaves_nothing_of_a_longer_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut file = HeadFile::open(&path).unwrap();
        for seq in [9, 10, 100, 9] {
            let head = Head { seq, ..Head::genesis() };
            file.write(&head, false).unwrap();
            assert_eq!(read(&path).unwrap(), Some(head));
        }
    }
}
