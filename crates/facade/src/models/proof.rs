//! Proof of who asks a cloud's models, where no key is set: tokens and signatures that are made from the cloud's own
//! credentials, found where the cloud's own programs look for them.

#[cfg(feature = "vertex")]
mod google;
mod keeping;
mod oauth;
#[cfg(feature = "snowflake")]
mod snowflake;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use toolgate_http_client::HttpClient;
use toolgate_llm_providers::{Authorizer, Provider, TokenAuthorizer};

use self::keeping::Keeping;
use crate::kept::Kept;
use crate::{Config, ConfigError, Error};

/// The authorizers made so far, by provider: their tokens outlive the model that they were made for.
#[derive(Default)]
pub(crate) struct Authorizers {
    made: Mutex<BTreeMap<String, Arc<dyn Authorizer>>>,
    kept: Arc<Kept>,
}

impl Authorizers {
    /// What they show is `kept` as secret.
    pub(crate) fn new(kept: Arc<Kept>) -> Self {
        Self { made: Mutex::default(), kept }
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The authorizer of `provider`; none where it has none, or the credentials for one are not set.
    pub(super) fn of(
        &self,
        config: &Config,
        provider: &Provider,
        http: &Arc<dyn HttpClient>,
    ) -> Result<Option<Arc<dyn Authorizer>>, Error> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(provider.id()) {
            return Ok(Some(Arc::clone(known)));
        }
        let keeping =
            |inner| Arc::new(Keeping { inner, kept: Arc::clone(&self.kept) }) as Arc<dyn Authorizer>;
        let new = make(config, provider, http)?.map(keeping);
        if let Some(new) = &new {
            made.insert(provider.id().to_owned(), Arc::clone(new));
        }
        Ok(new)
    }
}

/// The variables that hold what such proofs are made with, whichever of them are set.
pub(crate) const SECRET_VARIABLES: [&str; 8] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "DATABRICKS_CLIENT_SECRET",
    "GIGACHAT_CREDENTIALS",
    "SNOWFLAKE_PRIVATE_KEY_RAW",
    "WATSONX_APIKEY",
    "WATSONX_API_KEY",
];

/// Those of providers whose models take no key, but a token for it that a server of theirs gives.
pub(crate) const KEYS_FOR_TOKENS: [&str; 2] = ["GIGACHAT_CREDENTIALS", "WATSONX_API_KEY"];

/// What to do where a provider takes no key and nothing else is there.
pub(super) fn missing(provider: &Provider) -> ConfigError {
    let what = "proof of who asks this provider, which takes no key,";
    let mend = match provider.id() {
        "gigachat" => "set GIGACHAT_CREDENTIALS",
        "sagemaker" => "build toolgate with the feature `bedrock`",
        "watsonx" | "watsonx_gateway" => "set WATSONX_API_KEY",
        id if id.starts_with("vertex_ai") => "build toolgate with the feature `vertex`",
        _ => "use a provider that takes a key",
    };
    ConfigError::Missing { what, mend }
}

fn make(
    config: &Config,
    provider: &Provider,
    http: &Arc<dyn HttpClient>,
) -> Result<Option<Arc<dyn Authorizer>>, Error> {
    match provider.id() {
        "azure" | "azure_ai" | "azure_responses" => oauth::entra(config, provider, http),
        "databricks" => oauth::databricks(config, provider, http),
        "gigachat" => gigachat(config, provider, http),
        "watsonx" | "watsonx_gateway" => Ok(ibm(config, provider, http)),
        #[cfg(feature = "bedrock")]
        "bedrock" | "bedrock_anthropic" | "sagemaker" => aws(config, provider).map(Some),
        #[cfg(feature = "snowflake")]
        "snowflake" => snowflake::authorizer(config, provider),
        #[cfg(feature = "vertex")]
        id if id.starts_with("vertex_ai") => google::authorizer(config, provider, http).map(Some),
        _ => Ok(None),
    }
}

