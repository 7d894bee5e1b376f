//! Pages that may use the server from a browser, and applications that are built as pages: by their exact origins, and none of them
//! unless the operator names it.
//!
//! A browser asks first (an `OPTIONS` without a token), and hands an answer to the page only where the answer names its origin (Fetch
//! standard, "CORS protocol").

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::Method;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use toolgate::ServeConfig;
use tower_http::cors::{AllowHeaders, CorsLayer};

use crate::ServeError;

/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Default)]
pub(crate) struct Origins(Arc<[HeaderValue]>);

impl Origins {
    pub(crate) fn of(serve: &ServeConfig) -> Result<Self, ServeError> {
        let origins = serve.allowed_origins().map_err(toolgate::Error::from)?;
        // What a browser writes is a header's value.
        Ok(Self(origins.iter().filter_map(|origin| origin.parse().ok()).collect()))
    }

    pub(crate) fn has(&self, origin: &HeaderValue) -> bool {
        self.0.contains(origin)
    }

    pub(crate) fn tell_browsers(&self, router: Router) -> Router {
        if self.0.is_empty() {
            return router;
        }
        let told = CorsLayer::new()
            .allow_origin(self.0.to_vec())
            .allow_methods([Method::GET, Method::POST])
            // The official clients send a dozen of their own.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([RETRY_AFTER, WWW_AUTHENTICATE, HeaderName::from_static("x-should-retry")])
            .max_age(REMEMBERED);
        router.layer(told)
    }
}
