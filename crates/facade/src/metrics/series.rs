//! Counters by a name that the configuration gives: a rule, a server, a provider.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// So many names have counters of their own; further ones share the last. A policy that is reloaded for ever with new
/// rules must not fill the memory.
const MOST: usize = 1000;
/// The name that those share.
const OTHER: &str = "(other)";

/// Counters by name, made when a name is first seen.
#[derive(Debug, Default)]
pub(super) struct Series<T>(RwLock<BTreeMap<Arc<str>, Arc<T>>>);

impl<T: Default> Series<T> {
    /// The counters of `name`.
    pub(super) fn named(&self, name: &str) -> Arc<T> {
        if let Some(found) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(found);
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let name = if all.len() < MOST { name } else { OTHER };
        Arc::clone(all.entry(name.into()).or_default())
    }

    /// Forgets all names but those.
    pub(super) fn retain(&self, is_kept: impl Fn(&str) -> bool) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|name, _| is_kept(name));
    }

    /// All names and what `read` makes of their counters, in order.
    pub(super) fn flat_map<R>(&self, read: impl Fn(&str, &T) -> Vec<R>) -> Vec<R> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().flat_map(|(name, counters)| read(name, counters)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_name_keeps_its_counter_and_the_number_of_names_is_bounded() {
        let series: Series<AtomicU64> = Series::default();
        for round in 0..2 {
            for n in 0..MOST + 50 {
                series.named(&n.to_string()).fetch_add(1, Ordering::Relaxed);
            }
            assert_eq!(series.flat_map(|name, _| vec![name.to_owned()]).len(), MOST + 1, "{round}");
        }
        assert_eq!(series.named("7").load(Ordering::Relaxed), 2);
        assert_eq!(series.named("another").load(Ordering::Relaxed), 100);
    }
}
