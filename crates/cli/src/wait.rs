//! What a person sees while something takes its time.

use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use crate::failure::Failure;
use crate::style::{FAINT, plain};

/// What is over by then was not waited for.
const MOMENT: Duration = Duration::from_millis(300);

/// Awaits `work`. Where that takes longer than a moment, a person at the terminal sees what is waited for, until it is over
/// or given up.
pub(crate) async fn wait<T>(what: &str, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(MOMENT, &mut work).await {
        return done;
    }
    let _shown = Shown::line(what);
    work.await
}

/// The same for `work` on files, which holds up whatever thread it is on.
pub(crate) async fn wait_apart<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    wait(what, tokio::task::spawn_blocking(work)).await.map_err(Failure::setup)?
}

/// A line that goes away again.
struct Shown;

impl Shown {
    fn line(what: &str) -> Self {
        passing(&format!("  … {}", plain(what)));
        Self
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        pass();
    }
}

/// Writes a line that will go away again. What is wider than the terminal is cut by it (DECAWM off): of a line that was
/// wrapped, only the end would go.
pub(crate) fn passing(text: &str) {
    let text = text.replace('\n', " ");
    let _ = write!(std::io::stderr(), "\x1b[?7l");
    let _ = write!(anstream::stderr(), "{FAINT}{text}{FAINT:#}");
    let _ = write!(std::io::stderr(), "\x1b[?7h");
}

/// Takes it away.
pub(crate) fn pass() {
    let _ = write!(std::io::stderr(), "\r\x1b[2K");
}
