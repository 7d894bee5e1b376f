//! The way of a record into the file: the caller writes it where nobody else writes and nothing has to be waited for, else
//! the writer's thread does, together with all others that wait (docs/adr/0009).
//!
//! Handing a record to another thread and back costs ten times what writing it does. Waiting for the disk is the thread's
//! in any case.

use std::io;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::writer::Writer;
use crate::{AuditError, Entry, Receipt};

type Written = Result<Receipt, AuditError>;

/// The writer, its thread and the way to both. Dropping it writes what waits and closes the file.
#[derive(Debug)]
pub(crate) struct Appender {
    shared: Arc<Shared>,
    queue: Option<mpsc::Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    writer: Mutex<Writer>,
    /// Records in the queue: whoever comes after them waits behind them.
    queued: AtomicUsize,
}

/// A record and whoever waits for it.
#[derive(Debug)]
struct Waiting {
    entry: Entry,
    done: oneshot::Sender<Written>,
}

/// What the thread is woken for; without a record, because a caller wrote one: the disk may have to be waited for, now
/// or later.
type Task = Option<Waiting>;

impl Appender {
    pub(crate) fn start(writer: Writer) -> io::Result<Self> {
        let shared = Arc::new(Shared { writer: Mutex::new(writer), queued: AtomicUsize::new(0) });
        let (queue, tasks) = mpsc::channel();
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new().name("audit-log".into());
        let thread = Some(thread.spawn(move || of_thread.run(&tasks))?);
        Ok(Self { shared, queue: Some(queue), thread })
    }

