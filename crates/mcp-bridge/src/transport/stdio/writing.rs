//! What a process is sent, one message after the other, and how long it may leave one lying.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Whether a process goes on and takes no more messages.
pub(super) struct Stuck(pub(super) bool);

/// How long a process may leave a message lying: as long as a request may take, and anew while it is heard of, for some do one
/// thing at a time. By the longest deadline nobody waits for what it does.
pub(super) struct Patience {
    pub(super) each: Duration,
    pub(super) longest: Duration,
    pub(super) heard: Arc<AtomicBool>,
}

impl Patience {
    /// Waits for `written` to end.
    async fn wait<T>(&self, written: impl Future<Output = T>) -> Option<T> {
        let mut written = pin!(written);
        let last = Instant::now() + self.longest;
        self.heard.store(false, Ordering::Relaxed);
        loop {
            let deadline = last.min(Instant::now() + self.each);
            match tokio::time::timeout_at(deadline, &mut written).await {
                Ok(written) => return Some(written),
                Err(_) if deadline < last && self.heard.swap(false, Ordering::Relaxed) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Writes whole messages, one after the other, and closes the input when there are no more.
pub(super) async fn write(
    mut stdin: ChildStdin,
    mut messages: mpsc::Receiver<Vec<u8>>,
    patience: Patience,
) -> Stuck {
    while let Some(message) = messages.recv().await {
        match patience.wait(stdin.write_all(&message)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::debug!(%error, "the process of an MCP server takes no more messages");
                return Stuck(false);
            }
            None => return Stuck(true),
        }
    }
    Stuck(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_process_that_is_heard_of_is_waited_for_up_to_the_longest_deadline() {
        let heard = Arc::<AtomicBool>::default();
        let (each, longest) = (Duration::from_secs(30), Duration::from_secs(600));
        let patience = Patience { each, longest, heard: heard.clone() };
        let start = Instant::now();
        assert!(patience.wait(std::future::pending::<()>()).await.is_none());
        assert_eq!(start.elapsed(), each);
        let busy = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(20)).await;
                heard.store(true, Ordering::Relaxed);
            }
        });
        let start = Instant::now();
        assert!(patience.wait(std::future::pending::<()>()).await.is_none());
        assert_eq!(start.elapsed(), longest);
        assert_eq!(patience.wait(std::future::ready(7)).await, Some(7));
        busy.abort();
    }
}
