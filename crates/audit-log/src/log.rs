//! The writer: one thread owns the file, groups what waits, and answers once it is written.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::chain::{self, Head};
use crate::{AuditError, Entry};

/// When [`AuditLog::append`] may return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Once the record is on the disk. The default: a decision that was acted on survives a crash of the machine.
    #[default]
    Disk,
    /// Once the operating system has the record: it survives a crash of the process, not of the machine.
    Process,
}

/// Where a record stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Its number, counted from 1.
    pub seq: u64,
    /// Its hash: kept elsewhere, it proves that the file still holds everything up to here.
    pub hash: String,
}

/// An open audit file. Dropping it writes what waits and closes the file.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    queue: Option<mpsc::Sender<Waiting>>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    done: oneshot::Sender<Result<Receipt, AuditError>>,
}

impl AuditLog {
    /// Opens `path` for appending, creating it (readable by its owner only) where it does not exist, and waits for
    /// the disk on every group of records.
    ///
    /// # Errors
    /// [`AuditError::Open`], [`AuditError::InUse`] while another process writes to it, and [`AuditError::Tail`] when
    /// the file does not end in an intact record.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, AuditError> {
        Self::open_with(path, Durability::default())
    }

    /// The same with a choice of durability.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl Into<PathBuf>, durability: Durability) -> Result<Self, AuditError> {
        let path = path.into();
        let failed = |source: io::Error| AuditError::Open { path: path.clone(), source: Arc::new(source) };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(AuditError::InUse { path }),
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let head = match last_line(&mut file).map_err(failed)? {
            None => Head::genesis(),
            Some(line) => {
                let tail = |reason: String| AuditError::Tail { path: path.clone(), reason };
                let line = line.strip_suffix(b"\n").ok_or_else(|| tail("its last line is cut off".into()))?;
                chain::read(line).map_err(|error| tail(error.to_string()))?.1
            }
        };
        let (queue, waiting) = mpsc::channel();
        let writer = Writer { file, path: path.clone(), head, durability, lines: Vec::new() };
        let thread = std::thread::Builder::new().name("audit-log".into()).spawn(move || writer.run(&waiting));
        let writer = Some(thread.map_err(failed)?);
        Ok(Self { path, queue: Some(queue), writer })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records `entry` and returns once it is written as durably as was chosen.
    ///
    /// # Errors
    /// [`AuditError::Write`] when the disk does not take it: the caller must not go on as if it were recorded.
    ///
    /// # Cancel safety
    /// The record is written even if the future is dropped after its first poll.
    pub async fn append(&self, entry: Entry) -> Result<Receipt, AuditError> {
        let (done, receipt) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(AuditError::Closed)?;
        queue.send(Waiting { entry, done }).map_err(|_| AuditError::Closed)?;
        receipt.await.map_err(|_| AuditError::Closed)?
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing left to write.
            let _ = writer.join();
        }
    }
}

struct Writer {
    file: File,
    path: PathBuf,
    head: Head,
    durability: Durability,
    lines: Vec<u8>,
}

impl Writer {
    /// The largest group: bounds the memory and the loss when a write fails.
    const GROUP: usize = 1024;

    fn run(mut self, waiting: &mpsc::Receiver<Waiting>) {
        while let Ok(first) = waiting.recv() {
            let group: Vec<Waiting> =
                std::iter::once(first).chain(waiting.try_iter().take(Self::GROUP - 1)).collect();
            self.write_group(group);
        }
    }

    /// Writes the group as a whole or not at all, so that a failed write leaves an intact file and chain.
    fn write_group(&mut self, group: Vec<Waiting>) {
        let before = self.head.clone();
        self.lines.clear();
        let mut receipts = Vec::with_capacity(group.len());
        for waiting in &group {
            let written = self.head.append(&waiting.entry, now(), &mut self.lines).map_err(io::Error::from);
            receipts.push(written.map(|()| Receipt { seq: self.head.seq, hash: self.head.hash.clone() }));
        }
        let stored = self.store();
        if stored.is_err() {
            self.head = before;
        }
        for (waiting, receipt) in group.into_iter().zip(receipts) {
            let result = receipt.map_err(Arc::new).and_then(|receipt| stored.clone().map(|()| receipt));
            let result = result.map_err(|source| AuditError::Write { path: self.path.clone(), source });
            // A caller that went away has its record all the same.
            let _ = waiting.done.send(result);
        }
    }

    fn store(&mut self) -> Result<(), Arc<io::Error>> {
        let end = self.file.metadata()?.len();
        let stored = self.file.write_all(&self.lines).and_then(|()| match self.durability {
            Durability::Disk => self.file.sync_data(),
            Durability::Process => Ok(()),
        });
        if stored.is_err() {
            // Half a group would break the chain; if even this fails, the next `open` says so.
            let _ = self.file.set_len(end);
        }
        Ok(stored?)
    }
}

/// UTC with microseconds, RFC 3339.
fn now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

/// The file's last line with its line feed, or `None` when the file is empty.
fn last_line(file: &mut File) -> io::Result<Option<Vec<u8>>> {
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