    pub(crate) async fn append(&self, entry: Entry) -> Written {
        let queue = self.queue.as_ref().ok_or(AuditError::Closed)?;
        if let Some(written) = self.shared.write_here(&entry, queue) {
            return written;
        }
        let (done, receipt) = oneshot::channel();
        self.shared.queued.fetch_add(1, Ordering::Relaxed);
        queue.send(Some(Waiting { entry, done })).map_err(|_| AuditError::Closed)?;
        receipt.await.map_err(|_| AuditError::Closed)?
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to write.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The largest group: bounds the memory and the loss when a write fails.
    const GROUP: usize = 1024;

    /// Writes a record in the caller's thread, or leaves it to the queue.
    fn write_here(&self, entry: &Entry, queue: &mpsc::Sender<Task>) -> Option<Written> {
        // Who is busy with the file, or did not come back from it, is met by the queue.
        let mut writer = self.writer.try_lock().ok()?;
        // The count falls under the lock only, so what is queued before this call is seen here.
        if self.queued.load(Ordering::Relaxed) > 0 || !writer.is_quick(Instant::now()) {
            return None;
        }
        let known = writer.unsynced.is_some();
        let written = writer.write_group(slice::from_ref(entry)).pop();
        let look = writer.unsynced.is_some() && (!known || writer.is_sync_due(Instant::now()));
        drop(writer);
        if look {
            // The thread ends with the queue only; what it has to wait for it does at its end.
            let _ = queue.send(None);
        }
        written
    }

    /// The writer's thread: ends when the queue is closed, with everything on the disk.
    fn run(&self, tasks: &mpsc::Receiver<Task>) {
        let mut sync_at = None;
        loop {
            let first = match sync_at {
                Some(at) => tasks.recv_timeout(Instant::saturating_duration_since(&at, Instant::now())),
                None => tasks.recv().map_err(mpsc::RecvTimeoutError::from),
            };
            // A caller that panicked with the file in its hands: nobody knows what stands there, so no more is written.
            let Ok(mut writer) = self.writer.lock() else { return };
            match first {
                Ok(first) => self.serve(&mut writer, first, tasks),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return writer.close(),
            }
            sync_at = writer.sync_if_due();
        }
    }

    fn serve(&self, writer: &mut Writer, first: Task, tasks: &mpsc::Receiver<Task>) {
        let group = std::iter::once(first).chain(tasks.try_iter().take(Self::GROUP - 1));
        let (entries, callers): (Vec<_>, Vec<_>) = group.flatten().map(|of| (of.entry, of.done)).unzip();
        if entries.is_empty() {
            return;
        }
        let written = writer.write_group(&entries);
        self.queued.fetch_sub(entries.len(), Ordering::Relaxed);
        for (done, written) in callers.into_iter().zip(written) {
            // A caller that went away has its record all the same.
            let _ = done.send(written);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;
    use crate::chain::Head;
    use crate::head_file::{self, HeadFile};
    use crate::{Decision, Digest, Durability, Settings, Verdict};

    const NEVER: Durability = Durability::Batch { records: u32::MAX, within: Duration::MAX };

    fn entry() -> Entry {
        Entry::Decision(Decision::new("1", "get_order", Verdict::Allowed, "get_*", Digest::of(b"{}")))
    }

    fn writer(folder: &Path, durability: Durability) -> Writer {
        let path = folder.join("a.jsonl");
        let file = File::options().append(true).create(true).open(&path).unwrap();
        let head_file = Some(HeadFile::open(&path).unwrap());
        let settings = Settings::new().with_durability(durability);
        Writer::new(file, path, Head::genesis(), head_file, settings).unwrap()
    }

    fn once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_caller_writes_what_waits_for_nothing() {
        for durability in [Durability::Process, NEVER] {
            let folder = tempfile::tempdir().unwrap();
            let appender = Appender::start(writer(folder.path(), durability)).unwrap();
            let Poll::Ready(written) = once(pin!(appender.append(entry()))) else {
                panic!("{durability:?}: it waited")
            };
            assert_eq!(written.unwrap().seq, 1);
        }
    }

    #[test]
    fn what_waits_for_a_disk_or_a_reader_is_left_to_the_thread() {
        let now = Instant::now();
        let quick = |durability, change: fn(&mut Writer)| {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = writer(folder.path(), durability);
            change(&mut writer);
            writer.is_quick(now)
        };
        let soon = Durability::Batch { records: 3, within: Duration::from_secs(3600) };
        assert!(quick(Durability::Process, |_| ()) && quick(soon, |_| ()));
        assert!(quick(soon, |writer| writer.unsynced = Some((2, Instant::now()))));
        assert!(!quick(soon, |writer| writer.unsynced = Some((3, Instant::now()))), "the batch is full");
        let at_once = Durability::Batch { records: 3, within: Duration::ZERO };
        assert!(!quick(at_once, |writer| writer.unsynced = Some((1, Instant::now()))), "the batch is old");
        assert!(!quick(Durability::Disk, |_| ()));
        assert!(!quick(Durability::Process, |writer| writer.head_file = None), "a pipe");
        let full: fn(&mut Writer) = |writer| {
            writer.settings.rotation = Some(1);
            writer.write_group(&[entry()]);
        };
        assert!(!quick(Durability::Process, full), "setting a file aside waits for the disk");
        let slow: fn(&mut Writer) = |writer| {
            let now = Instant::now();
            writer.pace.took(now, now + Duration::from_secs(1));
        };
        assert!(!quick(Durability::Process, slow), "the last write took long");
    }

    /// The first caller went away while it waited; its record comes first all the same.
    #[tokio::test]
    async fn nobody_overtakes_what_is_queued() {
        let folder = tempfile::tempdir().unwrap();
        let appender = Appender::start(writer(folder.path(), Durability::Process)).unwrap();
        for round in 0..100 {
            let busy = appender.shared.writer.lock().unwrap();
            assert!(once(pin!(appender.append(entry()))).is_pending(), "somebody else has the file");
            drop(busy);
            assert_eq!(appender.append(entry()).await.unwrap().seq, 2 * round + 2);
        }
    }

    /// The head file is written when the disk has the batch.
    #[tokio::test]
    async fn a_batch_reaches_the_disk_though_nothing_follows() {
        let folder = tempfile::tempdir().unwrap();
        // Not due yet when the thread is told of it.
        let batch = Durability::Batch { records: u32::MAX, within: Duration::from_millis(200) };
        let appender = Appender::start(writer(folder.path(), batch)).unwrap();
        appender.append(entry()).await.unwrap();
        let (since, path) = (Instant::now(), folder.path().join("a.jsonl"));
        while head_file::read(&path).ok().flatten().is_none_or(|head| head.seq < 1) {
            assert!(since.elapsed() < Duration::from_secs(60), "it never got there");
            tokio::task::yield_now().await;
        }
    }

    /// A child process has copies of all files until it runs its program.
    #[test]
    fn a_closed_log_is_free_though_a_process_is_being_started() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), Durability::Process);
        writer.file.try_lock().unwrap();
        let _copy = writer.file.try_clone().unwrap();
        let another = File::options().append(true).open(&writer.path).unwrap();
        let appender = Appender::start(writer).unwrap();
        assert!(another.try_lock().is_err());
        drop(appender);
        another.try_lock().unwrap();
    }

    #[tokio::test]
    async fn a_caller_that_panicked_with_the_file_ends_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let appender = Appender::start(writer(folder.path(), Durability::Process)).unwrap();
        let shared = appender.shared.clone();
        let panicked = std::thread::spawn(move || {
            let _writer = shared.writer.lock();
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        for _ in 0..2 {
            assert!(matches!(appender.append(entry()).await, Err(AuditError::Closed)));
        }
    }
}
