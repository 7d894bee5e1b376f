//! An OAuth 2.0 authorization server with the client-credentials grant (RFC 6749 section 4.4).
//!
//! An independent counterpart: it shares no code with the client under test. By default tokens come in two shapes: a
//! plain one (audience is the client id, no `kid`) and, where a resource is asked for, that of RFC 9068 (`at+jwt`,
//! audience is the RFC 8707 resource).

mod clients;
mod controls;
mod keys;
mod metadata;
mod refusal;
mod revoke;
mod shape;
mod token;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use clients::{Client, ClientAuthentication};
pub use controls::OAuthControls;
pub use keys::Algorithm;
pub(crate) use keys::SigningKey;
pub use shape::TokenShape;
pub use token::TokenRequest;

use crate::ca::DevCa;
use crate::serve::{Serving, listen, serve};

/// Every scope that the demo's servers know.
pub const SCOPES: [&str; 3] = ["customer:read", "ticket:create", "account:calculate"];

/// Options of an [`OAuthServer`].
///
/// ```
/// use toolgate_testkit::{Algorithm, OAuthSettings};
/// let settings = OAuthSettings::default().with_algorithm(Algorithm::Es256).with_port(8443);
/// ```
#[derive(Clone, Debug)]
pub struct OAuthSettings {
    port: Option<u16>,
    algorithm: Algorithm,
    shape: TokenShape,
    lifetime: Duration,
    clients: Vec<Client>,
    resources: Vec<String>,
}

impl Default for OAuthSettings {
    /// Any port, RS256, shape by resource, 3600 s, the demo's two clients, no resource allowed yet.
    fn default() -> Self {
        Self {
            port: None,
            algorithm: Algorithm::Rs256,
            shape: TokenShape::ByResource,
            lifetime: Duration::from_secs(3600),
            clients: Client::demo().to_vec(),
            resources: Vec::new(),
        }
    }
}

impl OAuthSettings {
    /// Prefers a port; another is taken when it is not free.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Signs with another algorithm than RS256.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Issues tokens of one shape whatever was requested.
    #[must_use]
    pub fn with_shape(mut self, shape: TokenShape) -> Self {
        self.shape = shape;
        self
    }

    /// Issues tokens that live this long, in whole seconds.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Registers one more client.
    #[must_use]
    pub fn with_client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// Allows one more RFC 8707 resource; any other gets `invalid_target`.
    #[must_use]
    pub fn with_resource(mut self, resource: impl Into<String>) -> Self {
        self.resources.push(resource.into());
        self
    }
}

/// A running authorization server; stops when dropped.
#[derive(Debug)]
pub struct OAuthServer {
    serving: Serving,
    controls: OAuthControls,
}

impl OAuthServer {
    /// Starts the server on 127.0.0.1.
    ///
    /// ```no_run
    /// # async fn example() {
    /// use toolgate_testkit::{DevCa, OAuthServer, OAuthSettings};
    /// let server = OAuthServer::start(&DevCa::generate(), OAuthSettings::default()).await;
    /// assert!(server.token_url().ends_with("/token"));
    /// # }
    /// ```
    pub async fn start(ca: &DevCa, settings: OAuthSettings) -> Self {
        let listener = listen(settings.port).await;
        let port = listener.local_addr().expect("address of a bound listener").port();
        let controls = OAuthControls::new(format!("https://localhost:{port}"), settings);
        let router = Router::new()
            .route("/token", post(token::token))
            .route("/revoke", post(revoke::revoke))
            .route("/jwks", get(metadata::jwks))
            .route("/.well-known/oauth-authorization-server", get(metadata::authorization_server))
            .route("/.well-known/openid-configuration", get(metadata::openid_configuration))
            .layer(DefaultBodyLimit::max(64 * 1024))
            .with_state(controls.clone());
        Self { serving: serve(router, listener, ca.server_config()), controls }
    }

    /// The issuer: the server's origin, without a trailing slash but in Auth0's shape.
    pub fn issuer(&self) -> &str {
        self.controls.issuer()
    }

    /// The token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.controls.origin())
    }

    /// Where tokens are given back. The metadata does not name it: whoever uses it was told.
    pub fn revocation_url(&self) -> String {
        format!("{}/revoke", self.controls.origin())
    }

    /// The JWK set.
    pub fn jwks_url(&self) -> String {
        format!("{}/jwks", self.controls.origin())
    }

    /// The port in use.
    pub fn port(&self) -> u16 {
        self.serving.port()
    }

    /// Switches and counters.
    pub fn controls(&self) -> &OAuthControls {
        &self.controls
    }

    /// Stops the server and waits until its port is closed.
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}
