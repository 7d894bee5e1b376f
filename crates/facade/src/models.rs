//! From `provider/model` to a model that can be asked: the provider as the settings have it, its own key or another proof.

mod known;
pub(crate) mod proof;
mod providers;

use std::sync::Arc;

use toolgate_http_client::HttpClient;
use toolgate_llm_providers::{
    ApiKey, Authentication, Authorizer, Catalogue, ChatModel, EmbeddingModel, ModelId, Provider,
};

pub use known::{KeyPresence, KnownProvider};
pub(crate) use proof::Authorizers;

use crate::metrics::Metrics;
use crate::trace::InTrace;
use crate::{Config, ConfigError, Error, Models, ShortPrompts, Target};
use providers::{catalogue, key, moved, named, with_secret_headers};

/// Makes models, from what one configuration stands for.
pub(crate) struct Resolver<'a> {
    pub(crate) config: &'a Config,
    pub(crate) http: &'a Arc<dyn HttpClient>,
    pub(crate) metrics: &'a Metrics,
    pub(crate) authorizers: &'a Authorizers,
}

/// How a model is asked: where, over what, and with which proof.
struct Way {
    provider: Provider,
    name: String,
    key: Option<ApiKey>,
    authorizer: Option<Arc<dyn Authorizer>>,
    http: Arc<dyn HttpClient>,
}

impl Resolver<'_> {
    /// The model `id`, or the configured default: `model` of the settings, else the first of `[[models]]`, else
    /// `LLM_PROVIDER` (default `openai`) with that provider's `*_MODEL`.
    pub(crate) fn chat_model(&self, id: Option<&str>) -> Result<ChatModel, Error> {
        let (config, catalogue) = (self.config, catalogue(self.config)?);
        let first = || config.models.iter().min_by_key(|target| target.order).map(|target| &*target.model);
        let id = match id.or(config.model.as_deref()).or_else(first) {
            Some(id) => id.to_owned(),
            None => providers::default_model(config, &catalogue)?,
        };
        let way = self.way(&catalogue, &id)?;
        let model = ChatModel::new(way.provider, way.name, way.key, way.http)?;
        Ok(match way.authorizer {
            Some(authorizer) => model.with_authorizer(authorizer),
            None => model,
        })
    }

    /// The embedding model `id`.
    pub(crate) fn embedding_model(&self, id: &str) -> Result<EmbeddingModel, Error> {
        let way = self.way(&catalogue(self.config)?, id)?;
        let model = EmbeddingModel::new(way.provider, way.name, way.key, way.http)?;
        Ok(match way.authorizer {
            Some(authorizer) => model.with_authorizer(authorizer),
            None => model,
        })
    }

    /// The models of `[[models]]`, or [`chat_model`](Self::chat_model)'s default; what is known about those of `before` stays
    /// known.
    pub(crate) fn models(&self, before: Option<&Models>) -> Result<Models, Error> {
        let config = self.config;
        go_together(config)?;
        if config.models.is_empty() {
            let model = self.chat_model(None)?;
            return Ok(Models::only(Target::new(model).after(before)));
        }
        let targets = config.models.iter().map(|named| {
            let target = Target::new(self.chat_model(Some(&named.model))?);
            let mut target = target.with_order(named.order).with_weight(named.weight);
            if let Some(tier) = named.tier {
                target = target.with_tier(tier);
            }
            if let Some(region) = &named.region {
                target = target.with_region(region.as_str());
            }
            let gauge = self.metrics.breaker(target.id());
            Ok(target.with_gauge(gauge).after(before))
        });
        let models = Models::new(targets.collect::<Result<Vec<_>, Error>>()?, config.failover.clone());
        let Some(short) = &config.routing.short_prompts else { return Ok(models) };
        Ok(models.with_router(Arc::new(ShortPrompts::new(&*short.model, short.characters))))
    }

    fn way(&self, catalogue: &Catalogue, id: &str) -> Result<Way, Error> {
        let id = ModelId::parse(id).map_err(ConfigError::Model)?;
        // Of this provider only: another's bad URL is no reason to refuse this one.
        let provider = moved(self.config, named(catalogue, id.provider())?.clone())?;
        let provider = with_secret_headers(self.config, provider)?;
        let name = id.model().to_owned();
        let mut counted = self.metrics.counting_models(provider.id(), Arc::clone(self.http));
        if self.config.telemetry.to_models {
            counted = Arc::new(InTrace(counted));
        }
        // A key that is set is what is meant; without one, a cloud's own credentials are looked for.
        let missing = match key(self.config, &provider) {
            Ok(_) if provider.authentication() == Authentication::Authorizer => None,
            Ok(key) => return Ok(Way { provider, name, key, authorizer: None, http: counted }),
            Err(missing @ Error::Config(ConfigError::NoKey { .. })) => Some(missing),
            Err(wrong) => return Err(wrong),
        };
        match (self.authorizers.of(self.config, &provider, self.http)?, missing) {
            (None, Some(missing)) => Err(missing),
            (None, None) => Err(proof::missing(&provider).into()),
            (Some(authorizer), _) => {
                let provider = provider.with_authentication(Authentication::Authorizer);
                Ok(Way { provider, name, key: None, authorizer: Some(authorizer), http: counted })
            }
        }
    }
}

