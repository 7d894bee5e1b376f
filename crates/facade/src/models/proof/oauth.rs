//! Tokens of client credentials for models, through the same cache as those for MCP servers: Azure's Entra, Databricks.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use toolgate_http_client::{Credential, HttpClient, ModelProvider, Origin, Request};
use toolgate_llm_providers::{Authorizer, ErrorKind, Provider, ProviderError};
use toolgate_oauth_cc::{
    AccessToken, ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenError, TokenSource as _,
};

use crate::{Config, Error};

/// The scope of Azure's models, whichever resource they are on.
const AZURE_SCOPE: &str = "https://cognitiveservices.azure.com/.default";
const AZURE_AUTHORITY: &str = "https://login.microsoftonline.com";

/// A client at an authorization server, as the cloud's own programs name its parts.
struct Client<'a> {
    token_endpoint: String,
    id: &'a str,
    secret: &'a str,
    scope: &'static str,
}

/// Entra, for a client that `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` name.
pub(super) fn entra(
    config: &Config,
    provider: &Provider,
    http: &Arc<dyn HttpClient>,
) -> Result<Option<Arc<dyn Authorizer>>, Error> {
    let Some(tenant) = config.environment.get("AZURE_TENANT_ID") else { return Ok(None) };
    let authority = config.environment.get("AZURE_AUTHORITY_HOST");
    let authority = authority.as_deref().unwrap_or(AZURE_AUTHORITY).trim_end_matches('/');
    let client = Client {
        token_endpoint: format!("{authority}/{tenant}/oauth2/v2.0/token"),
        id: "AZURE_CLIENT_ID",
        secret: "AZURE_CLIENT_SECRET",
        scope: AZURE_SCOPE,
    };
    client.authorizer(config, provider, http)
}

/// A workspace's own token endpoint, for a client that `DATABRICKS_CLIENT_ID` and `DATABRICKS_CLIENT_SECRET` name.
pub(super) fn databricks(
    config: &Config,
    provider: &Provider,
    http: &Arc<dyn HttpClient>,
) -> Result<Option<Arc<dyn Authorizer>>, Error> {
    let Ok(url) = provider.base_url().parse() else { return Ok(None) };
    let client = Client {
        token_endpoint: format!("{}/oidc/v1/token", Origin::of(&url)?),
        id: "DATABRICKS_CLIENT_ID",
        secret: "DATABRICKS_CLIENT_SECRET",
        scope: "all-apis",
    };
    client.authorizer(config, provider, http)
}

impl Client<'_> {
    fn authorizer(
        self,
        config: &Config,
        provider: &Provider,
        http: &Arc<dyn HttpClient>,
    ) -> Result<Option<Arc<dyn Authorizer>>, Error> {
        let (id, secret) = (config.environment.get(self.id), config.environment.get(self.secret));
        let (Some(id), Some(secret)) = (id, secret) else { return Ok(None) };
        let secret = ClientAuthentication::SecretPost(Secret::new(secret));
        let tokens = |credentials: ClientCredentials| TokenCache::new(credentials, Arc::clone(http));
        let cache = ClientCredentials::new(&self.token_endpoint, &id, secret)
            .and_then(|client| client.with_scopes([self.scope]))
            .map(|client| tokens(client.with_insecure_loopback(config.tls.insecure_loopback)))
            .map_err(|error| refused(provider.id(), &error))?;
        let provider = provider.id().into();
        Ok(Some(Arc::new(OauthTokens { provider, cache, latest: Mutex::default() })))
    }
}

/// Tokens from a cache.
struct OauthTokens {
    provider: Arc<str>,
    cache: TokenCache,
    /// What was sent last: what a refusal is of.
    latest: Mutex<Option<AccessToken>>,
}

#[async_trait]
impl Authorizer for OauthTokens {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        let token = self.cache.token().await.map_err(|error| refused(&self.provider, &error))?;
        let origin = Origin::of(request.uri()).map_err(|error| {
            ProviderError::new(ErrorKind::Configuration, Arc::clone(&self.provider), error.to_string())
        })?;
        Credential::<ModelProvider>::authorization(origin, token.header()).attach(request);
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }

    fn refused(&self) {
        if let Some(token) = self.latest.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.cache.refused(&token);
        }
    }
}

