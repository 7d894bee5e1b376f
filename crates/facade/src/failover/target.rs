//! One of the models that may answer: where it stands in the order, how far it is trusted, whether it is well.

use std::num::NonZeroU32;
use std::sync::Arc;

use toolgate_llm_providers::ChatModel;

use super::breaker::Breaker;
use crate::{FailoverConfig, Models};

/// A model that may answer.
///
/// ```no_run
/// # fn example(toolgate: &toolgate::Toolgate) -> Result<toolgate::Target, toolgate::Error> {
/// use toolgate::Target;
///
/// let model = toolgate.model(Some("mistral/mistral-large-latest"))?;
/// let target = Target::new(model).with_order(1).with_region("eu").with_tier(2);
/// # Ok(target) }
/// ```
#[derive(Debug)]
pub struct Target {
    id: Arc<str>,
    model: ChatModel,
    order: u32,
    weight: NonZeroU32,
    tier: Option<u32>,
    region: Option<Arc<str>>,
    breaker: Arc<Breaker>,
}

impl Target {
    /// A model that is like all others.
    #[must_use]
    pub fn new(model: ChatModel) -> Self {
        Self {
            id: format!("{}/{}", model.provider().id(), model.name()).into(),
            model,
            order: 0,
            weight: NonZeroU32::MIN,
            tier: None,
            region: None,
            breaker: Arc::default(),
        }
    }

    /// Sets its place: lower ones are asked first. Default 0.
    #[must_use]
    pub fn with_order(mut self, order: u32) -> Self {
        self.order = order;
        self
    }

    /// Sets how often it is asked first among those of the same order, relative to theirs. Default 1.
    #[must_use]
    pub fn with_weight(mut self, weight: NonZeroU32) -> Self {
        self.weight = weight;
        self
    }

    /// Sets how far it is trusted: higher is more. Default not said.
    #[must_use]
    pub fn with_tier(mut self, tier: u32) -> Self {
        self.tier = Some(tier);
        self
    }

    /// Sets where it runs, in any word. Default not said.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<Arc<str>>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Shows whether it is well as a number.
    pub(crate) fn with_gauge(mut self, gauge: Arc<std::sync::atomic::AtomicU64>) -> Self {
        self.breaker = Arc::new(Breaker::shown(gauge));
        self
    }

    /// Goes on with what is known about the one of `before` that is asked in the same way. What is asked elsewhere, or with
    /// another key, may be well although that one was not.
    pub(crate) fn after(mut self, before: Option<&Models>) -> Self {
        let same = before.and_then(|before| before.targets().find(|old| old.model.asks_like(&self.model)));
        if let Some(same) = same {
            self.breaker = Arc::clone(&same.breaker);
        }
        self
    }

    /// As `provider/model`.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &ChatModel {
        &self.model
    }

    pub(super) fn order(&self) -> u32 {
        self.order
    }

    pub(super) fn weight(&self) -> NonZeroU32 {
        self.weight
    }

    pub(super) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Whether what was meant for `home` may go here. What is not known is not taken for the same.
    pub(super) fn may_stand_in_for(&self, home: &Self, failover: &FailoverConfig) -> bool {
        let region = failover.across_regions || home.region.is_none() || self.region == home.region;
        let tier = failover.to_lower_tiers || home.tier.is_none() || self.tier >= home.tier;
        region && tier
    }
}