/// That `[[models]]` stand neither beside one `model`, nor without the one for short prompts.
fn go_together(config: &Config) -> Result<(), ConfigError> {
    let value = |what: &str, found: &str, expected: &str| Err(ConfigError::value(what, found, expected));
    let named = |model: &str| config.models.iter().any(|named| named.model == model);
    match (&config.model, &config.routing.short_prompts) {
        (Some(model), _) if !config.models.is_empty() => {
            value("model", model, "nothing beside [[models]]: keep one of the two")
        }
        (_, Some(short)) if !named(&short.model) => {
            value("model of [routing.short_prompts]", &short.model, "one of [[models]]")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Environment;
    use crate::unplugged::Unplugged;

    /// What `ask` gets of a resolver for `config`.
    fn resolved<T>(
        config: &Config,
        ask: impl FnOnce(&Resolver<'_>) -> Result<T, Error>,
    ) -> Result<T, String> {
        let (http, metrics): (Arc<dyn HttpClient>, _) = (Arc::new(Unplugged), Metrics::new(config));
        let authorizers = Authorizers::default();
        let resolver = Resolver { config, http: &http, metrics: &metrics, authorizers: &authorizers };
        ask(&resolver).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bad_base_url_fails_its_own_provider_only() {
        let config = Config::from_environment(Environment::from_iter([
            ("OPENAI_API_KEY", "k"),
            ("ANTHROPIC_API_KEY", "k"),
            ("OPENAI_BASE_URL", "nonsense"),
        ]));
        assert!(resolved(&config, |resolver| resolver.chat_model(Some("anthropic/a"))).is_ok());
        assert!(resolved(&config, |resolver| resolver.chat_model(Some("openai/a"))).is_err());
    }

    #[test]
    fn a_secret_header_without_a_value_fails_its_own_provider_only() {
        let mut config = Config::from_environment(Environment::from_iter([("OPENAI_API_KEY", "k")]));
        let mut settings = crate::ModelProviderConfig::default();
        settings.header_env.insert("x-subscription".to_owned(), "NOT_SET".to_owned());
        config.providers.insert("groq".to_owned(), settings);
        assert!(resolved(&config, |resolver| resolver.chat_model(Some("openai/a"))).is_ok());
        let refused = resolved(&config, |resolver| resolver.chat_model(Some("groq/a"))).unwrap_err();
        assert!(
            refused.contains("header_env of [providers.groq]") && refused.contains("NOT_SET"),
            "{refused}"
        );
    }

    #[test]
    fn a_provider_that_was_mistyped_is_answered_with_the_one_that_was_meant() {
        let config = Config::from_environment(Environment::from_iter([("OPENAI_API_KEY", "k")]));
        let refused = |id| resolved(&config, |resolver| resolver.chat_model(Some(id))).unwrap_err();
        let meant = refused("opnai/gpt-5");
        assert!(meant.contains("\"opnai\" (did you mean openai?)"), "{meant}");
        let none = refused("quite-unlike/m");
        assert!(none.contains("`toolgate providers`") && !none.contains("did you mean"), "{none}");
    }

    #[test]
    fn a_model_for_short_prompts_is_one_of_those_that_may_answer() {
        let mut config = Config::from_environment(Environment::from_iter([("OPENAI_API_KEY", "k")]));
        config.model = Some("openai/a".to_owned());
        config.routing.short_prompts = Some(crate::ShortPromptsConfig::new("openai/b", 10));
        let refused = resolved(&config, |resolver| resolver.models(None)).unwrap_err();
        assert!(refused.contains("\"openai/b\"; expected one of [[models]]"), "{refused}");
    }
}
