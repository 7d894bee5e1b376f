//! Model providers as the settings have them: the catalogue's, `[providers]` over them, the environment over both.

use toolgate_llm_providers::{ApiKey, Authentication, Catalogue, Dialect, Provider, ProviderError};

use crate::alike::{alike, question};
use crate::{Config, ConfigError, Error, ModelProviderConfig};

/// The built-in providers, with the configured ones over them.
pub(super) fn catalogue(config: &Config) -> Result<Catalogue, Error> {
    let mut catalogue = Catalogue::builtin();
    for (id, settings) in &config.providers {
        let provider = configured(&catalogue, id, settings)?;
        catalogue = catalogue.with_provider(provider);
    }
    Ok(catalogue)
}

/// The provider with this id.
pub(super) fn named<'a>(catalogue: &'a Catalogue, id: &str) -> Result<&'a Provider, ConfigError> {
    catalogue.provider(id).map_err(|_| ConfigError::NoProvider {
        found: id.chars().take(100).collect(),
        alike: alike(id, catalogue.iter().map(Provider::id)).map(str::to_owned),
        known: catalogue.iter().count(),
    })
}

fn configured(catalogue: &Catalogue, id: &str, settings: &ModelProviderConfig) -> Result<Provider, Error> {
    let wrong = |what: &str, found: Option<&str>, expected: &str| {
        ConfigError::value(format!("{what} of [providers.{id}]"), found.unwrap_or_default(), expected)
    };
    let named = settings.dialect.as_deref();
    let dialect = named
        .map(str::parse::<Dialect>)
        .transpose()
        .map_err(|error| wrong("dialect", named, error.to_string().trim_start_matches("expected ")))?;
    let mut provider = match (catalogue.provider(id).ok(), dialect, &settings.base_url) {
        (Some(known), None, None) => known.clone(),
        (Some(known), None, Some(base_url)) => known.clone().with_base_url(base_url)?,
        (_, Some(dialect), Some(base_url)) => Provider::new(id, base_url, dialect)?,
        (None, _, None) => {
            let meant = question(alike(id, catalogue.iter().map(Provider::id)));
            let expected = format!("a URL such as https://host/v1, as no provider {id:?} is built in{meant}");
            return Err(wrong("base_url", None, &expected).into());
        }
        (_, _, _) => return Err(wrong("dialect", None, "dialect and base_url together").into()),
    };
    if let Some(variable) = &settings.key_env {
        provider = provider.with_key_variable(variable);
    }
    for (name, value) in &settings.parameters {
        if !provider.parameters().any(|known| known == name) {
            let known: Vec<&str> = provider.parameters().collect();
            let expected = format!("one of the provider's own that are still open ({})", known.join(", "));
            return Err(wrong("parameters", Some(name), &expected).into());
        }
        provider = provider.with_parameter(name, value)?;
    }
    for (name, value) in &settings.headers {
        provider = provider.with_header(name, value)?;
    }
    Ok(provider)
}

/// The provider with the headers whose values are secrets. Only who asks it needs them.
pub(super) fn with_secret_headers(config: &Config, mut provider: Provider) -> Result<Provider, Error> {
    let settings = config.providers.get(provider.id());
    for (name, variable) in settings.into_iter().flat_map(|settings| &settings.header_env) {
        let value = config.environment.get(variable).ok_or_else(|| {
            let what = format!("header_env of [providers.{}]", provider.id());
            ConfigError::value(what, variable, "a variable that is set")
        })?;
        provider = provider.with_secret_header(name, &value)?;
    }
    Ok(provider)
}

pub(super) fn default_model(config: &Config, catalogue: &Catalogue) -> Result<String, Error> {
    let id = config.environment.get("LLM_PROVIDER").unwrap_or_else(|| "openai".to_owned());
    let variable = named(catalogue, &id)?.model_variable();
    let model = config.environment.get(&variable).ok_or(ConfigError::NoModel { variable })?;
    Ok(format!("{id}/{model}"))
}

/// The provider where the environment says that it is: at another base URL, or with what its own leaves open.
pub(super) fn moved(config: &Config, mut provider: Provider) -> Result<Provider, ProviderError> {
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

/// The provider's own key, from its own variable and no other.
pub(super) fn key(config: &Config, provider: &Provider) -> Result<Option<ApiKey>, Error> {
    let Some(variable) = provider.key_variable() else { return Ok(None) };
    match config.environment.get(&variable) {
        Some(key) => Ok(Some(ApiKey::new(key).map_err(|_| ConfigError::BadKey { variable })?)),
        None if provider.authentication() == Authentication::BearerIfGiven => Ok(None),
        None => Err(ConfigError::NoKey { provider: provider.id().to_owned(), variable }.into()),
    }
}