/// IBM's IAM, or the one that `WATSONX_IAM_URL` names, for an API key under one of the names that IBM's own programs have
/// for it.
fn ibm(config: &Config, provider: &Provider, http: &Arc<dyn HttpClient>) -> Option<Arc<dyn Authorizer>> {
    let key = ["WATSONX_API_KEY", "WATSONX_APIKEY"].iter().find_map(|name| config.environment.get(name))?;
    let endpoint = config.environment.get("WATSONX_IAM_URL");
    Some(Arc::new(TokenAuthorizer::ibm(provider.id(), key, endpoint.as_deref(), Arc::clone(http))))
}

/// Sber's token endpoint, or the one that `GIGACHAT_AUTH_URL` names, for the authorization key in `GIGACHAT_CREDENTIALS` and
/// the version of the API in `GIGACHAT_SCOPE`, that for persons if it is not set, as GigaChat's own programs have it.
fn gigachat(
    config: &Config,
    provider: &Provider,
    http: &Arc<dyn HttpClient>,
) -> Result<Option<Arc<dyn Authorizer>>, Error> {
    let variable = |name: &str| config.environment.get(name);
    let Some(key) = variable("GIGACHAT_CREDENTIALS") else { return Ok(None) };
    let scope = variable("GIGACHAT_SCOPE");
    let scope = scope.as_deref().unwrap_or("GIGACHAT_API_PERS");
    let endpoint = variable("GIGACHAT_AUTH_URL");
    let tokens = TokenAuthorizer::gigachat(provider.id(), key, scope, endpoint.as_deref(), Arc::clone(http))?;
    Ok(Some(Arc::new(tokens)))
}

/// The keys of the environment, else those that AWS's own programs would find. A service signs under its own name, whatever is
/// asked of it.
#[cfg(feature = "bedrock")]
fn aws(config: &Config, provider: &Provider) -> Result<Arc<dyn Authorizer>, Error> {
    use toolgate_llm_providers::{AwsKeys, AwsScope, AwsSigner};

    let id = provider.id();
    let service = if id == "sagemaker" { id } else { "bedrock" };
    let scope = AwsScope { service: service.to_owned(), region: region(config, provider) };
    let variable = |name: &str| config.environment.get(name);
    let keys = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    Ok(Arc::new(match keys {
        (Some(access_key_id), Some(secret_access_key)) => {
            let session_token = variable("AWS_SESSION_TOKEN");
            AwsSigner::with_keys(id, scope, AwsKeys { access_key_id, secret_access_key, session_token })
        }
        _ => AwsSigner::from_default_chain(id, scope, config.metadata_client()?),
    }))
}

/// The region that the URL names: the signature is for the place that is asked. A gateway's URL names none.
#[cfg(feature = "bedrock")]
fn region(config: &Config, provider: &Provider) -> String {
    let host = provider.base_url().split_once("://").map_or("", |(_, rest)| rest);
    if let Some((service, _)) = host.split_once(".amazonaws.com") {
        return service.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let set = provider.parameter_variables("region").find_map(|name| config.environment.get(&name));
    set.unwrap_or_default()
}

#[cfg(all(test, feature = "bedrock"))]
mod tests {
    use toolgate_llm_providers::Catalogue;

    use super::*;
    use crate::Environment;

    #[test]
    fn the_region_is_that_of_the_host_else_the_one_that_is_set() {
        let config = Config::from_environment(Environment::from_iter([("AWS_REGION", "eu-west-1")]));
        for id in ["bedrock", "bedrock_anthropic", "sagemaker"] {
            let provider = Catalogue::builtin().provider(id).unwrap().clone();
            let elsewhere = provider.clone().with_parameter("region", "us-east-2").unwrap();
            assert_eq!(region(&config, &elsewhere), "us-east-2");
            let gateway = provider.with_base_url("https://gateway.example").unwrap();
            assert_eq!(region(&config, &gateway), "eu-west-1");
        }
    }
}
