//! The models that clients may ask for, by the names that they know: nothing else that this machine has a key for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use toolgate::Toolgate;
use toolgate_llm_providers::{ChatModel, Reasoning};

use crate::ServeError;

/// Models by the name that a client writes.
#[derive(Debug)]
pub(crate) struct Models {
    by_name: BTreeMap<String, Offer>,
    since: u64,
}

/// What stands behind a name.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The first model.
    pub(crate) author: Author,
    /// The model, and those that stand in for it.
    pub(crate) models: toolgate::Models,
}

/// A model as the author of what it said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Author {
    provider: String,
    name: String,
}

impl Author {
    fn of(model: &ChatModel) -> Self {
        Self { provider: model.provider().id().to_owned(), name: model.name().to_owned() }
    }

    /// Where another stood in for it the thought was not its own, which no client can say.
    pub(crate) fn thought(&self, text: Arc<str>) -> Reasoning {
        Reasoning::new(self.provider.as_str(), text).with_model(self.name.as_str())
    }
}

impl Models {
    /// Those under `[serve.models]`, or the configured ones alone: under the name of the first.
    pub(crate) fn of(toolgate: &Toolgate, since: u64) -> Result<Self, ServeError> {
        let config = toolgate.config();
        if config.serve.models.is_empty() {
            let model = toolgate.model(None).map_err(|error| match &config.model {
                None if config.models.is_empty() => ServeError::NoModels,
                _ => error.into(),
            })?;
            let author = Author::of(&model);
            let name = format!("{}/{}", author.provider, author.name);
            let offer = Offer { author, models: toolgate.models()? };
            return Ok(Self { by_name: [(name, offer)].into(), since });
        }
        let offer = |(name, id): (&String, &String)| {
            let model = toolgate.model(Some(id))?;
            let author = Author::of(&model);
            Ok((name.clone(), Offer { author, models: toolgate::Models::from(&model) }))
        };
        let by_name = config.serve.models.iter().map(offer).collect::<Result<_, toolgate::Error>>()?;
        Ok(Self { by_name, since })
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Offer> {
        self.by_name.get(name)
    }

    /// The names, for a client that asked for another.
    pub(crate) fn names(&self) -> String {
        self.by_name.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// `GET /v1/models`
    pub(crate) fn list(&self) -> Value {
        let models: Vec<Value> = self.by_name.keys().filter_map(|name| self.entry(name)).collect();
        json!({"object": "list", "data": models})
    }

    /// `GET /v1/models/{name}`
    pub(crate) fn entry(&self, name: &str) -> Option<Value> {
        let owner = &self.named(name)?.author.provider;
        Some(json!({"id": name, "object": "model", "created": self.since, "owned_by": owner}))
    }
}
