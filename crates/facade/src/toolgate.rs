//! The whole behind one type: models, tools, the gate between them.

mod open;

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use toolgate_jwt_verify::VerifiedToken;
use toolgate_llm_providers::{ChatModel, EmbeddingModel, JsonSchema};
use toolgate_mcp_bridge::ToolSet;
use toolgate_oauth_cc::AccessToken;
use toolgate_tool_types::{Tool, ToolCall};

use crate::authorization::discovery;
use crate::conversation::{Answer, Conversation, Course, Form, Prompt};
use crate::failover::Models;
use crate::gate::Approve;
use crate::health::Health;
use crate::metrics::Snapshot;
use crate::running::Running;
use crate::setup::Setup;
use crate::{ChatError, Config, Decision, Error, TokenClient};

/// A client that chats with any model and lets it use tools through one gate. Cheap to clone; clones share
/// connections, tokens, keys and the audit file.
#[derive(Clone)]
pub struct Toolgate {
    pub(crate) running: Arc<Running>,
    pub(crate) approval: Arc<dyn Approve>,
}

impl Toolgate {
    /// What the configuration of the moment stands for.
    fn setup(&self) -> Arc<Setup> {
        self.running.setup()
    }

    /// The settings of the moment; [`reload`](Self::reload) replaces them.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.setup().config)
    }

    /// The model `provider/model`, or the configured one.
    ///
    /// # Errors
    /// [`Error`] when the provider is not known or its key is not set.
    pub fn model(&self, id: Option<&str>) -> Result<ChatModel, Error> {
        self.setup().resolver().chat_model(id)
    }

    /// The embedding model `provider/model`, with that provider's own key and settings.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::{EmbeddingPurpose, EmbeddingRequest};
    ///
    /// let model = toolgate.embedding_model("cohere/embed-v4.0")?;
    /// let passages = EmbeddingRequest::new(["Cats eat fish."]).with_purpose(EmbeddingPurpose::Document);
    /// let vectors = model.embed(&passages).await?.vectors;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error`] when the provider is not known, has no embeddings, or its key is not set.
    pub fn embedding_model(&self, id: &str) -> Result<EmbeddingModel, Error> {
        self.setup().resolver().embedding_model(id)
    }

    /// The models that the settings name, with what happens when one fails: `[[models]]`, or the one of
    /// [`model`](Self::model).
    ///
    /// # Errors
    /// [`Error`] when a provider is not known, a key is not set, or settings do not go together.
    pub fn models(&self) -> Result<Models, Error> {
        self.setup().models()
    }

    /// The tools that a model is shown: those of all servers, asked for once, but for those that are withheld.
    ///
    /// # Errors
    /// [`Error::Mcp`] when a server cannot be reached or refuses the token.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn tools(&self) -> Result<Arc<[Tool]>, Error> {
        Ok(self.setup().gate.offered().await?.tools)
    }

    /// The same with what was left out and why: tools with unusable definitions, servers that could not be asked.
    ///
    /// # Errors
    /// As [`tools`](Self::tools).
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn tool_set(&self) -> Result<Arc<ToolSet>, Error> {
        Ok(self.setup().gate.tool_set().await?)
    }

    /// The client's current token and what it says: where servers have tokens of their own, that for the first of them
    /// by name.
    ///
    /// # Errors
    /// [`Error::NoToken`] when none is issued or the one that is cannot be verified.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn token(&self) -> Result<(AccessToken, Arc<VerifiedToken>), Error> {
        Ok(self.setup().gate.tokens.first()?.verified(&[]).await?)
    }

    /// Where the metadata of `issuer` (RFC 8414, OpenID Connect Discovery) says that its keys are; `None` where it does not
    /// say.
    ///
    /// # Errors
    /// [`Error::Token`] when there is no such metadata, or it is of another issuer.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn published_keys(&self, issuer: &str) -> Result<Option<String>, Error> {
        let setup = self.setup();
        let discovery = discovery(setup.http.clone(), setup.config.tls.insecure_loopback);
        Ok(discovery.from_issuer(issuer).await?.jwks_uri)
    }

    /// The OAuth clients whose tokens go to the MCP servers, each once: several where a server has a resource or a client of
    /// its own.
    #[must_use]
    pub fn token_clients(&self) -> Vec<TokenClient> {
        self.setup().gate.tokens.clients()
    }

    /// What the gate and its connections did until now, as numbers.
    #[must_use]
    pub fn metrics(&self) -> Snapshot {
        self.setup().gate.metrics.snapshot()
    }

    /// Counts a request that a server in front of this client begins to answer, as
    /// [`metrics`](Self::metrics) then says. `route` is one of the server's own, and nothing that a client may write.
    pub fn count_request(&self, route: &str, status: u16, took: Duration) {
        self.setup().gate.metrics.answered(route, status, took);
    }

    /// What is known about everything that a conversation needs, without asking anybody.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::of(&self.setup())
    }

    /// Forgets all tokens, and revokes them where `revoke_on_close` is set; clones of this client ask for new ones when
    /// they need them. With a `[store]`, waits until it knows that the calls of this process have ended, for what counts
    /// towards `concurrent`.
    ///
    /// # Errors
    /// [`Error::NoToken`] when a server does not take one back; it is forgotten all the same.
    ///
    /// # Cancel safety
    /// Dropping the future may leave tokens unrevoked, and calls under way in the store's count for a minute.
    pub async fn close(&self) -> Result<(), Error> {
        self.running.close().await
    }

    /// Talks with a model, or with [`Models`] that stand in for each other, until it answers, passing each of its tool calls through the gate.
    ///
    /// # Errors
    /// [`ChatError`] with everything that happened until then.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the calls under way; their decisions are in the audit file.
    pub async fn chat(
        &self,
        models: impl Into<Models>,
        prompt: impl Into<Prompt>,
    ) -> Result<Answer, ChatError> {
        self.chat_until(models, prompt, std::future::pending()).await
    }

    /// The same until `cancelled` is ready. What is under way is then given up and recorded as that, and the
    /// [`Cancelled`](crate::ChatFailure::Cancelled) conversation comes back with its transcript, which says what may have run.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    /// match toolgate.chat_until(&toolgate.models()?, "Is customer JOHNDOE123 active?", interrupted).await {
    ///     Ok(answer) => println!("{}", answer.text),
    ///     Err(error) => println!("{error}; a tool may have run: {}", error.may_have_run()),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`chat`](Self::chat).
    ///
    /// # Cancel safety
    /// As [`chat`](Self::chat).
    pub async fn chat_until(
        &self,
        models: impl Into<Models>,
        prompt: impl Into<Prompt>,
        cancelled: impl Future<Output = ()> + Send,
    ) -> Result<Answer, ChatError> {
        // In a box: a caller's future stays small, and is moved for nothing.
        Box::pin(self.course(models.into(), prompt.into()).run(cancelled)).await
    }

    /// The same, and reads the answer as a `T` that `schema` describes. Where the provider can enforce the schema, it is asked
    /// to; the answer is checked here in any case, and never repaired. With the feature `schemars`, `schema_of` makes the
    /// schema.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::{JsonObject, JsonSchema};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Verdict {
    ///     premium: bool,
    /// }
    ///
    /// let schema = r#"{"type": "object", "properties": {"premium": {"type": "boolean"}},
    ///     "required": ["premium"], "additionalProperties": false}"#;
    /// let schema = JsonSchema::new("verdict", JsonObject::parse(schema)?);
    /// let question = "Is customer JOHNDOE123 premium?";
    /// let (verdict, answer) = toolgate.chat_as::<Verdict>(&toolgate.models()?, question, schema).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ChatError`] as for [`chat`](Self::chat); [`Form`](crate::ChatFailure::Form) when the schema is none, or the answer
    /// is not as it says.
    ///
    /// # Cancel safety
    /// As [`chat`](Self::chat).
    pub async fn chat_as<T: DeserializeOwned>(
        &self,
        models: impl Into<Models>,
        prompt: impl Into<Prompt>,
        schema: JsonSchema,
    ) -> Result<(T, Answer), ChatError> {
        let prompt = prompt.into();
        let form = match Form::new(schema) {
            Ok(form) => form,
            Err(error) => return Err(prompt.refused(error.into())),
        };
        let answer = self.chat(models, form.ask(prompt)).await?;
        match form.read(&answer) {
            Ok(value) => Ok((value, answer)),
            Err(error) => Err(answer.refused(error.into())),
        }
    }

    /// The same as events while it happens: the answer in pieces, tool calls, decisions, results. The last event is the
    /// answer.
    ///
    /// ```no_run
    /// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::Event;
    ///
    /// let model = toolgate.model(None)?;
    /// let mut conversation = toolgate.chat_stream(&model, "Is customer JOHNDOE123 active?");
    /// while let Some(event) = conversation.next().await {
    ///     match event? {
    ///         Event::Text { delta } => print!("{delta}"),
    ///         Event::ToolRequested { number, call } => println!("call {number}: {}", call.name),
    ///         Event::Done(answer) => println!("\n{:?}", answer.usage),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn chat_stream(&self, models: impl Into<Models>, prompt: impl Into<Prompt>) -> Conversation {
        Conversation::new(self.course(models.into(), prompt.into()))
    }

    fn course(&self, models: Models, prompt: Prompt) -> Course {
        Course::new(self.setup(), Arc::clone(&self.approval), &models, prompt, self.running.next_id())
    }

    /// Opens the audit file now, rather than with the first conversation.
    ///
    /// # Errors
    /// [`Error::Audit`] when it cannot be written, or another process writes to it.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn open_audit_file(&self) -> Result<(), Error> {
        self.setup().gate.audit.open().await?;
        Ok(())
    }

    /// What the gate would decide about `call` now: the tools are listed, a token is fetched and verified, and nothing
    /// is called, counted, asked or recorded. Limits are not looked at.
    ///
    /// # Errors
    /// As [`tools`](Self::tools).
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn explain(&self, call: &ToolCall) -> Result<Decision, Error> {
        let setup = self.setup();
        setup.gate.tool_set().await?;
        Ok(setup.gate.explain(call).await)
    }
}

impl std::fmt::Debug for Toolgate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Toolgate").field("audit", &self.setup().gate.audit.path()).finish_non_exhaustive()
    }
}
