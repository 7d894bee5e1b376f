//! The writer's thread: it owns the file, groups what waits, sets full files aside and answers once all is written.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::chain::Head;
use crate::head_file::HeadFile;
use crate::series::{beside, set_aside};
use crate::{AuditError, Durability, Entry, Receipt, Settings, Unwritable};

/// A record and whoever waits for it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) entry: Entry,
    pub(crate) done: oneshot::Sender<Result<Receipt, AuditError>>,
}

pub(crate) struct Writer {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    pub(crate) head: Head,
    pub(crate) settings: Settings,
    /// A device or a pipe has none and is not set aside.
    pub(crate) head_file: Option<HeadFile>,
    pub(crate) lines: Vec<u8>,
    /// Records that are not on the disk yet, and since when.
    pub(crate) unsynced: Option<(u32, Instant)>,
    /// Records since the last checkpoint.
    pub(crate) unsigned: u64,
    /// A wait for the disk that failed after its callers were answered: nothing is written any more.
    pub(crate) broken: Option<Arc<io::Error>>,
}

impl Writer {
    /// The largest group: bounds the memory and the loss when a write fails.
    const GROUP: usize = 1024;

    pub(crate) fn run(mut self, waiting: &mpsc::Receiver<Waiting>) {
        while let Some(first) = self.wait(waiting) {
            let group: Vec<Waiting> =
                std::iter::once(first).chain(waiting.try_iter().take(Self::GROUP - 1)).collect();
            self.write_group(group);
        }
        if self.unsigned > 0 {
            self.write_checkpoint();
        }
        if self.unsynced.is_some() {
            self.sync_late();
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

    /// The next record; meanwhile what is due goes to the disk.
    fn wait(&mut self, waiting: &mpsc::Receiver<Waiting>) -> Option<Waiting> {
        if let (Some((_, since)), Durability::Batch { within, .. }) =
            (self.unsynced, self.settings.durability)
        {
            match waiting.recv_timeout(within.saturating_sub(since.elapsed())) {
                Err(mpsc::RecvTimeoutError::Timeout) => self.sync_late(),
                received => return received.ok(),
            }
        }
        waiting.recv().ok()
    }

    fn sync_late(&mut self) {
        self.unsynced = None;
        self.broken = self.file.sync_data().and_then(|()| self.write_head()).err().map(Arc::new);
    }

    /// Writes the group as a whole or not at all, so that a failed write leaves an intact file and chain.
    fn write_group(&mut self, group: Vec<Waiting>) {
        let before = (self.head.clone(), self.unsigned);
        self.lines.clear();
        let mut receipts = Vec::with_capacity(group.len());
        for waiting in &group {
            let written = self.head.append(&waiting.entry, now(), &mut self.lines).map_err(io::Error::from);
            receipts.push(written.map(|()| Receipt::of(&self.head)));
            self.unsigned += 1;
        }
        let signed = self.sign_if_due(u64::MAX);
        let stored = signed.map_err(Arc::new).and_then(|()| self.store(group.len()));
        if stored.is_err() {
            self.unsigned = before.1;
            self.step_back(before.0);
        }
        for (waiting, receipt) in group.into_iter().zip(receipts) {
            let result = receipt.map_err(Arc::new).and_then(|receipt| stored.clone().map(|()| receipt));
            let result = match (result, self.settings.unwritable) {
                (Err(_), Unwritable::GoOn) => Ok(Receipt::lost()),
                (result, _) => result.map_err(|source| AuditError::Write { path: self.path.clone(), source }),
            };
            // A caller that went away has its record all the same.
            let _ = waiting.done.send(result);
        }
        self.sync_if_due();
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
        self.rotate_if_full()?;
        let end = self.file.metadata()?.len();
        let stored = self.file.write_all(&self.lines).and_then(|()| self.sync(records));
        if stored.is_err() {
            // Half a group would break the chain; if even this fails, the next `open` says so.
            let _ = self.file.set_len(end);
        }
        Ok(stored?)
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

    /// Waits for the disk once enough of a batch is not on it. The callers have been answered: a failure is for those that
    /// come after them.
    fn sync_if_due(&mut self) {
        if let (Some((waiting, since)), Durability::Batch { records, within }) =
            (self.unsynced, self.settings.durability)
            && (waiting >= records || since.elapsed() >= within)
        {
            self.sync_late();
        }
    }

    fn write_head(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.head_file else { return Ok(()) };
        file.write(&self.head, self.settings.durability != Durability::Process)
    }

    fn rotate_if_full(&mut self) -> io::Result<()> {
        let Some(most) = self.settings.rotation.filter(|_| self.head_file.is_some()) else { return Ok(()) };
        if self.file.metadata()?.len() < most.max(1) {
            return Ok(());
        }
        self.file.sync_data()?;
        self.unsynced = None;
        let number = set_aside(&self.path)?.last().map_or(1, |last| last + 1);
        let aside = beside(&self.path, &number.to_string());
        std::fs::rename(&self.path, &aside)?;
        match open_locked(&self.path) {
            Ok(file) => self.file = file,
            Err(error) => {
                std::fs::rename(aside, &self.path)?;
                return Err(error.into());
            }
        }
        Ok(())
    }
}

/// Opens `path` for appending by this process alone, readable by its owner only.
pub(crate) fn open_locked(path: &Path) -> Result<File, std::fs::TryLockError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(std::fs::TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
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
