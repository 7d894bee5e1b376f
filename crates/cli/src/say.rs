//! Standard output, line by line: coloured on a terminal only, and no fault when the reader has seen enough.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line for whoever reads the answer; progress and failures go to standard error instead.
macro_rules! say {
    ($($line:tt)*) => { $crate::say::line(format_args!($($line)*)) };
}
pub(crate) use say;

/// Writes a line. A reader that is gone (`toolgate providers | head -1`) ends the command quietly.
pub(crate) fn line(line: Arguments<'_>) {
    end_if_unread(writeln!(anstream::stdout(), "{line}"));
}

/// Writes text as it is, now.
pub(crate) fn text(text: &[u8]) {
    let mut out = anstream::stdout();
    end_if_unread(out.write_all(text).and_then(|()| out.flush()));
}

fn end_if_unread(written: std::io::Result<()>) {
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        // The disk behind a redirection is full: half an answer must not look like a whole one.
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: cannot write the answer: {error}");
            std::process::exit(2);
        }
    }
}
