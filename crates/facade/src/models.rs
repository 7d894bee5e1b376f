//! From `provider/model` to a model that can be asked: the catalogue's row, the configuration over it, its own key.

mod known;
mod proof;

use std::sync::Arc;

use toolgate_http_client::HttpClient;
use toolgate_llm_providers::{
    ApiKey, Authentication, Authorizer, Catalogue, ChatModel, Dialect, EmbeddingModel, ModelId, Provider,
    ProviderError,
};

pub use known::{KeyPresence, KnownProvider};
pub(crate) use proof::Authorizers;

use crate::metrics::Metrics;
use crate::trace::InTrace;
use crate::{
    Config, ConfigError, Error, ModelProviderConfig, Models, ShortPrompts, ShortPromptsConfig, Target,
};

/// The model `id`, or the configured default: `model` of the settings, else the first of `[[models]]`, else `LLM_PROVIDER`
/// (default `openai`) with that provider's `*_MODEL`.
pub(crate) fn resolve(
    config: &Config,
    id: Option<&str>,
    http: Arc<dyn HttpClient>,
    metrics: &Metrics,
    authorizers: &Authorizers,
) -> Result<ChatModel, Error> {
    let catalogue = catalogue(config)?;
    let first = || config.models.iter().min_by_key(|target| target.order).map(|target| &*target.model);
    let id = match id.or(config.model.as_deref()).or_else(first) {
        Some(id) => id.to_owned(),
        None => default_model(config, &catalogue)?,
    };
    let way = way(config, &catalogue, &id, http, metrics, authorizers)?;
    let model = ChatModel::new(way.provider, way.name, way.key, way.http)?;
    Ok(match way.authorizer {
        Some(authorizer) => model.with_authorizer(authorizer),
        None => model,
    })
}

/// The embedding model `id`.
pub(crate) fn embedding(
    config: &Config,
    id: &str,
    http: Arc<dyn HttpClient>,
    metrics: &Metrics,
    authorizers: &Authorizers,
) -> Result<EmbeddingModel, Error> {
    let way = way(config, &catalogue(config)?, id, http, metrics, authorizers)?;
    let model = EmbeddingModel::new(way.provider, way.name, way.key, way.http)?;
    Ok(match way.authorizer {
        Some(authorizer) => model.with_authorizer(authorizer),
        None => model,
    })
}

/// How a model is asked: where, over what, and with which proof.
struct Way {
    provider: Provider,
    name: String,
    key: Option<ApiKey>,
    authorizer: Option<Arc<dyn Authorizer>>,
    http: Arc<dyn HttpClient>,
}

fn way(
    config: &Config,
    catalogue: &Catalogue,
    id: &str,
    http: Arc<dyn HttpClient>,
    metrics: &Metrics,
    authorizers: &Authorizers,
) -> Result<Way, Error> {
    let id = ModelId::parse(id).map_err(ConfigError::Model)?;
    // Of this provider only: another's bad URL is no reason to refuse this one.
    let provider = moved(config, catalogue.provider(id.provider())?.clone())?;
    let name = id.model().to_owned();
    let mut counted = metrics.counting_models(provider.id(), Arc::clone(&http));
    if config.telemetry.to_models {
        counted = Arc::new(InTrace(counted));
    }
    // A key that is set is what is meant; without one, a cloud's own credentials are looked for.
    let missing = match key(config, &provider) {
        Ok(_) if provider.authentication() == Authentication::Authorizer => None,
        Ok(key) => return Ok(Way { provider, name, key, authorizer: None, http: counted }),
        Err(missing @ Error::Config(ConfigError::NoKey { .. })) => Some(missing),
        Err(wrong) => return Err(wrong),
    };
    match (authorizers.of(config, &provider, &http)?, missing) {
        (None, Some(missing)) => Err(missing),
        (None, None) => Err(proof::missing(&provider).into()),
        (Some(authorizer), _) => {
            let provider = provider.with_authentication(Authentication::Authorizer);
            Ok(Way { provider, name, key: None, authorizer: Some(authorizer), http: counted })
        }
    }
}

