//! What a fleet of processes counts together: how often something was done lately, and how often it is under way.

use std::time::Duration;

use async_trait::async_trait;

use super::{Lease, StoreError};

/// Where processes count together. The clock is that of the store: those of the processes may differ.
///
/// ```no_run
/// # use std::time::Duration;
/// # use toolgate_oauth_cc::store::{SharedCount, StoreError};
/// # async fn example(store: &dyn SharedCount) -> Result<(), StoreError> {
/// let (minute, lease) = (Duration::from_secs(60), Duration::from_secs(60));
/// if store.count("search", 10, minute).await? {
///     if let Some(place) = store.begin("search", 2, lease).await? {
///         // … search, and `go_on` well before the lease is over …
///         store.end("search", &place).await?;
///     }
/// }
/// # Ok(()) }
/// ```
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

    /// Takes one of `most` places among what is under way by the name `name`; `None` when all are taken. It is free again once
    /// it is [given back](Self::end), or after `lease` without a word: its process is taken for dead.
    ///
    /// # Errors
    /// As [`count`](Self::count).
    async fn begin(&self, name: &str, most: u32, lease: Duration) -> Result<Option<Lease>, StoreError>;

    /// Holds a place for `lease` from now on, also where the store has taken its process for dead meanwhile.
    ///
    /// # Errors
    /// As [`count`](Self::count).
    async fn go_on(&self, name: &str, place: &Lease, lease: Duration) -> Result<(), StoreError>;

    /// Gives a place back.
    ///
    /// # Errors
    /// As [`count`](Self::count): the place is free after its lease.
    async fn end(&self, name: &str, place: &Lease) -> Result<(), StoreError>;
}
