//! The configured models: whether their providers can be reached and take the key. Nothing here costs money: a key is
//! tried by asking for the list of models.

use std::collections::BTreeSet;

use toolgate::{ChatModel, ConfigError, Error, Toolgate};

use super::network::Ways;
use super::visit::Visit;
use crate::style::counted;

pub(super) async fn examine(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate) {
    let config = toolgate.config();
    // Of several, any may be asked, and a conversation begins only where each of them can be.
    let named = config.models.iter().map(|named| Some(named.model.as_str()));
    let mut asked: Vec<Option<&str>> = if config.models.is_empty() { vec![None] } else { named.collect() };
    asked.extend(config.serve.models.values().map(|model| Some(model.as_str())));
    let mut seen = BTreeSet::new();
    for id in asked {
        match toolgate.model(id) {
            Ok(model) => {
                if seen.insert(format!("{}/{}", model.provider().id(), model.name())) {
                    one(visit, ways, toolgate, &model).await;
                }
            }
            // `serve` needs no default beside those that it offers; who asks for none by name does.
            Err(Error::Config(ConfigError::NoModel { .. })) if !config.serve.models.is_empty() => {}
            Err(error) => {
                visit.group("Model", id.unwrap_or("the default"));
                visit.failed("key", None, &error, None);
            }
        }
    }
    // What is wrong with one of them was told above.
    if let Err(error) = toolgate.models()
        && config.models.iter().all(|named| toolgate.model(Some(&named.model)).is_ok())
        && !config.models.is_empty()
    {
        visit.group("Models", "[[models]]");
        visit.failed("together", None, &error, None);
    }
}

async fn one(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate, model: &ChatModel) {
    let provider = model.provider();
    visit.group(&format!("Model {}/{}", provider.id(), model.name()), provider.base_url());
    let setting =
        format!("{} (or base_url under [providers.{}])", provider.base_url_variable(), provider.id());
    if !ways.walk(visit, &toolgate.config(), provider.base_url(), &setting).await {
        return visit.not_tried(&["key"], "the provider cannot be reached");
    }
    let (listed, took) = visit.wait("key", model.listed()).await;
    match listed {
        Ok(Some(models)) if models.iter().any(|listed| is_called(listed, model.name())) => {
            visit.good(
                "key",
                Some(took),
                format!("accepted; lists {} among {}", model.name(), counted(models.len(), "model")),
            );
        }
        Ok(Some(models)) => visit.warn(
            "key",
            Some(took),
            format!(
                "accepted; lists {}, and {} is not among them",
                counted(models.len(), "model"),
                model.name()
            ),
            "check the model's name, unless the provider is known to list only some",
        ),
        Ok(None) => {
            visit.good(
                "key",
                Some(took),
                "not tried: this provider keeps no list of models, and anything else costs money",
            );
        }
        Err(error) => visit.failed("key", Some(took), &error, None),
    }
}

/// Ollama lists a model with its tag, and takes it without where that is the latest.
fn is_called(listed: &str, name: &str) -> bool {
    listed == name || listed.strip_suffix(":latest") == Some(name)
}
