//! The writer: it owns the file, writes a group of records as a whole, sets full files aside and waits for the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::chain::Head;
use crate::head_file::HeadFile;
use crate::pace::Pace;
use crate::series::{beside, set_aside};
use crate::{AuditError, Durability, Entry, Receipt, Settings, Unwritable};

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) file: File,
    /// Where it ends, in bytes: nobody else writes to it, so it need not be asked for each record.
    end: u64,
    pub(crate) path: PathBuf,
    head: Head,
    pub(crate) settings: Settings,
    /// A device or a pipe has none and is not set aside.
    pub(crate) head_file: Option<HeadFile>,
    lines: Vec<u8>,
    /// Records that are not on the disk yet, and since when.
    pub(crate) unsynced: Option<(u32, Instant)>,
    /// Records since the last checkpoint.
    unsigned: u64,
    /// A wait for the disk that failed after its callers were answered, or half a group that could not be taken back: nothing
    /// is written any more.
    broken: Option<Arc<io::Error>>,
    /// How fast the file took what was written last.
    pub(crate) pace: Pace,
}

impl Writer {
    /// One that goes on after `head`, which is what `file` at `path` ends with.
    pub(crate) fn new(
        file: File,
        path: PathBuf,
        head: Head,
        head_file: Option<HeadFile>,
        settings: Settings,
    ) -> io::Result<Self> {
        Ok(Self {
            end: file.metadata()?.len(),
            file,
            path,
            head,
            settings,
            head_file,
            lines: Vec::new(),
            unsynced: None,
            unsigned: 0,
            broken: None,
            pace: Pace::default(),
        })
    }

    /// Signs and waits for what is still due, before the file is closed.
    pub(crate) fn close(&mut self) {
        // Without a key there is nothing to write, and no reason to set a full file aside.
        if self.unsigned > 0 && self.settings.checkpoints.is_some() {
            self.write_checkpoint();
        }
        if self.unsynced.is_some() {
            self.sync_late();
        }
        // Not left to the end of the file: a process that is being started meanwhile holds a copy of it for a moment.
        let _ = self.file.unlock();
    }

    /// Whether a record can be written within microseconds: nothing of it waits for a disk or for a reader.
    pub(crate) fn is_quick(&self, now: Instant) -> bool {
        let regular = self.head_file.is_some();
        regular
            && !self.pace.is_slow(now)
            && !self.is_full()
            && match self.settings.durability {
                Durability::Disk => false,
                Durability::Process => true,
                // With what is due on the disk, the next ones wait until it is there.
                Durability::Batch { .. } => !self.is_sync_due(now),
            }
    }

    /// The last signature of a log that is closed. Nobody waits for it; one that cannot be written is missed by whoever
    /// verifies.
    fn write_checkpoint(&mut self) {
        let before = self.head.clone();
        self.lines.clear();
        if self.sign_if_due(1).is_err() || self.store(1).is_err() {
            self.step_back(before);
        }
    }

    /// Appends a checkpoint to the lines once so many records are not signed.
    fn sign_if_due(&mut self, due: u64) -> io::Result<()> {
        let Some(checkpoints) = &self.settings.checkpoints else { return Ok(()) };
        if self.unsigned >= due.min(checkpoints.every) {
            let checkpoint = checkpoints.key.sign(&self.head);
            self.head.append(&checkpoint, now(), &mut self.lines)?;
            self.unsigned = 0;
        }
        Ok(())
    }

    fn sync_late(&mut self) {
        self.unsynced = None;
        // What was broken before stays that, whatever the disk says of what stood in front of it.
        if let Err(error) = self.file.sync_data().and_then(|()| self.write_head()) {
            self.broken.get_or_insert(Arc::new(error));
        }
    }

    /// Writes the group as a whole or not at all, so that a failed write leaves an intact file and chain. There is one
    /// result for each entry.
    pub(crate) fn write_group(&mut self, group: &[Entry]) -> Vec<Result<Receipt, AuditError>> {
        let before = (self.head.clone(), self.unsigned);
        self.lines.clear();
        let mut receipts = Vec::with_capacity(group.len());
        for entry in group {
            let written = self.head.append(entry, now(), &mut self.lines).map_err(io::Error::from);
            receipts.push(written.map(|()| Receipt::of(&self.head)));
            self.unsigned += 1;
        }
        let signed = self.sign_if_due(u64::MAX);
        let stored = signed.map_err(Arc::new).and_then(|()| self.store(group.len()));
        if stored.is_err() {
            self.unsigned = before.1;
            self.step_back(before.0);
        }
        let result = |receipt: io::Result<Receipt>| {
            let result = receipt.map_err(Arc::new).and_then(|receipt| stored.clone().map(|()| receipt));
            match (result, self.settings.unwritable) {
                (Err(_), Unwritable::GoOn) => Ok(Receipt::lost()),
                (result, _) => result.map_err(|source| AuditError::Write { path: self.path.clone(), source }),
            }
        };
        receipts.into_iter().map(result).collect()
    }

    /// Takes back what could not be stored, in the head file too.
    fn step_back(&mut self, head: Head) {
        self.head = head;
        if !matches!(self.settings.durability, Durability::Batch { .. }) {
            // If even this fails, the next `open` says so.
            let _ = self.write_head();
        }
    }

