//! The models that clients may ask for, by the names that they know: nothing else that this machine has a key for.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use toolgate::{ChatModel, Toolgate};

use crate::ServeError;

/// Models by the name that a client writes.
#[derive(Debug)]
pub(crate) struct Models {
    by_name: BTreeMap<String, ChatModel>,
    since: u64,
}

impl Models {
    /// Those under `[serve.models]`, or the configured default alone.
    pub(crate) fn of(toolgate: &Toolgate, since: u64) -> Result<Self, ServeError> {
        let config = toolgate.config();
        let mut named = config.serve.models.clone();
        if named.is_empty() {
            let model = toolgate.model(None).map_err(|error| match &config.model {
                Some(_) => error.into(),
                None => ServeError::NoModels,
            })?;
            let id = format!("{}/{}", model.provider().id(), model.name());
            named.insert(id.clone(), id);
        }
        let by_name = named
            .into_iter()
            .map(|(name, id)| Ok((name, toolgate.model(Some(&id))?)))
            .collect::<Result<_, toolgate::Error>>()?;
        Ok(Self { by_name, since })
    }

    pub(crate) fn named(&self, name: &str) -> Option<&ChatModel> {
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
        let model = self.named(name)?;
        let owner = model.provider().id();
        Some(json!({"id": name, "object": "model", "created": self.since, "owned_by": owner}))
    }
}