/// The provider where the environment says that it is: at another base URL, or with what its own leaves open.
fn moved(config: &Config, mut provider: Provider) -> Result<Provider, ProviderError> {
    if let Some(base_url) = config.environment.get(&provider.base_url_variable()) {
        provider = provider.with_base_url(base_url)?;
    }
    let open: Vec<String> = provider.parameters().map(str::to_owned).collect();
    for name in open {
        let value = provider.parameter_variables(&name).find_map(|known| config.environment.get(&known));
        if let Some(value) = value {
            provider = provider.with_parameter(&name, &value)?;
        }
    }
    Ok(provider)
}

/// The models of `[[models]]`, or the one that [`resolve`] finds; what is known about those of `before` stays known.
pub(crate) fn configured_models(
    config: &Config,
    http: &Arc<dyn HttpClient>,
    metrics: &Metrics,
    authorizers: &Authorizers,
    before: Option<&Models>,
) -> Result<Models, Error> {
    if let Some(model) = config.model.as_ref().filter(|_| !config.models.is_empty()) {
        let expected = "nothing beside [[models]]: keep one of the two".to_owned();
        return Err(ConfigError::Value { what: "model".to_owned(), found: model.clone(), expected }.into());
    }
    let apart = |short: &&ShortPromptsConfig| config.models.iter().all(|named| named.model != short.model);
    if let Some(short) = config.routing.short_prompts.as_ref().filter(apart) {
        let (what, found) = ("model of [routing.short_prompts]".to_owned(), short.model.clone());
        return Err(ConfigError::Value { what, found, expected: "one of [[models]]".to_owned() }.into());
    }
    if config.models.is_empty() {
        let model = resolve(config, None, http.clone(), metrics, authorizers)?;
        return Ok(Models::only(Target::new(model).after(before)));
    }
    let targets = config.models.iter().map(|named| {
        let target = Target::new(resolve(config, Some(&named.model), http.clone(), metrics, authorizers)?);
        let mut target = target.with_order(named.order).with_weight(named.weight);
        if let Some(tier) = named.tier {
            target = target.with_tier(tier);
        }
        if let Some(region) = &named.region {
            target = target.with_region(region.as_str());
        }
        let gauge = metrics.breaker(target.id());
        Ok(target.with_gauge(gauge).after(before))
    });
    let models = Models::new(targets.collect::<Result<Vec<_>, Error>>()?, config.failover.clone());
    let Some(short) = &config.routing.short_prompts else { return Ok(models) };
    Ok(models.with_router(Arc::new(ShortPrompts::new(&*short.model, short.characters))))
}

/// The providers whose keys are set.
pub(crate) fn keyed(config: &Config) -> Result<Vec<String>, Error> {
    let is_set = |provider: &Provider| {
        provider.key_variable().is_some_and(|name| config.environment.get(&name).is_some())
    };
    Ok(catalogue(config)?
        .iter()
        .filter(|provider| is_set(provider))
        .map(|provider| provider.id().to_owned())
        .collect())
}

/// The provider's own key, from its own variable and no other.
fn key(config: &Config, provider: &Provider) -> Result<Option<ApiKey>, Error> {
    let Some(variable) = provider.key_variable() else { return Ok(None) };
    match config.environment.get(&variable) {
        Some(key) => Ok(Some(ApiKey::new(key).map_err(|_| ConfigError::BadKey { variable })?)),
        None if provider.authentication() == Authentication::BearerIfGiven => Ok(None),
        None => Err(ConfigError::NoKey { provider: provider.id().to_owned(), variable }.into()),
    }
}

/// The built-in providers, with the configured ones over them.
fn catalogue(config: &Config) -> Result<Catalogue, Error> {
    let mut catalogue = Catalogue::builtin();
    for (id, settings) in &config.providers {
        let provider = configured(&catalogue, id, settings)?;
        catalogue = catalogue.with_provider(provider);
    }
    Ok(catalogue)
}

