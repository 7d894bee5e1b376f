//! A model that can be talked to: the thin edge between the pure dialects and the network.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use toolgate_http_client::{Credential, HttpClient, ModelProvider, Origin, Request, SendOptions};
use toolgate_tool_types::Tool;

use crate::lossiness::Losses;
use crate::{ApiKey, ChatRequest, ChatResponse, Provider, ProviderError, RenderedTools};

/// How many sets of tools stay rendered.
const RENDERED_SETS: usize = 8;

/// One model of one provider, with the key for it.
///
/// The key is bound to the provider's origin when the model is made; nothing that a request says can move it.
pub struct ChatModel {
    provider: Provider,
    name: Arc<str>,
    url: Uri,
    key: Option<ApiKey>,
    credential: Option<Credential<ModelProvider>>,
    http: Arc<dyn HttpClient>,
    send: SendOptions,
    rendered: Mutex<Vec<Arc<RenderedTools>>>,
}

impl ChatModel {
    /// The model `name` of `provider`. A provider that takes no key ignores one.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_llm_providers::{ApiKey, Catalogue, ChatModel};
    /// # fn http() -> Arc<dyn toolgate_http_client::HttpClient> { unimplemented!() }
    /// let groq = Catalogue::builtin().provider("groq")?.clone();
    /// let key = ApiKey::new(std::env::var("GROQ_API_KEY")?)?;
    /// let model = ChatModel::new(groq, "openai/gpt-oss-120b", Some(key), http())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) when the name is none,
    /// [`Authentication`](crate::ErrorKind::Authentication) when the provider needs a key and there is none.
    pub fn new(
        provider: Provider,
        name: impl Into<Arc<str>>,
        key: Option<ApiKey>,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, ProviderError> {
        let name = name.into();
        let url = provider.chat_url(&name)?;
        let origin = Origin::of(&url).map_err(|error| ProviderError::transport(provider.id(), error))?;
        let credential = provider.credential(origin, key.as_ref())?;
        // Without streaming, the first byte comes with the last.
        let total = Duration::from_secs(300);
        let send = SendOptions::default().with_first_byte(total).with_total(total);
        Ok(Self { provider, name, url, key, credential, http, send, rendered: Mutex::default() })
    }

    /// Sets deadlines and the size limit. Default: 300 s for the whole answer, 30 s between two pieces of it, 16 MiB.
    #[must_use]
    pub fn with_send_options(mut self, send: SendOptions) -> Self {
        self.send = send;
        self
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// The model's name, as the provider spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks the model. One HTTP request: nothing is repeated and nobody else is asked.
    ///
    /// # Errors
    /// [`ProviderError`], whose kind says who must act.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the answer; the provider may still count it.
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ProviderError> {
        let tools = self.rendered(&request.tools);
        let encoded = self.provider.encode(&self.name, &tools, request)?;
        let transport = |error| ProviderError::transport(self.provider.id(), error);
        let reply = self.http.send(self.http_request(encoded.body)).await.map_err(transport)?;
        let (head, body) = reply.into_parts();
        let body = body.bytes().await.map_err(transport)?;
        if !head.status.is_success() {
            let now = SystemTime::now();
            let key = self.key.as_ref();
            return Err(self.provider.decode_error(head.status, &head.headers, &body, now, key));
        }
        let mut response = self.provider.decode(&tools, request, &body, self.key.as_ref())?;
        tracing::debug!(
            provider = self.provider.id(),
            model = &*self.name,
            finish = ?response.finish,
            input_tokens = response.usage.input,
            output_tokens = response.usage.output,
            losses = encoded.lossiness.len(),
            "model answered"
        );
        if !encoded.lossiness.is_empty() {
            let mut all = Losses::default();
            all.extend(&encoded.lossiness);
            all.extend(&response.lossiness);
            response.lossiness = all.into_vec();
        }
        Ok(response)
    }

    fn http_request(&self, body: bytes::Bytes) -> Request {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json.clone());
        request.headers_mut().insert(ACCEPT, json);
        for (name, value) in self.provider.dialect().headers() {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        if let Some(credential) = &self.credential {
            credential.attach(&mut request);
        }
        self.send.attach(&mut request);
        request
    }

    /// The tools in the provider's dialect: rendered once per set, the latest few kept.
    fn rendered(&self, tools: &Arc<[Tool]>) -> Arc<RenderedTools> {
        let dialect = self.provider.dialect();
        let lock = || self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().iter().find(|rendered| rendered.is_for(dialect, tools)) {
            return Arc::clone(found);
        }
        // Rendered outside the lock: two at once do the work twice, and nobody waits.
        let fresh = Arc::new(RenderedTools::new(dialect, Arc::clone(tools)));
        let mut kept = lock();
        kept.truncate(RENDERED_SETS - 1);
        kept.insert(0, Arc::clone(&fresh));
        fresh
    }
}

impl fmt::Debug for ChatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatModel({}/{})", self.provider.id(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use toolgate_http_client::{HttpError, Response};

    use super::*;
    use crate::Dialect;

    struct Unplugged;

    #[async_trait]
    impl HttpClient for Unplugged {
        async fn send(&self, _: Request) -> Result<Response, HttpError> {
            panic!("nothing is to be sent")
        }
    }

    #[test]
    fn the_same_tools_are_rendered_once() {
        let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
        let model = ChatModel::new(provider, "m", None, Arc::new(Unplugged)).unwrap();
        let sets: Vec<Arc<[Tool]>> = (0..=RENDERED_SETS).map(|_| Arc::from(Vec::new())).collect();
        let first = model.rendered(&sets[0]);
        assert!(Arc::ptr_eq(&first, &model.rendered(&sets[0])));
        assert!(!Arc::ptr_eq(&first, &model.rendered(&sets[1])));
        for set in &sets[2..] {
            model.rendered(set);
        }
        assert!(!Arc::ptr_eq(&first, &model.rendered(&sets[0])));
    }
}
