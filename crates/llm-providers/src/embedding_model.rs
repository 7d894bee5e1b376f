//! A model that embeds texts: the thin edge between the pure dialects and the network.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use http::Uri;
use toolgate_http_client::{HttpClient, SendOptions};

use crate::access::{Access, JSON};
use crate::{
    ApiKey, Authorizer, EmbeddingRequest, EmbeddingResponse, EncodedBatch, Provider, ProviderError,
    RateLimits,
};

/// How many requests for the batches of one [`EmbeddingRequest`] are under way at once, by default: enough to hide the
/// way there and back, few enough for the rate limits of a small account.
const IN_FLIGHT: usize = 4;

/// The largest answer: 256 vectors of 4,096 numbers of 20 characters are 21 MB.
const MAX_BODY: usize = 64 << 20;

/// One embedding model of one provider, with the key for it: what [`ChatModel`](crate::ChatModel) is for chats.
///
/// The key is bound to the provider's origin when the model is made; nothing that a request says can move it. Cheap to
/// clone.
#[derive(Clone)]
pub struct EmbeddingModel {
    access: Access,
    name: Arc<str>,
    url: Uri,
    send: SendOptions,
    in_flight: usize,
}

impl EmbeddingModel {
    /// The model `name` of `provider`. A provider that takes no key ignores one.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_llm_providers::{ApiKey, Catalogue, EmbeddingModel};
    /// # fn http() -> Arc<dyn toolgate_http_client::HttpClient> { unimplemented!() }
    /// let openai = Catalogue::builtin().provider("openai")?.clone();
    /// let key = ApiKey::new(std::env::var("OPENAI_API_KEY")?)?;
    /// let model = EmbeddingModel::new(openai, "text-embedding-3-small", Some(key), http())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) when the name is none, or the provider's dialect has no
    /// embeddings, [`Authentication`](crate::ErrorKind::Authentication) when the provider needs a key and there is none.
    pub fn new(
        provider: Provider,
        name: impl Into<Arc<str>>,
        key: Option<ApiKey>,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, ProviderError> {
        let name = name.into();
        let url = provider.embeddings_url(&name)?;
        let access = Access::new(provider, &url, key, http)?;
        let wait = Duration::from_secs(120);
        // The same texts give the same vectors, so asking twice does no harm.
        let send = SendOptions::default().with_first_byte(wait).with_total(wait).with_repeatable(true);
        let send = send.with_max_body(MAX_BODY);
        Ok(Self { access, name, url, send, in_flight: IN_FLIGHT })
    }

    /// Sets who proves to the provider who asks. It stands in for the key.
    #[must_use]
    pub fn with_authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.access = self.access.with_authorizer(authorizer);
        self
    }

    /// Sets deadlines and the size limit of each HTTP request. Default: 120 s, 64 MiB, and repeatable: an HTTP client
    /// that is a [`Retry`](toolgate_http_client::Retry) may ask again within its budget.
    #[must_use]
    pub fn with_send_options(mut self, send: SendOptions) -> Self {
        self.send = send;
        self
    }

    /// Sets how many HTTP requests are under way at once when the texts do not fit into one; 0 counts as 1. Default: 4.
    #[must_use]
    pub fn with_in_flight(mut self, in_flight: usize) -> Self {
        self.in_flight = in_flight.max(1);
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

    /// Embeds texts: in as many HTTP requests as the provider's limits need, side by side. One that fails ends all.
    ///
    /// # Errors
    /// [`ProviderError`], whose kind says who must act. [`MalformedOutput`](crate::ErrorKind::MalformedOutput) when the
    /// vectors are not as many as the texts, not of one length or of another than was asked for.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the requests under way; the provider may still count them.
    pub async fn embed(&self, request: &EmbeddingRequest) -> Result<EmbeddingResponse, ProviderError> {
        let encoded = self.provider().encode_embeddings(&self.name, request).map_err(ProviderError::early)?;
        // Not made by the stream: a closure in it would have to be `Send` for every lifetime of the request.
        let asked: Vec<_> = encoded.batches.into_iter().map(|batch| self.ask(request, batch)).collect();
        let mut answers = stream::iter(asked).buffered(self.in_flight);
        let Some(mut whole) = answers.try_next().await? else { return Err(self.provider().no_texts()) };
        while let Some(next) = answers.try_next().await? {
            self.provider().check_lengths(&whole.vectors, &next.vectors)?;
            whole.append(next);
        }
        tracing::debug!(
            provider = self.provider().id(),
            model = &*self.name,
            texts = request.texts.len(),
            input_tokens = whole.usage.input,
            losses = encoded.lossiness.len(),
            "texts embedded"
        );
        whole.lossiness = encoded.lossiness;
        Ok(whole)
    }

    async fn ask(
        &self,
        request: &EmbeddingRequest,
        batch: EncodedBatch,
    ) -> Result<EmbeddingResponse, ProviderError> {
        let asked = self.access.request(&self.url, JSON, self.send, batch.body);
        let (head, body) = self.access.send(asked).await?;
        let body = self.access.whole(body).await?;
        let key = self.access.shown(head.extensions.get());
        let mut answer = self.provider().decode_embeddings(&self.name, request, batch.texts, &body, key)?;
        answer.rate_limits = RateLimits::of(&head.headers, SystemTime::now());
        Ok(answer)
    }
}

impl fmt::Debug for EmbeddingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmbeddingModel({}/{})", self.provider().id(), self.name)
    }
}
