//! A model that can be talked to: the thin edge between the pure dialects and the network.

mod listing;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Uri};
use toolgate_http_client::{Body, HttpClient, Request, SendOptions};
use toolgate_tool_types::Tool;

use crate::access::{Access, JSON};
use crate::lossiness::Losses;
use crate::{
    ApiKey, Authorizer, ChatRequest, ChatResponse, ChatStream, Encoded, Provider, ProviderError, RateLimits,
    RenderedTools, StreamDecoder,
};

/// How many sets of tools stay rendered.
const RENDERED_SETS: usize = 8;

/// One model of one provider, with the key for it.
///
/// The key is bound to the provider's origin when the model is made; nothing that a request says can move it. Cheap to
/// clone; clones share the rendered tools.
#[derive(Clone)]
pub struct ChatModel {
    access: Access,
    name: Arc<str>,
    urls: Urls,
    send: SendOptions,
    send_stream: SendOptions,
    rendered: Arc<Mutex<Vec<Arc<RenderedTools>>>>,
}

/// Where answers come from, whole and in pieces.
#[derive(Clone)]
struct Urls {
    whole: Uri,
    stream: Uri,
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
        let urls = Urls { whole: provider.chat_url(&name, false)?, stream: provider.chat_url(&name, true)? };
        let access = Access::new(provider, &urls.whole, key, http)?;
        // Without streaming, the first byte comes with the last.
        let total = Duration::from_secs(300);
        let send = SendOptions::default().with_first_byte(total).with_total(total);
        // A model that thinks may say nothing for long, and then write for long.
        let silence = Duration::from_secs(120);
        let send_stream = SendOptions::default()
            .with_first_byte(silence)
            .with_idle(silence)
            .with_total(Duration::from_secs(3600));
        Ok(Self { access, name, urls, send, send_stream, rendered: Arc::default() })
    }

    /// Sets who proves to the provider who asks. It stands in for the key. A provider that would miss its key is told
    /// so beforehand, by [`Authentication::Authorizer`](crate::Authentication::Authorizer).
    #[must_use]
    pub fn with_authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.access = self.access.with_authorizer(authorizer);
        self
    }

    /// Sets deadlines and the size limit. Default: 300 s for the whole answer and for its beginning, 30 s between two pieces
    /// of it, 16 MiB. All of them are replaced: [`SendOptions::default`] waits 30 s for the beginning, which is not enough
    /// for a model that answers in one piece, so say [`with_first_byte`](SendOptions::with_first_byte) too.
    #[must_use]
    pub fn with_send_options(mut self, send: SendOptions) -> Self {
        self.send = send;
        self
    }

    /// The same for streams. Default: 120 s for the first piece and between two, an hour in all, 16 MiB.
    #[must_use]
    pub fn with_stream_options(mut self, send: SendOptions) -> Self {
        self.send_stream = send;
        self
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        self.access.provider()
    }

    /// The model's name, as the provider spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether `other` asks the same model, at the same place and with the same key: what is known about one then holds for
    /// both.
    #[must_use]
    pub fn asks_like(&self, other: &Self) -> bool {
        self.name == other.name && self.access.is_like(&other.access)
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
        let encoded = self.encoded(&tools, request, self.provider().is_streamed(&self.name, request))?;
        let asked = self.access.request(&self.urls.whole, JSON, self.send, encoded.body);
        let asked = with_headers(asked, encoded.headers);
        let (limits, token, body) = self.access.send(asked).await.map(wanted)?;
        let body = self.access.whole(body).await?;
        let mut response =
            self.provider().decode(&tools, request, &body, self.access.shown(token.as_ref()))?;
        response.rate_limits = limits;
        response.message.written_by(&self.name);
        tracing::debug!(
            provider = self.provider().id(),
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

    /// Asks the model for an answer in pieces. Returns when the provider has begun to answer. What a model does not stream, as Llama on
    /// Bedrock what may call tools, is asked for whole, and told in pieces.
    ///
    /// # Errors
    /// As [`chat`](Self::chat), for everything that happens before the first piece.
    ///
    /// # Cancel safety
    /// Dropping the future, or the stream later, closes the request; the provider may still count it.
    pub async fn stream(&self, request: &ChatRequest) -> Result<ChatStream, ProviderError> {
        let tools = self.rendered(&request.tools);
        let provider = self.access.provider();
        let (encoded, url, accept, send) = if provider.is_whole(&self.name, request) {
            let stream = provider.is_streamed(&self.name, request);
            (self.encoded(&tools, request, stream)?, &self.urls.whole, JSON, self.send)
        } else {
            let accept = provider.dialect().format().framing.accept();
            (self.encoded(&tools, request, true)?, &self.urls.stream, accept, self.send_stream)
        };
        let asked = self.access.request(url, accept, send, encoded.body);
        let asked = with_headers(asked, encoded.headers);
        let (head, body) = self.access.send(asked).await?;
        let key = self.access.shown(head.extensions.get()).cloned();
        let mut decoder = StreamDecoder::new(Arc::clone(provider), tools, request, key);
        let limits = RateLimits::of(&head.headers, SystemTime::now());
        let begun =
            |decoder, body| ChatStream::new(decoder, body, Arc::clone(&self.name), limits, encoded.lossiness);
        if is_json(&head.headers) {
            // No stream after all: an error inside a 200, or a server that cannot stream.
            let body = Box::pin(self.access.whole(body)).await?;
            decoder.take_whole(body);
            return Ok(begun(decoder, Body::from(Bytes::new())));
        }
        Ok(begun(decoder, body))
    }

    /// The request's bytes, with `tools` of [`rendered`](Self::rendered).
    fn encoded(
        &self,
        tools: &RenderedTools,
        request: &ChatRequest,
        stream: bool,
    ) -> Result<Encoded, ProviderError> {
        let encoded = self.provider().encode_fitted(&self.name, tools, request, stream);
        encoded.map_err(ProviderError::early)
    }

    /// The tools in the provider's dialect: rendered once per set, the latest few kept.
    fn rendered(&self, tools: &Arc<[Tool]>) -> Arc<RenderedTools> {
        let dialect = self.provider().dialect();
        let lock = || self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().iter().find(|rendered| rendered.is_for(dialect, tools)) {
            return Arc::clone(found);
        }
        // Rendered outside the lock: two at once do the work twice, and nobody waits.
        let fresh = Arc::new(RenderedTools::of(self.provider(), &self.name, Arc::clone(tools)));
        let mut kept = lock();
        kept.truncate(RENDERED_SETS - 1);
        kept.insert(0, Arc::clone(&fresh));
        fresh
    }
}

/// With what this request says beside what all of them say. Both stand in one line: of two, some servers read one.
fn with_headers(mut asked: Request, headers: &'static [(&'static str, &'static str)]) -> Request {
    for (name, value) in headers {
        let headers = asked.headers_mut();
        let said = headers.get(*name).map(|said| [said.as_bytes(), b",", value.as_bytes()].concat());
        let both = said.and_then(|both| HeaderValue::from_bytes(&both).ok());
        headers.insert(*name, both.unwrap_or(HeaderValue::from_static(value)));
    }
    asked
}

/// What is wanted of a reply's head, so that it is not held while its body comes.
fn wanted((mut head, body): (Parts, Body)) -> (RateLimits, Option<ApiKey>, Body) {
    (RateLimits::of(&head.headers, SystemTime::now()), head.extensions.remove(), body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().get(..JSON.len()).is_some_and(|start| start.eq_ignore_ascii_case(JSON))
}

impl fmt::Debug for ChatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatModel({}/{})", self.provider().id(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use toolgate_http_client::{HttpError, Request, Response};

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
