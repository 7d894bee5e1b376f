//! What a fleet of processes counts together: how often something was done lately.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;

/// Where processes count together. The clock is that of the store: those of the processes may differ.
#[async_trait]
pub trait SharedCount: Send + Sync + 'static {
    /// Counts once more what is called `name`, unless that was done `most` times in the last `period`: then false, and
    /// nothing is counted. No period of that length ever holds more, however many processes ask at once. What is called the
    /// same and has another period is counted apart.
    ///
    /// # Errors
    /// [`StoreError`]: nobody knows whether it was counted. Also where the store has not answered within a second: whoever is
    /// to be counted waits for it.
    async fn count(&self, name: &str, most: u32, period: Duration) -> Result<bool, StoreError>;
}
