//! The models that may answer, and what happens when one fails.
//!
//! A conversation may go on with another model at any time, because its transcript is in nobody's own words. Failing over
//! asks again for the answer that did not come, never for what was before it: results of tools stand in the transcript, so
//! no tool is run twice. All models stand behind the same gate.

mod breaker;
mod route;
mod router;
mod target;

use std::sync::Arc;

use toolgate_llm_providers::{ChatModel, Message};

pub(crate) use route::{Route, Step};
pub use router::{Router, ShortPrompts};
pub use target::Target;

use crate::FailoverConfig;

/// Models that may answer, in order. Cheap to clone; clones share what is known about which of them is well.
#[derive(Clone)]
pub struct Models(Arc<Inner>);

struct Inner {
    targets: Vec<Arc<Target>>,
    failover: FailoverConfig,
    router: Option<Arc<dyn Router>>,
}

impl Models {
    /// The models of `targets`, with what happens when one fails.
    ///
    /// ```no_run
    /// # fn example(toolgate: toolgate::Toolgate) -> Result<(), toolgate::Error> {
    /// use toolgate::{FailoverConfig, Models, Target};
    ///
    /// let first = Target::new(toolgate.model(Some("anthropic/claude-sonnet-4-5"))?);
    /// let other = Target::new(toolgate.model(Some("openai/gpt-5"))?).with_order(1);
    /// let models = Models::new([first, other], FailoverConfig::default());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(targets: impl IntoIterator<Item = Target>, failover: FailoverConfig) -> Self {
        let targets = targets.into_iter().map(Arc::new).collect();
        Self(Arc::new(Inner { targets, failover, router: None }))
    }

    /// Asks `router` which model begins a conversation.
    #[must_use]
    pub fn with_router(self, router: Arc<dyn Router>) -> Self {
        let Inner { targets, failover, .. } = &*self.0;
        Self(Arc::new(Inner { targets: targets.clone(), failover: failover.clone(), router: Some(router) }))
    }

    /// One model and no other: what fails there fails.
    pub(crate) fn only(target: Target) -> Self {
        let failover = FailoverConfig { attempts: std::num::NonZeroU32::MIN, ..FailoverConfig::default() };
        Self::new([target], failover)
    }

    /// Shows of each whether it is well, as they are in force from now on.
    pub(crate) fn show(&self) {
        self.targets().for_each(|target| target.breaker().show_again());
    }

    fn targets(&self) -> impl Iterator<Item = &Target> {
        self.0.targets.iter().map(|target| &**target)
    }

    /// The models, as `provider/model`.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.targets.iter().map(|target| &**target.id())
    }

    /// How a conversation that starts with `messages` goes through the models.
    pub(crate) fn route(&self, messages: &[Message]) -> Route {
        let ids: Vec<&str> = self.ids().collect();
        let first = self.0.router.as_ref().and_then(|router| router.first(messages, &ids));
        Route::new(&self.0.targets, self.0.failover.clone(), first, fastrand::f64)
    }
}

impl From<&ChatModel> for Models {
    fn from(model: &ChatModel) -> Self {
        Self::only(Target::new(model.clone()))
    }
}

impl From<&Models> for Models {
    fn from(models: &Models) -> Self {
        models.clone()
    }
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use toolgate_llm_providers::{Dialect, Provider};

    use super::*;
    use crate::unplugged::Unplugged;

    /// A target that nobody can reach.
    pub(super) fn target(id: &str) -> Target {
        let (provider, name) = id.split_once('/').unwrap();
        let provider = Provider::new(provider, "https://models.example", Dialect::OpenAiChat).unwrap();
        Target::new(ChatModel::new(provider, name, None, Arc::new(Unplugged)).unwrap())
    }
}