    fn store(&mut self, records: usize) -> Result<(), Arc<io::Error>> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        if self.is_full() {
            self.rotate()?;
        }
        let started = Instant::now();
        let stored = self.file.write_all(&self.lines).and_then(|()| self.sync(records));
        self.pace.took(started, Instant::now());
        if stored.is_ok() {
            self.end += self.lines.len() as u64;
        } else if let Err(error) = self.cut_back() {
            // Half a group breaks the chain: nothing may follow it, and the next `open` says so.
            self.broken = Some(Arc::new(error));
        }
        Ok(stored?)
    }

    /// Takes back what was written behind the last whole group.
    fn cut_back(&self) -> io::Result<()> {
        // Never makes it longer, should somebody have cut it meanwhile.
        if self.file.metadata()?.len() > self.end { self.file.set_len(self.end) } else { Ok(()) }
    }

    fn sync(&mut self, records: usize) -> io::Result<()> {
        match self.settings.durability {
            // The head comes after its records: it must never name one that is not there.
            Durability::Disk => self.file.sync_data().and_then(|()| self.write_head()),
            Durability::Process => self.write_head(),
            Durability::Batch { .. } => {
                let (waiting, since) = self.unsynced.unwrap_or((0, Instant::now()));
                let waiting = waiting.saturating_add(u32::try_from(records).unwrap_or(u32::MAX));
                self.unsynced = Some((waiting, since));
                Ok(())
            }
        }
    }

    /// Waits for the disk once enough of a batch is not on it; says when that is due otherwise. The callers have been
    /// answered: a failure is for those that come after them.
    pub(crate) fn sync_if_due(&mut self) -> Option<Instant> {
        if self.is_sync_due(Instant::now()) {
            self.sync_late();
        }
        match (self.unsynced, self.settings.durability) {
            (Some((_, since)), Durability::Batch { within, .. }) => since.checked_add(within),
            _ => None,
        }
    }

    pub(crate) fn is_sync_due(&self, now: Instant) -> bool {
        match (self.unsynced, self.settings.durability) {
            (Some((waiting, since)), Durability::Batch { records, within }) => {
                waiting >= records || now.saturating_duration_since(since) >= within
            }
            _ => false,
        }
    }

    fn write_head(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.head_file else { return Ok(()) };
        file.write(&self.head, self.settings.durability != Durability::Process)
    }

    fn is_full(&self) -> bool {
        let most = self.settings.rotation.filter(|_| self.head_file.is_some());
        most.is_some_and(|most| self.end >= most.max(1))
    }

    /// Sets the file aside, and goes on in a new one.
    fn rotate(&mut self) -> io::Result<()> {
        if !is_at(&self.file, &self.path)? {
            return Err(io::Error::other(
                "another file has taken its place; nothing is written to it any more",
            ));
        }
        self.file.sync_data()?;
        self.unsynced = None;
        let number = set_aside(&self.path)?.last().map_or(1, |last| last + 1);
        let aside = beside(&self.path, &number.to_string());
        std::fs::rename(&self.path, &aside)?;
        match open_locked(&self.path) {
            Ok(file) => (self.file, self.end) = (file, 0),
            Err(error) => {
                // Never over another one, which a process that was started just now may write to already.
                std::fs::hard_link(&aside, &self.path).and_then(|()| std::fs::remove_file(aside))?;
                return Err(error.into());
            }
        }
        Ok(())
    }
}

/// How often a file that is set aside meanwhile is opened again.
const ATTEMPTS: u32 = 10;

/// Opens `path` for appending by this process alone, readable by its owner only.
pub(crate) fn open_locked(path: &Path) -> Result<File, std::fs::TryLockError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for _ in 0..ATTEMPTS {
        let file = options.open(path).map_err(std::fs::TryLockError::Error)?;
        file.try_lock()?;
        // It may have been set aside between the two, by the process that held the lock and now writes to the next one.
        if is_at(&file, path).map_err(std::fs::TryLockError::Error)? {
            return Ok(file);
        }
    }
    Err(std::fs::TryLockError::WouldBlock)
}

/// Whether `path` still names this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere a file that is open cannot be renamed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// UTC with microseconds, RFC 3339.
fn now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

/// The file's last line with its line feed, or `None` when the file is empty.
pub(crate) fn last_line(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    const STEP: u64 = 4096;
    let mut start = file.metadata()?.len();
    let mut tail = Vec::new();
    while start > 0 {
        let step = start.min(STEP);
        start -= step;
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        Read::by_ref(file).take(step).read_to_end(&mut piece)?;
        piece.append(&mut tail);
        tail = piece;
        let before_last = tail.len().saturating_sub(1);
        if let Some(feed) = tail.iter().take(before_last).rposition(|byte| *byte == b'\n') {
            return Ok(Some(tail.split_off(feed + 1)));
        }
    }
    Ok((!tail.is_empty()).then_some(tail))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn writer(path: &Path, settings: Settings) -> Writer {
        Writer::new(open_locked(path).unwrap(), path.to_owned(), Head::genesis(), None, settings).unwrap()
    }

    /// Half a group may stand at the end: what follows it would stand on the same line.
    #[test]
    fn what_is_broken_stays_so_when_the_disk_has_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let batch = Durability::Batch { records: 1, within: Duration::ZERO };
        let mut writer = writer(&folder.path().join("a.jsonl"), Settings::new().with_durability(batch));
        writer.unsynced = Some((1, Instant::now()));
        writer.broken = Some(Arc::new(io::Error::other("half a group")));
        writer.sync_if_due();
        assert_eq!(writer.store(1).unwrap_err().to_string(), "half a group");
    }

    /// A process that was started in that moment writes there already.
    #[cfg(unix)]
    #[test]
    fn a_file_that_took_the_place_is_not_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut writer = writer(&path, Settings::new());
        std::fs::rename(&path, folder.path().join("a.jsonl.1")).unwrap();
        std::fs::write(&path, "another's").unwrap();
        assert!(writer.rotate().unwrap_err().to_string().contains("taken its place"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "another's");
        assert!(!is_at(&writer.file, &path).unwrap() && is_at(&open_locked(&path).unwrap(), &path).unwrap());
    }
}
