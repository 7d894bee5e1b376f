//! Tokens that are bound to nothing, and who is told of them (CC-20; RFC 8705 section 3).

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use toolgate::{Config, NoToken, Toolgate};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::authorization::{Opaque, config};

/// Keeps the words of warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Visit for Warnings {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Warnings {
    fn of_binding(&self) -> usize {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter(|told| told.contains("is not bound to this client's certificate"))
            .count()
    }
}

/// A client of `as.example` that shows a certificate.
fn with_certificate(folder: &tempfile::TempDir) -> Config {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
    let (certificate_file, key_file) = (folder.path().join("client.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, pair.serialize_pem()).unwrap();
    let mut config = config();
    (config.oauth.issuer, config.oauth.token_url) = (Some("https://as.example".to_owned()), None);
    config.oauth.audience = vec!["crm".to_owned()];
    (config.tls.client_certificate, config.tls.client_key) = (Some(certificate_file), Some(key_file));
    config
}

#[tokio::test]
async fn an_unbound_token_is_told_once_where_its_server_says_that_it_binds() {
    let (folder, warnings) = (tempfile::tempdir().unwrap(), Warnings::default());
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let toolgate = Toolgate::open_with(with_certificate(&folder), Arc::new(Opaque::default())).unwrap();
    for _ in 0..2 {
        assert!(!toolgate.token().await.unwrap().1.is_sender_constrained());
    }
    let server = toolgate.token_clients()[0].authorization_server().await.unwrap();
    assert!(server.certificate_bound);
    assert_eq!(warnings.of_binding(), 1);

    let mut without = with_certificate(&folder);
    (without.tls.client_certificate, without.tls.client_key) = (None, None);
    let toolgate = Toolgate::open_with(without, Arc::new(Opaque::default())).unwrap();
    toolgate.token().await.unwrap();
    assert_eq!(warnings.of_binding(), 1, "a client without a certificate has nothing to bind to");
}

#[tokio::test]
async fn an_unbound_token_is_refused_where_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    for mut unbound in [with_certificate(&folder), config()] {
        unbound.oauth.require_bound = true;
        let toolgate = Toolgate::open_with(unbound, Arc::new(Opaque::default())).unwrap();
        let refused = toolgate.token().await.unwrap_err();
        assert!(matches!(refused, toolgate::Error::NoToken(NoToken::Unbound)), "{refused}");
        assert!(refused.to_string().contains("require_bound"), "{refused}");
    }
    let key = folder.path().join("dpop.pem");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let mut bound = config();
    (bound.oauth.require_bound, bound.oauth.dpop_key_file) = (true, Some(key));
    let toolgate = Toolgate::open_with(bound, Arc::new(Opaque::default())).unwrap();
    assert!(toolgate.token().await.unwrap().1.is_sender_constrained());
}
