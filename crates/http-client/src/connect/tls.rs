//! The TLS configuration of new connections: fixed, or asked for anew as its files change.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;

use crate::Origin;

/// A configuration with each choice of protocols. All share its session cache.
#[derive(Clone)]
pub(crate) struct Offers {
    /// HTTP/2 and HTTP/1.1.
    both: Arc<ClientConfig>,
    http1: Arc<ClientConfig>,
}

impl Offers {
    fn of(config: &ClientConfig) -> Self {
        Self { both: with_alpn(config), http1: with_http1_only(config) }
    }

    fn to(self, http1_only: bool) -> Arc<ClientConfig> {
        if http1_only { self.http1 } else { self.both }
    }
}

/// A configuration as it was given, and what became of it.
type Ready = (Arc<ClientConfig>, Offers);

/// Where the configuration comes from, and who is not offered all of it.
#[derive(Clone)]
pub(crate) struct TlsSource {
    kind: Kind,
    http1_only: Arc<HashSet<Origin>>,
}

#[derive(Clone)]
enum Kind {
    Fixed(Offers),
    Changing { source: Arc<dyn Fn() -> Arc<ClientConfig> + Send + Sync>, last: Arc<Mutex<Option<Ready>>> },
}

impl TlsSource {
    pub(crate) fn fixed(config: &ClientConfig) -> Self {
        Self { kind: Kind::Fixed(Offers::of(config)), http1_only: Arc::default() }
    }

    pub(crate) fn changing(source: impl Fn() -> Arc<ClientConfig> + Send + Sync + 'static) -> Self {
        let kind = Kind::Changing { source: Arc::new(source), last: Arc::default() };
        Self { kind, http1_only: Arc::default() }
    }

    /// Offers HTTP/1.1 alone to `origin`.
    pub(crate) fn offer_http1_only(&mut self, origin: Origin) {
        Arc::make_mut(&mut self.http1_only).insert(origin);
    }

    /// The configuration for a connection to `origin` that is about to be made. Its session cache lives as long as it
    /// does, so no session outlives the trust that it was made under.
    pub(super) fn current(&self, origin: Option<&Origin>) -> Arc<ClientConfig> {
        self.offers().to(origin.is_some_and(|origin| self.http1_only.contains(origin)))
    }

    fn offers(&self) -> Offers {
        let (source, last) = match &self.kind {
            Kind::Fixed(offers) => return offers.clone(),
            Kind::Changing { source, last } => (source(), last),
        };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((from, offers)) if Arc::ptr_eq(from, &source) => offers.clone(),
            _ => {
                let offers = Offers::of(&source);
                *last = Some((source, offers.clone()));
                offers
            }
        }
    }
}

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Offers HTTP/2 and HTTP/1.1 (RFC 9113 section 3.2).
pub(crate) fn with_alpn(config: &ClientConfig) -> Arc<ClientConfig> {
    offering(config, &[HTTP_2, HTTP_1])
}

/// Offers HTTP/1.1 alone.
pub(crate) fn with_http1_only(config: &ClientConfig) -> Arc<ClientConfig> {
    offering(config, &[HTTP_1])
}

/// Offers these by ALPN (RFC 7301).
fn offering(config: &ClientConfig, protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}
