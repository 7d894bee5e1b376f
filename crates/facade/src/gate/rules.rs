//! The rules that decide about a call, as one piece: they are replaced together or not at all.

use super::fleet::Fleet;
use super::lockfile::Lockfile;
use super::quota::Quotas;
use crate::lock::ToolLock;
use crate::{Config, Error, Policy, store};

/// Policy, approved definitions and the counters of limits.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    pub(super) quotas: Quotas,
    pub(super) lockfile: Lockfile,
}

impl Rules {
    /// Those of `config`. Reads the lockfile.
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        let lock = config.tools.lock.as_deref().map(ToolLock::read).transpose()?;
        let quotas = Quotas::of(&config.policy);
        let fleet = if quotas.is_empty() { None } else { store::open_counts(config)?.map(Fleet::new) };
        Ok(Self {
            policy: config.policy.clone(),
            quotas: quotas.with_fleet(fleet),
            lockfile: Lockfile::new(lock, config.tools.drift()),
        })
    }

    /// The same, going on with what was counted under `before`: a limit does not begin anew with every reload.
    pub(crate) fn after(mut self, before: &Self) -> Self {
        self.quotas.take_over(&before.quotas);
        self
    }

    /// Waits until all processes that share a store know which calls of this one have ended.
    pub(crate) async fn settled(&self) {
        self.quotas.settled().await;
    }
}
