//! A guard of somebody else's in front of the MCP service, in place of this server's own: any tower layer. So a guard
//! can be tried against a real MCP server and real clients, without this kit knowing it.

use std::fmt;
use std::sync::Arc;

use axum::Router;

/// What a guard must know about the server that it stands before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Place {
    /// The issuer whose tokens count.
    pub issuer: String,
    /// Where that issuer's keys are.
    pub jwks_url: String,
    /// The protected resource: the MCP endpoint.
    pub resource: String,
    /// Where the resource's metadata is (RFC 9728).
    pub metadata_url: String,
    /// The authority that signed every certificate, as PEM.
    pub ca_pem: String,
}

type Build = dyn Fn(Router, &Place) -> Router + Send + Sync;

/// Puts a guard around the MCP service.
#[derive(Clone)]
pub(super) struct Door(Arc<Build>);

impl Door {
    pub(super) fn new(build: impl Fn(Router, &Place) -> Router + Send + Sync + 'static) -> Self {
        Self(Arc::new(build))
    }

    pub(super) fn around(&self, service: Router, place: &Place) -> Router {
        (self.0)(service, place)
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}
