//! How a client comes to be: from settings, over an HTTP client of your own, beside another one.

use std::sync::Arc;

use toolgate_http_client::HttpClient;
use toolgate_tls_config::Crypto;

use super::Toolgate;
use crate::gate::{Approve, Nobody};
use crate::running::Running;
use crate::{Config, Error};

impl Toolgate {
    /// Sets everything up from `config`: trust anchors and keys are read; the audit file is opened and servers are spoken
    /// to when they are first needed.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::{Config, Toolgate};
    ///
    /// let toolgate = Toolgate::open(Config::load()?)?;
    /// let model = toolgate.model(Some("openai/gpt-5"))?;
    /// println!("{}", toolgate.chat(&model, "Is customer JOHNDOE123 active?").await?.text);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error`] names the setting that cannot be used and what mends it.
    pub fn open(config: Config) -> Result<Self, Error> {
        let running = Running::new(config, None)?;
        // While names are looked up and connections made, for the first handshake.
        Crypto::default().gather_entropy();
        Ok(Self::of(running))
    }

    /// The same over an HTTP client of your own, such as one that measures or records. Trust is then that client's
    /// affair.
    ///
    /// ```no_run
    /// # fn example(config: toolgate::Config) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    /// use async_trait::async_trait;
    /// use toolgate::{HttpClient, HttpError, Request, Response, Toolgate};
    ///
    /// /// Says where every request goes.
    /// struct Told(Arc<dyn HttpClient>);
    ///
    /// #[async_trait]
    /// impl HttpClient for Told {
    ///     async fn send(&self, request: Request) -> Result<Response, HttpError> {
    ///         println!("{} {:?}", request.method(), request.uri().authority());
    ///         self.0.send(request).await
    ///     }
    /// }
    ///
    /// let told = Told(config.http_client()?);
    /// let toolgate = Toolgate::open_with(config, Arc::new(told))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(config: Config, http: Arc<dyn HttpClient>) -> Result<Self, Error> {
        Ok(Self::of(Running::new(config, Some(http))?))
    }

    /// The same beside this client: tokens, connections and records are its own, but calls count towards `rate` and
    /// `concurrent` of a rule together, whichever of the two makes them. For parts of one run that are recorded apart.
    ///
    /// ```no_run
    /// # fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    /// use toolgate::Recorder;
    ///
    /// let config = (*toolgate.config()).clone();
    /// let recorder = Recorder::new(config.http_client()?);
    /// let recorded = toolgate.open_beside(config, Arc::new(recorder.clone()))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_beside(&self, config: Config, http: Arc<dyn HttpClient>) -> Result<Self, Error> {
        Ok(Self::of(self.running.beside(config, http)?))
    }

    pub(crate) fn of(running: Running) -> Self {
        Self { running: Arc::new(running), approval: Arc::new(Nobody) }
    }

    /// Asks `approval` before each call whose rule says `require_approval`. Default: nobody can be asked, and such a
    /// call is denied.
    #[must_use]
    pub fn with_approval(mut self, approval: Arc<dyn Approve>) -> Self {
        self.approval = approval;
        self
    }
}