fn refused(provider: &str, error: &TokenError) -> ProviderError {
    let kind = if error.is_transient() { ErrorKind::Unavailable } else { ErrorKind::Authentication };
    ProviderError::new(kind, provider, format!("no access token: {error}"))
}

impl fmt::Debug for OauthTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OauthTokens({})", self.provider)
    }
}

#[cfg(test)]
mod tests {
    use toolgate_http_client::{AttachedCredential, Body, HttpError, Response};
    use toolgate_llm_providers::{Catalogue, ChatModel, ChatRequest, Message};

    use super::*;
    use crate::Environment;
    use crate::metrics::Metrics;
    use crate::models::{Authorizers, Resolver};
    use crate::{Prompt, TargetConfig, Toolgate};

    /// The authorization server and the model in one; keeps what it was asked.
    #[derive(Default)]
    struct Cloud(Mutex<Vec<String>>);

    #[async_trait]
    impl HttpClient for Cloud {
        async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
            let origin = Origin::of(request.uri())?;
            AttachedCredential::apply(&mut request, &origin)?;
            let proof =
                request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let is_token = request.uri().path().ends_with("/token");
            let asked = if is_token { body } else { proof.unwrap_or_default() };
            self.0.lock().unwrap().push(format!("{} {asked}", request.uri()));
            let answer = if is_token {
                r#"{"access_token":"t0ken-of-a-cloud","token_type":"Bearer","expires_in":3600}"#
            } else {
                r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#
            };
            let mut response = Response::new(Body::from(bytes::Bytes::from_static(answer.as_bytes())));
            response.headers_mut().insert("content-type", "application/json".parse().unwrap());
            Ok(response)
        }
    }

    fn config(variables: &[(&str, &str)]) -> Config {
        Config::from_environment(variables.iter().copied().collect::<Environment>())
    }

    fn resolve(
        config: &Config,
        id: &str,
        cloud: &Arc<Cloud>,
        authorizers: &Authorizers,
    ) -> Result<ChatModel, Error> {
        let (http, metrics): (Arc<dyn HttpClient>, _) = (cloud.clone(), Metrics::new(config));
        Resolver { config, http: &http, metrics: &metrics, authorizers }.chat_model(Some(id))
    }

    #[tokio::test]
    async fn entra_stands_in_for_a_key_and_one_token_serves_all_models() {
        let config = config(&[
            ("AZURE_RESOURCE", "ours"),
            ("AZURE_TENANT_ID", "tenant"),
            ("AZURE_CLIENT_ID", "client"),
            ("AZURE_CLIENT_SECRET", "s3cret"),
        ]);
        let (cloud, authorizers) = (Arc::new(Cloud::default()), Authorizers::default());
        for model in ["azure/gpt-5", "azure/gpt-4.1"] {
            let model = resolve(&config, model, &cloud, &authorizers).unwrap();
            assert_eq!(model.chat(&ChatRequest::new(vec![Message::user("u")])).await.unwrap().text(), "hi");
        }
        let asked = cloud.0.lock().unwrap();
        assert_eq!(asked.len(), 3, "{asked:?}");
        assert!(
            asked[0].starts_with("https://login.microsoftonline.com/tenant/oauth2/v2.0/token "),
            "{asked:?}"
        );
        assert!(
            asked[0].contains("client_secret=s3cret") && asked[0].contains("cognitiveservices"),
            "{asked:?}"
        );
        // MB-16: what stands in for a key is as secret as one.
        let mut kept = Vec::new();
        authorizers.kept().each(&mut |secret| kept.push(secret.to_owned()));
        assert_eq!(kept, ["t0ken-of-a-cloud"]);
        assert_eq!(
            asked[1],
            "https://ours.openai.azure.com/openai/v1/chat/completions Bearer t0ken-of-a-cloud"
        );
    }

    /// A cloud whose authorization server is away.
    struct Away(Cloud);

    #[async_trait]
    impl HttpClient for Away {
        async fn send(&self, request: Request) -> Result<Response, HttpError> {
            if !request.uri().path().ends_with("/token") {
                return self.0.send(request).await;
            }
            let mut response = Response::new(Body::from(bytes::Bytes::new()));
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            Ok(response)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_token_can_be_had_now_another_model_answers() {
        let mut config = config(&[
            ("AZURE_RESOURCE", "ours"),
            ("AZURE_TENANT_ID", "tenant"),
            ("AZURE_CLIENT_ID", "client"),
            ("AZURE_CLIENT_SECRET", "s3cret"),
            ("OPENAI_API_KEY", "sk-of-openai"),
            ("OAUTH_CLIENT_ID", "c"),
            ("OAUTH_CLIENT_SECRET", "s"),
        ]);
        config.models = ["azure/gpt-5", "openai/gpt-5"].map(TargetConfig::new).into();
        config.models[1].order = 1;
        let away: Arc<dyn HttpClient> = Arc::new(Away(Cloud::default()));
        let toolgate = Toolgate::open_with(config, away).unwrap();
        let azure = toolgate.model(Some("azure/gpt-5")).unwrap();
        let error = azure.chat(&ChatRequest::new(vec![Message::user("u")])).await.unwrap_err();
        assert_eq!((error.kind(), error.surely_did_nothing()), (ErrorKind::Unavailable, true), "{error}");
        let prompt = Prompt::from("hello").with_own_tools(Vec::new(), None);
        let answer = toolgate.chat(&toolgate.models().unwrap(), prompt).await.unwrap();
        assert_eq!((&*answer.model, &*answer.text), ("openai/gpt-5", "hi"));
    }

    #[tokio::test]
    async fn a_gigachat_key_goes_to_its_endpoint_and_the_token_to_the_model() {
        let variables = [
            ("GIGACHAT_CREDENTIALS", "a2V5"),
            ("GIGACHAT_SCOPE", "GIGACHAT_API_B2B"),
            ("GIGACHAT_AUTH_URL", "https://as.example/token"),
        ];
        let config = config(&variables);
        let (cloud, authorizers) = (Arc::new(Cloud::default()), Authorizers::default());
        let model = resolve(&config, "gigachat/GigaChat-2", &cloud, &authorizers).unwrap();
        assert_eq!(model.chat(&ChatRequest::new(vec![Message::user("u")])).await.unwrap().text(), "hi");
        let asked = cloud.0.lock().unwrap();
        assert_eq!(
            *asked,
            [
                "https://as.example/token scope=GIGACHAT_API_B2B",
                "https://gigachat.devices.sberbank.ru/api/v1/chat/completions Bearer t0ken-of-a-cloud",
            ]
        );
        let nothing = Authorizers::default();
        let missing = resolve(&self::config(&[]), "gigachat/m", &cloud, &nothing).unwrap_err();
        assert!(missing.to_string().contains("GIGACHAT_CREDENTIALS"), "{missing}");
    }

    #[test]
    fn a_workspace_gives_its_own_tokens_and_without_a_client_a_key_is_missing() {
        let http: Arc<dyn HttpClient> = Arc::new(Cloud::default());
        let provider = Catalogue::builtin().provider("databricks").unwrap().clone();
        let provider = provider.with_parameter("workspace", "w.cloud.databricks.com").unwrap();
        let client = [("DATABRICKS_CLIENT_ID", "c"), ("DATABRICKS_CLIENT_SECRET", "s")];
        assert!(databricks(&config(&client), &provider, &http).unwrap().is_some());
        assert!(databricks(&config(&client[..1]), &provider, &http).unwrap().is_none());
        let config = config(&[("DATABRICKS_WORKSPACE", "w.cloud.databricks.com")]);
        let cloud = Arc::new(Cloud::default());
        let missing = resolve(&config, "databricks/m", &cloud, &Authorizers::default()).unwrap_err();
        assert!(missing.to_string().contains("DATABRICKS_TOKEN"), "{missing}");
    }
}
