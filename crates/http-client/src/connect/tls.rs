//! The TLS configuration of new connections: fixed, or asked for anew as its files change.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;

/// A configuration as it was given, and the same with ALPN.
type Ready = (Arc<ClientConfig>, Arc<ClientConfig>);

/// Where the configuration comes from.
#[derive(Clone)]
pub(crate) enum TlsSource {
    Fixed(Arc<ClientConfig>),
    Changing { source: Arc<dyn Fn() -> Arc<ClientConfig> + Send + Sync>, last: Arc<Mutex<Option<Ready>>> },
}

impl TlsSource {
    pub(crate) fn fixed(config: &ClientConfig) -> Self {
        Self::Fixed(with_alpn(config))
    }

    pub(crate) fn changing(source: impl Fn() -> Arc<ClientConfig> + Send + Sync + 'static) -> Self {
        Self::Changing { source: Arc::new(source), last: Arc::default() }
    }

    /// The configuration for a connection that is about to be made. Its session cache lives as long as it does, so
    /// no session outlives the trust that it was made under.
    pub(super) fn current(&self) -> Arc<ClientConfig> {
        let (source, last) = match self {
            Self::Fixed(config) => return Arc::clone(config),
            Self::Changing { source, last } => (source(), last),
        };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((from, ready)) if Arc::ptr_eq(from, &source) => Arc::clone(ready),
            _ => {
                let ready = with_alpn(&source);
                *last = Some((source, Arc::clone(&ready)));
                ready
            }
        }
    }
}

/// Offers HTTP/2 and HTTP/1.1 (RFC 9113 section 3.2).
pub(crate) fn with_alpn(config: &ClientConfig) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}