fn configured(catalogue: &Catalogue, id: &str, settings: &ModelProviderConfig) -> Result<Provider, Error> {
    let wrong = |what: &str, found: &Option<String>, expected: String| ConfigError::Value {
        what: format!("{what} of [providers.{id}]"),
        found: found.clone().unwrap_or_default(),
        expected,
    };
    let dialect = settings.dialect.as_deref().map(str::parse::<Dialect>).transpose();
    let dialect = dialect.map_err(|error| {
        let said = error.to_string();
        wrong("dialect", &settings.dialect, said.trim_start_matches("expected ").to_owned())
    })?;
    let mut provider = match (catalogue.provider(id).ok(), dialect, &settings.base_url) {
        (Some(known), None, None) => known.clone(),
        (Some(known), None, Some(base_url)) => known.clone().with_base_url(base_url)?,
        (_, Some(dialect), Some(base_url)) => Provider::new(id, base_url, dialect)?,
        (None, _, None) => {
            return Err(wrong("base_url", &None, "a URL such as https://host/v1".into()).into());
        }
        (_, _, _) => return Err(wrong("dialect", &None, "dialect and base_url together".into()).into()),
    };
    if let Some(variable) = &settings.key_env {
        provider = provider.with_key_variable(variable);
    }
    for (name, value) in &settings.parameters {
        if !provider.parameters().any(|known| known == name) {
            let known: Vec<&str> = provider.parameters().collect();
            let expected = format!("one of the provider's own that are still open ({})", known.join(", "));
            return Err(wrong("parameters", &Some(name.clone()), expected).into());
        }
        provider = provider.with_parameter(name, value)?;
    }
    Ok(provider)
}

fn default_model(config: &Config, catalogue: &Catalogue) -> Result<String, Error> {
    let id = config.environment.get("LLM_PROVIDER").unwrap_or_else(|| "openai".to_owned());
    let variable = catalogue.provider(&id)?.model_variable();
    let model = config.environment.get(&variable).ok_or(ConfigError::NoModel { variable })?;
    Ok(format!("{id}/{model}"))
}

#[cfg(test)]
mod tests {
    use toolgate_http_client::HyperClient;

    use super::*;
    use crate::Environment;

    #[test]
    fn a_bad_base_url_fails_its_own_provider_only() {
        let config = Config::from_environment(Environment::from_iter([
            ("OPENAI_API_KEY", "k"),
            ("ANTHROPIC_API_KEY", "k"),
            ("OPENAI_BASE_URL", "nonsense"),
        ]));
        let tls = toolgate_tls_config::ClientTls::new().build().unwrap();
        let http: Arc<dyn HttpClient> = Arc::new(HyperClient::builder(tls).build());
        let (metrics, authorizers) = (Metrics::new(&config), Authorizers::default());
        assert!(resolve(&config, Some("anthropic/a"), http.clone(), &metrics, &authorizers).is_ok());
        assert!(resolve(&config, Some("openai/a"), http, &metrics, &authorizers).is_err());
        assert_eq!(keyed(&config).unwrap(), ["anthropic", "openai"]);
    }

    #[test]
    fn a_model_for_short_prompts_is_one_of_those_that_may_answer() {
        let mut config = Config::from_environment(Environment::from_iter([("OPENAI_API_KEY", "k")]));
        config.model = Some("openai/a".to_owned());
        config.routing.short_prompts = Some(ShortPromptsConfig::new("openai/b", 10));
        let tls = toolgate_tls_config::ClientTls::new().build().unwrap();
        let http: Arc<dyn HttpClient> = Arc::new(HyperClient::builder(tls).build());
        let (metrics, authorizers) = (Metrics::new(&config), Authorizers::default());
        let refused =
            configured_models(&config, &http, &metrics, &authorizers, None).unwrap_err().to_string();
        assert!(refused.contains("\"openai/b\"; expected one of [[models]]"), "{refused}");
    }
}
