//! An MCP server with the demo's four tools, on rmcp's server side behind our own token check.
//!
//! Streamable HTTP in both protocol generations: up to 2025-11-25 with `initialize` and sessions, 2026-07-28 without.
//! It is a protected resource in the sense of RFC 9728: every request is checked anew, whatever the client promised.

mod access;
mod answers;
mod controls;
mod door;
mod guard;
mod metadata;
mod service;
mod tools;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

pub use controls::McpControls;
pub use door::Place;

use door::Door;

use crate::ca::DevCa;
use crate::oauth::OAuthControls;
use crate::serve::{Serving, listen, serve};
use service::Tools;

/// Which protocol generations the server speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Generation {
    /// 2025-11-25 and older only: `initialize`, sessions.
    Initialize,
    /// 2026-07-28 only: no `initialize`, no sessions, every request on its own.
    Stateless,
    /// Both, as the client asks.
    #[default]
    Both,
}

/// Options of an [`McpServer`].
///
/// ```
/// use toolgate_testkit::{Generation, McpSettings};
/// let settings = McpSettings::default().with_generation(Generation::Stateless).without_unlisted_tool();
/// ```
#[derive(Clone, Debug)]
pub struct McpSettings {
    port: Option<u16>,
    generation: Generation,
    unlisted_tool: bool,
    challenged_scope: Option<String>,
    audiences: Vec<String>,
    door: Option<Door>,
}

impl Default for McpSettings {
    /// Any port, both generations, `drop_all_tables` offered, no scope in the challenge.
    fn default() -> Self {
        Self {
            port: None,
            generation: Generation::Both,
            unlisted_tool: true,
            challenged_scope: None,
            audiences: Vec::new(),
            door: None,
        }
    }
}

impl McpSettings {
    /// Prefers a port; another is taken when it is not free.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Speaks one protocol generation only.
    #[must_use]
    pub fn with_generation(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    /// Leaves out `drop_all_tables`, the tool that no policy lists and this server asks no scope for.
    #[must_use]
    pub fn without_unlisted_tool(mut self) -> Self {
        self.unlisted_tool = false;
        self
    }

    /// Names a scope in the challenge of every 401, as RFC 6750 section 3 allows.
    #[must_use]
    pub fn with_challenged_scope(mut self, scope: impl Into<String>) -> Self {
        self.challenged_scope = Some(scope.into());
        self
    }

    /// Takes tokens for one more audience, for servers that know this one by another name than its URL.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Lets `guard` put a layer of its own around the MCP service, in place of this server's check of tokens and scopes.
    /// Requests are counted all the same.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Fn(Router, &Place) -> Router + Send + Sync + 'static) -> Self {
        self.door = Some(Door::new(guard));
        self
    }
}

/// A running MCP server; stops when dropped.
#[derive(Debug)]
pub struct McpServer {
    serving: Serving,
    controls: McpControls,
}

impl McpServer {
    /// Starts the server on 127.0.0.1, trusting tokens of `authorization_server` and registered there as a resource.
    ///
    /// ```no_run
    /// # async fn example() {
    /// use toolgate_testkit::{DevCa, McpServer, McpSettings, OAuthServer, OAuthSettings};
    /// let ca = DevCa::generate();
    /// let oauth = OAuthServer::start(&ca, OAuthSettings::default()).await;
    /// let mcp = McpServer::start(&ca, oauth.controls(), McpSettings::default()).await;
    /// assert!(mcp.url().ends_with("/mcp/"));
    /// # }
    /// ```
    pub async fn start(ca: &DevCa, authorization_server: &OAuthControls, settings: McpSettings) -> Self {
        let listener = listen(settings.port).await;
        let port = listener.local_addr().expect("address of a bound listener").port();
        let origin = format!("https://localhost:{port}");
        let door = settings.door.clone();
        let controls = McpControls::new(origin, authorization_server.clone(), settings);
        let place = Place {
            issuer: authorization_server.issuer().to_owned(),
            jwks_url: format!("{}/jwks", authorization_server.origin()),
            resource: controls.resource("/mcp/"),
            metadata_url: controls.metadata_url("/mcp/"),
            ca_pem: ca.ca_pem().to_owned(),
        };
        for path in ["/mcp", "/mcp/"] {
            authorization_server.allow_resource(controls.resource(path));
        }
        let router = router(&controls, |service| match &door {
            Some(door) => door.around(service, &place),
            None => service.route_layer(from_fn_with_state(controls.clone(), guard::guard)),
        });
        Self { serving: serve(router, listener, ca.server_config()), controls }
    }

    /// The MCP endpoint, with the demo's trailing slash; without it the server answers just the same.
    pub fn url(&self) -> String {
        self.controls.resource("/mcp/")
    }

    /// The port in use.
    pub fn port(&self) -> u16 {
        self.serving.port()
    }

    /// Switches and counters.
    pub fn controls(&self) -> &McpControls {
        &self.controls
    }

    /// Stops the server and waits until its port is closed.
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}

/// `/mcp` and `/mcp/` are two routes to one service: a redirect between them would cost the bearer token.
fn router(controls: &McpControls, guarded: impl FnOnce(Router) -> Router) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(controls.generation() != Generation::Stateless)
        .with_json_response(true)
        .with_sse_retry(None)
        .enforce_origin_validation();
    let tools = Tools::new(controls.clone());
    let service = StreamableHttpService::new(move || Ok(tools.clone()), controls.sessions_owner(), config);
    let service = Router::new().route_service("/mcp", service.clone()).route_service("/mcp/", service);
    let metadata = Router::new()
        .route("/.well-known/oauth-protected-resource", get(metadata::root))
        .route("/.well-known/oauth-protected-resource/mcp", get(metadata::mcp))
        .route("/.well-known/oauth-protected-resource/mcp/", get(metadata::mcp_slash))
        .with_state(controls.clone());
    // Counted before it is guarded: a test sees refused requests too.
    guarded(service).route_layer(from_fn_with_state(controls.clone(), guard::count)).merge(metadata)
}
