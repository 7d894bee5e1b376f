//! How often and how many at once: counted by rule over all conversations of the process, and over those of all processes
//! that share a store.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::Denial;
use super::fleet::{Fleet, FleetPlace};
use crate::policy::{Policy, Rate, Rule, Window};

/// The counters of every rule that has a limit, by the rule's name or pattern.
#[derive(Debug)]
pub(crate) struct Quotas {
    by_rule: BTreeMap<String, Quota>,
    /// Those of all processes, where there are several.
    fleet: Option<Fleet>,
}

#[derive(Debug)]
struct Quota {
    rule: Rule,
    calls: Arc<Mutex<Window>>,
    under_way: Arc<AtomicU32>,
}

/// A place among the calls under way, held until the call has ended.
#[derive(Debug, Default)]
pub(crate) struct Place {
    // Given back before the one here: whoever gets that next is not told that all places are taken.
    _in_fleet: Option<FleetPlace>,
    _here: Option<Held>,
}

/// One of the calls under way in this process.
#[derive(Debug)]
struct Held(Arc<AtomicU32>);

impl Held {
    /// One more, unless there are as many as there may be.
    fn one_of(most: NonZeroU32, under_way: &Arc<AtomicU32>) -> Option<Self> {
        let more = |calls: u32| (calls < most.get()).then(|| calls + 1);
        under_way.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Self(Arc::clone(under_way)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Quotas {
    pub(crate) fn of(policy: &Policy) -> Self {
        let limited =
            policy.tools.iter().filter(|(_, rule)| rule.rate.is_some() || rule.concurrent.is_some());
        Self { by_rule: limited.map(|(name, rule)| (name.clone(), Quota::of(rule))).collect(), fleet: None }
    }

    /// The same, counted together with others.
    pub(crate) fn with_fleet(self, fleet: Option<Fleet>) -> Self {
        Self { fleet, ..self }
    }

    /// Whether nothing is counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_rule.is_empty()
    }

    /// Goes on with what `before` counted for the same rule: the calls of its last period, and those under way.
    pub(crate) fn take_over(&mut self, before: &Self) {
        for (name, quota) in &mut self.by_rule {
            let Some(old) = before.by_rule.get(name) else { continue };
            quota.calls = Arc::clone(&old.calls);
            quota.under_way = Arc::clone(&old.under_way);
        }
        if let (Some(fleet), Some(before)) = (&mut self.fleet, &before.fleet) {
            fleet.take_over(before);
        }
    }

    /// Waits until all processes know which calls of this one have ended.
    pub(crate) async fn settled(&self) {
        if let Some(fleet) = &self.fleet {
            fleet.settled().await;
        }
    }

    /// Counts one more call under the rule `name` at `now`.
    pub(crate) async fn take(&self, name: &str, now: Instant) -> Result<Place, Denial> {
        let Some(quota) = self.by_rule.get(name) else { return Ok(Place::default()) };
        let over = |limit: String| Denial::Limit { rule: name.to_owned(), limit };
        let here = match quota.rule.concurrent {
            Some(most) => {
                let held = Held::one_of(most, &quota.under_way);
                Some(held.ok_or_else(|| over(format!("{most} at once")))?)
            }
            None => None,
        };
        let in_fleet = match (&self.fleet, quota.rule.concurrent) {
            (Some(fleet), Some(most)) => match fleet.begin(name, most.get(), now).await {
                Some(None) => return Err(over(format!("{most} at once"))),
                place => place.flatten(),
            },
            _ => None,
        };
        if let Some(rate) = quota.rule.rate
            && !self.is_within(name, rate, &quota.calls, now).await
        {
            return Err(over(rate.to_string()));
        }
        Ok(Place { _in_fleet: in_fleet, _here: here })
    }

    /// The fleet's word counts. While it cannot be had, this process goes on with what it has counted itself.
    async fn is_within(&self, name: &str, rate: Rate, calls: &Mutex<Window>, now: Instant) -> bool {
        let together = match &self.fleet {
            Some(fleet) => fleet.count(name, rate, now).await,
            None => None,
        };
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        match together {
            Some(counted) => {
                if counted {
                    calls.note(rate, now);
                }
                counted
            }
            None => calls.take(rate, now),
        }
    }
}

impl Quota {
    fn of(rule: &Rule) -> Self {
        Self { rule: rule.clone(), calls: Arc::default(), under_way: Arc::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_rule_counts_all_its_tools_and_no_others() {
        let limited = Rule::new([""; 0]).with_rate("2/min".parse().unwrap());
        let quotas = Quotas::of(&Policy::deny_all().with("get_*", limited).with_rule("free", [""; 0]));
        let start = Instant::now();
        assert!(quotas.take("get_*", start).await.is_ok() && quotas.take("get_*", start).await.is_ok());
        let over = Denial::Limit { rule: "get_*".into(), limit: "2/min".into() };
        assert_eq!(quotas.take("get_*", start).await.unwrap_err(), over);
        assert!(quotas.take("free", start).await.is_ok());
        assert!(quotas.take("get_*", start + Duration::from_secs(60)).await.is_ok());
    }

    /// Without limits, nothing is shared with other processes.
    #[test]
    fn rules_without_limits_are_not_counted() {
        let is_empty = |rule| Quotas::of(&Policy::deny_all().with("a", rule)).is_empty();
        assert!(is_empty(Rule::new([""; 0])));
        assert!(!is_empty(Rule::new([""; 0]).with_rate("2/h".parse().unwrap())));
        assert!(!is_empty(Rule::new([""; 0]).with_concurrent(NonZeroU32::MIN)));
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_its_call_has_ended() {
        let one = Rule::new([""; 0]).with_concurrent(NonZeroU32::MIN).with_rate("2/h".parse().unwrap());
        let quotas = Quotas::of(&Policy::deny_all().with("a", one));
        let now = Instant::now();
        let place = quotas.take("a", now).await.unwrap();
        for _ in 0..3 {
            let over = Denial::Limit { rule: "a".into(), limit: "1 at once".into() };
            assert_eq!(quotas.take("a", now).await.unwrap_err(), over, "and it costs no place in the rate");
        }
        drop(place);
        assert!(quotas.take("a", now).await.is_ok());
    }

    #[tokio::test]
    async fn what_was_counted_outlives_a_reload() {
        let limited = |rate: &str| {
            let rule = Rule::new([""; 0]).with_concurrent(NonZeroU32::MIN).with_rate(rate.parse().unwrap());
            Quotas::of(&Policy::deny_all().with("a", rule))
        };
        let (before, now) = (limited("2/h"), Instant::now());
        let place = before.take("a", now).await.unwrap();
        let mut after = limited("1/h");
        after.take_over(&before);
        let over = |limit: &str| Denial::Limit { rule: "a".into(), limit: limit.into() };
        assert_eq!(after.take("a", now).await.unwrap_err(), over("1 at once"));
        drop(place);
        assert_eq!(after.take("a", now).await.unwrap_err(), over("1/h"));
    }

    /// More or fewer at once than before: what is under way counts all the same.
    #[tokio::test]
    async fn what_is_under_way_counts_under_another_limit_too() {
        let limited = |most: u32| {
            let rule = Rule::new([""; 0]).with_concurrent(NonZeroU32::new(most).unwrap());
            Quotas::of(&Policy::deny_all().with("a", rule))
        };
        let (before, now) = (limited(2), Instant::now());
        let _first = before.take("a", now).await.unwrap();
        let mut after = limited(3);
        after.take_over(&before);
        let (second, _third) = (after.take("a", now).await.unwrap(), after.take("a", now).await.unwrap());
        assert!(after.take("a", now).await.is_err(), "three are under way");
        let mut fewer = limited(2);
        fewer.take_over(&after);
        drop(second);
        assert!(fewer.take("a", now).await.is_err(), "two are");
    }
}
