//! What is said, line by line: the answer on standard output, the rest on standard error. Coloured on a terminal only,
//! and no fault when the reader has seen enough.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// Set once something of the answer was written.
static SPOKEN: AtomicBool = AtomicBool::new(false);

/// Set once the reader of the answer is gone.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// Why a part of the answer could not be written.
static UNWRITTEN: OnceLock<String> = OnceLock::new();

/// Prints a line for whoever reads the answer; progress and failures go to standard error instead.
macro_rules! say {
    ($($line:tt)*) => { $crate::say::line(format_args!($($line)*)) };
}
pub(crate) use say;

/// Tells a person something beside the answer: progress, decisions, failures.
macro_rules! tell {
    ($($line:tt)*) => { $crate::say::aside(format_args!($($line)*)) };
}
pub(crate) use tell;

/// Writes a line of the answer. To a reader that is gone (`toolgate doctor | head -1`) nothing more is written, and the
/// command ends as it would have ended: with its own exit code.
pub(crate) fn line(line: Arguments<'_>) {
    SPOKEN.store(true, Ordering::Relaxed);
    written(writeln!(anstream::stdout(), "{line}"));
}

/// Writes text as it is, now.
pub(crate) fn text(text: &[u8]) {
    SPOKEN.store(true, Ordering::Relaxed);
    let mut out = anstream::stdout();
    written(out.write_all(text).and_then(|()| out.flush()));
}

/// Writes a line beside the answer. Where it cannot be written, nobody is there to be told so.
pub(crate) fn aside(line: Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Whether a part of the answer was given.
pub(crate) fn has_spoken() -> bool {
    SPOKEN.load(Ordering::Relaxed)
}

/// Whether nobody reads the answer any more, or can: what is long need not go on.
pub(crate) fn is_unread() -> bool {
    UNREAD.load(Ordering::Relaxed)
}

fn written(written: std::io::Result<()>) {
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => UNREAD.store(true, Ordering::Relaxed),
        // The disk behind a redirection is full, or the terminal is gone. The command does not end here: what is under way has an
        // outcome to record.
        Err(error) => {
            UNREAD.store(true, Ordering::Relaxed);
            let _ = UNWRITTEN.set(error.to_string());
        }
    }
}

/// Whether a part of the answer could not be written.
pub(crate) fn is_unwritten() -> bool {
    UNWRITTEN.get().is_some()
}

/// Half an answer must not look like a whole one.
pub(crate) fn all_was_written() -> Result<(), Failure> {
    match UNWRITTEN.get() {
        None => Ok(()),
        Some(error) => Err(Failure::setup(format_args!("cannot write the answer: {error}"))),
    }
}
