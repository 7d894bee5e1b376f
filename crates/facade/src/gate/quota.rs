//! How often and how many at once: counted by rule, over all conversations of the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Denial;
use crate::policy::{Policy, Rule, Window};

/// The counters of every rule that has a limit, by the rule's name or pattern.
#[derive(Debug)]
pub(crate) struct Quotas(BTreeMap<String, Quota>);

#[derive(Debug)]
struct Quota {
    rule: Rule,
    calls: Arc<Mutex<Window>>,
    at_once: Option<Arc<Semaphore>>,
}

/// A place among the calls under way, held until the call has ended.
#[derive(Debug, Default)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Quotas {
    pub(crate) fn of(policy: &Policy) -> Self {
        let limited =
            policy.tools.iter().filter(|(_, rule)| rule.rate.is_some() || rule.concurrent.is_some());
        Self(limited.map(|(name, rule)| (name.clone(), Quota::of(rule))).collect())
    }

    /// Goes on with what `before` counted for the same rule: the calls of its last period, and those under way where as
    /// many are allowed as before.
    pub(crate) fn take_over(&mut self, before: &Self) {
        for (name, quota) in &mut self.0 {
            let Some(old) = before.0.get(name) else { continue };
            quota.calls = Arc::clone(&old.calls);
            if quota.rule.concurrent == old.rule.concurrent {
                quota.at_once.clone_from(&old.at_once);
            }
        }
    }

    /// Counts one more call under the rule `name` at `now`.
    pub(crate) fn take(&self, name: &str, now: Instant) -> Result<Place, Denial> {
        let Some(quota) = self.0.get(name) else { return Ok(Place::default()) };
        let over = |limit: String| Denial::Limit { rule: name.to_owned(), limit };
        let permit = match (&quota.at_once, quota.rule.concurrent) {
            (Some(at_once), Some(most)) => {
                let permit = Arc::clone(at_once).try_acquire_owned();
                Some(permit.map_err(|_| over(format!("{most} at once")))?)
            }
            _ => None,
        };
        if let Some(rate) = quota.rule.rate
            && !quota.calls.lock().unwrap_or_else(PoisonError::into_inner).take(rate, now)
        {
            return Err(over(rate.to_string()));
        }
        Ok(Place { _permit: permit })
    }
}

impl Quota {
    fn of(rule: &Rule) -> Self {
        let at_once = rule.concurrent.map(|most| Arc::new(Semaphore::new(most.get() as usize)));
        Self { rule: rule.clone(), calls: Arc::default(), at_once }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_rule_counts_all_its_tools_and_no_others() {
        let limited = Rule::new([""; 0]).with_rate("2/min".parse().unwrap());
        let quotas = Quotas::of(&Policy::deny_all().with("get_*", limited).with_rule("free", [""; 0]));
        let start = Instant::now();
        assert!(quotas.take("get_*", start).is_ok() && quotas.take("get_*", start).is_ok());
        let over = Denial::Limit { rule: "get_*".into(), limit: "2/min".into() };
        assert_eq!(quotas.take("get_*", start).unwrap_err(), over);
        assert!(quotas.take("free", start).is_ok());
        assert!(quotas.take("get_*", start + Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn a_place_is_free_again_when_its_call_has_ended() {
        let one = Rule::new([""; 0]).with_concurrent(NonZeroU32::MIN).with_rate("2/h".parse().unwrap());
        let quotas = Quotas::of(&Policy::deny_all().with("a", one));
        let now = Instant::now();
        let place = quotas.take("a", now).unwrap();
        for _ in 0..3 {
            let over = Denial::Limit { rule: "a".into(), limit: "1 at once".into() };
            assert_eq!(quotas.take("a", now).unwrap_err(), over, "and it costs no place in the rate");
        }
        drop(place);
        assert!(quotas.take("a", now).is_ok());
    }

    #[test]
    fn what_was_counted_outlives_a_reload() {
        let limited = |rate: &str| {
            let rule = Rule::new([""; 0]).with_concurrent(NonZeroU32::MIN).with_rate(rate.parse().unwrap());
            Quotas::of(&Policy::deny_all().with("a", rule))
        };
        let (before, now) = (limited("2/h"), Instant::now());
        let place = before.take("a", now).unwrap();
        let mut after = limited("1/h");
        after.take_over(&before);
        let over = |limit: &str| Denial::Limit { rule: "a".into(), limit: limit.into() };
        assert_eq!(after.take("a", now).unwrap_err(), over("1 at once"));
        drop(place);
        assert_eq!(after.take("a", now).unwrap_err(), over("1/h"));
    }
}
