//! One MCP server as the operator configured it. None is ever discovered at run time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use toolgate_http_client::{HttpClient, Origin, redacted_url};

use crate::redaction::Redaction;
use crate::text::escaped;
use crate::{BridgeError, Elicit};

/// The longest time that is counted, whatever is set: clocks can be moved on by that, several times over, and not by whatever
/// fits into a `Duration`.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// How a server is reached.
#[derive(Clone)]
pub(crate) enum Endpoint {
    /// Streamable HTTP.
    Http { url: Arc<str>, http: Arc<dyn HttpClient> },
    /// A child process that is talked to over its standard input and output.
    #[cfg(feature = "stdio")]
    Process(Arc<crate::StdioCommand>),
}

/// An MCP server: its name, and its endpoint with the client to reach it, or the program that it is.
#[derive(Clone)]
pub struct Server {
    pub(crate) name: Arc<str>,
    pub(crate) endpoint: Endpoint,
    pub(crate) call_timeout: Duration,
    pub(crate) longest_call: Duration,
    pub(crate) max_result: usize,
    pub(crate) extensions: Vec<String>,
    pub(crate) elicit: Option<Arc<dyn Elicit>>,
    pub(crate) redaction: Redaction,
}

impl Server {
    /// A server by a short name (1 to 24 of `a-z 0-9 -`, the prefix of its tools where there are several servers),
    /// its MCP endpoint, and an HTTP client. Authentication is the client's: a decorator adds the access token to each
    /// request, and no token is ever seen here.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use toolgate_http_client::{HttpClient, HttpError, Request, Response};
    /// # struct Http;
    /// # #[async_trait::async_trait]
    /// # impl HttpClient for Http {
    /// #     async fn send(&self, _: Request) -> Result<Response, HttpError> { unimplemented!() }
    /// # }
    /// use toolgate_mcp_bridge::Server;
    /// let server = Server::new("crm", "https://localhost:8001/mcp/", Arc::new(Http))?;
    /// # Ok::<(), toolgate_mcp_bridge::BridgeError>(())
    /// ```
    ///
    /// # Errors
    /// [`BridgeError::Configuration`] for a name outside that alphabet or a URL that cannot be requested.
    pub fn new(name: &str, url: &str, http: Arc<dyn HttpClient>) -> Result<Self, BridgeError> {
        let config = |reason: String| BridgeError::Configuration { server: escaped(name), reason };
        let uri: http::Uri =
            url.parse().map_err(|_| config(format!("\"{}\" is no URL", redacted_url(url))))?;
        Origin::of(&uri).map_err(|error| config(error.to_string()))?;
        Self::at(name, Endpoint::Http { url: url.into(), http })
    }

    /// A server by a short name, as for [`new`](Self::new), that is a program on this machine: started when it is first
    /// needed, started again after it ended, and ended with the bridge. Whoever writes `command` has code run: never take
    /// it from a remote source.
    ///
    /// ```
    /// use toolgate_mcp_bridge::{Server, StdioCommand};
    /// let command = StdioCommand::new("/usr/local/bin/files-mcp").with_args(["--read-only"]);
    /// let server = Server::stdio("files", command)?;
    /// # Ok::<(), toolgate_mcp_bridge::BridgeError>(())
    /// ```
    ///
    /// # Errors
    /// [`BridgeError::Configuration`] for a name outside that alphabet.
    #[cfg(feature = "stdio")]
    pub fn stdio(name: &str, command: crate::StdioCommand) -> Result<Self, BridgeError> {
        Self::at(name, Endpoint::Process(Arc::new(command)))
    }

    /// Whether this is the same server: its name and its place.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let same_place = match (&self.endpoint, &other.endpoint) {
            (Endpoint::Http { url, .. }, Endpoint::Http { url: other, .. }) => url == other,
            #[cfg(feature = "stdio")]
            (Endpoint::Process(command), Endpoint::Process(other)) => command.starts_the_same(other),
            #[cfg(feature = "stdio")]
            _ => false,
        };
        self.name == other.name && same_place
    }

    fn at(name: &str, endpoint: Endpoint) -> Result<Self, BridgeError> {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 24 || !name.chars().all(legal) {
            let reason = "expected a name of 1 to 24 characters out of a-z, 0-9 and '-'".to_owned();
            return Err(BridgeError::Configuration { server: escaped(name), reason });
        }
        Ok(Self {
            name: name.into(),
            endpoint,
            call_timeout: Duration::from_secs(30),
            longest_call: Duration::from_secs(600),
            max_result: 1 << 20,
            extensions: Vec::new(),
            elicit: None,
            redaction: Redaction::default(),
        })
    }

    /// How long one request may take, connecting and answering together, and how long it may go on after each sign of
    /// progress that the server gives. Default 30 s: long enough for a tool, short
    /// enough for a person who waits. More than a year is a year.
    #[must_use]
    pub fn with_call_timeout(mut self, call_timeout: Duration) -> Self {
        self.call_timeout = call_timeout.min(LONGEST);
        self
    }

    /// How long one request may take whatever progress the server reports, and however long a person thinks about a
    /// question; a call of several rounds, all of them together. Default 10 min: progress is only the server's word. More than a year is a year.
    #[must_use]
    pub fn with_longest_call(mut self, longest_call: Duration) -> Self {
        self.longest_call = longest_call.min(LONGEST);
        self
    }

    /// Lets the server ask a person for input, in a form or by a URL. Default: no server may ask.
    #[must_use]
    pub fn with_elicitation(mut self, elicit: Arc<dyn Elicit>) -> Self {
        self.elicit = Some(elicit);
        self
    }

    /// Takes these secrets out of the server's results and errors: `secrets` is asked for each and calls its argument
    /// with every one, so that tokens may change. Default none. Exact matches only, and only for secrets that are too
    /// long to be a word.
    ///
    /// ```
    /// # use toolgate_mcp_bridge::Server;
    /// # fn example(server: Server) {
    /// let token = String::from("…");
    /// let server = server.with_redaction(move |redact| redact(&token));
    /// # }
    /// ```
    #[must_use]
    pub fn with_redaction(mut self, secrets: impl Fn(&mut dyn FnMut(&str)) + Send + Sync + 'static) -> Self {
        self.redaction = Redaction::new(secrets);
        self
    }

    /// The most bytes of a result that are passed on; what is left out is said in the result itself. Default 1 MiB:
    /// more than any model reads.
    #[must_use]
    pub fn with_max_result(mut self, bytes: usize) -> Self {
        self.max_result = bytes;
        self
    }

    /// Declares a protocol extension to the server, such as `io.modelcontextprotocol/oauth-client-credentials`.
    /// Default none.
    #[must_use]
    pub fn with_extension(mut self, identifier: impl Into<String>) -> Self {
        self.extensions.push(identifier.into());
        self
    }

    /// The short name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The MCP endpoint, where the server is reached by one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.endpoint {
            Endpoint::Http { url, .. } => Some(url),
            #[cfg(feature = "stdio")]
            Endpoint::Process(_) => None,
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url().map(redacted_url); // its query may hold a key
        f.debug_struct("Server").field("name", &self.name).field("url", &url).finish_non_exhaustive()
    }
}
