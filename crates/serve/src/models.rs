//! The models that clients may ask for, by the names that they know: nothing else that this machine has a key for.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use toolgate::Toolgate;

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
    /// Whose it is: the provider of the first.
    owner: String,
    /// The model, and those that stand in for it.
    pub(crate) models: toolgate::Models,
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
            let name = format!("{}/{}", model.provider().id(), model.name());
            let offer = Offer { owner: model.provider().id().to_owned(), models: toolgate.models()? };
            return Ok(Self { by_name: [(name, offer)].into(), since });
        }
        let offer = |(name, id): (&String, &String)| {
            let model = toolgate.model(Some(id))?;
            let owner = model.provider().id().to_owned();
            Ok((name.clone(), Offer { owner, models: toolgate::Models::from(&model) }))
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
        let owner = &self.named(name)?.owner;
        Some(json!({"id": name, "object": "model", "created": self.since, "owned_by": owner}))
    }
}
