//! Leaf certificates: the good ones of a server and a client, and those that a client must refuse, each wrong in
//! exactly one way.

use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;

use super::DAY;
use crate::server_tls;

/// What a leaf is good for, or what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeafKind {
    /// Nothing is wrong: `localhost`, `127.0.0.1`, `::1`.
    Localhost,
    /// A client's own, for mutual TLS (RFC 8705): made out to `client.localhost`.
    Client,
    /// The right authority, but made out to `elsewhere.example`.
    WrongHost,
    /// Right in every way until yesterday.
    Expired,
    /// The right names, signed by an authority that nobody trusts (with the same subject name as the trusted one).
    OtherCa,
}

/// A certificate with its private key.
pub struct Leaf {
    certificate: CertificateDer<'static>,
    cert_pem: String,
    key: KeyPair,
    key_pem: String,
}

impl Leaf {
    pub(super) fn signed_by(issuer: &Issuer<'_, KeyPair>, kind: LeafKind) -> Self {
        let names: &[&str] = match kind {
            LeafKind::WrongHost => &["elsewhere.example"],
            LeafKind::Client => &["client.localhost"],
            _ => &["localhost", "127.0.0.1", "::1"],
        };
        let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
        let mut params = CertificateParams::new(names).expect("names of a leaf");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "toolgate development certificate");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match kind {
            LeafKind::Client => ExtendedKeyUsagePurpose::ClientAuth,
            _ => ExtendedKeyUsagePurpose::ServerAuth,
        }];
        params.use_authority_key_identifier_extension = true;
        let now = SystemTime::now();
        params.not_before = (now - 30 * DAY).into();
        params.not_after = match kind {
            LeafKind::Expired => now - DAY,
            // Platforms refuse longer ones; mkcert's are 825 days too.
            _ => now + 795 * DAY,
        }
        .into();
        let key = KeyPair::generate().expect("generate a leaf's key");
        let certificate = params.signed_by(&key, issuer).expect("sign a leaf");
        Self {
            cert_pem: certificate.pem(),
            certificate: certificate.into(),
            key_pem: key.serialize_pem(),
            key,
        }
    }

    /// The certificate in PEM.
    pub fn cert_pem(&self) -> &str {
        &self.cert_pem
    }

    /// The private key in PEM (PKCS #8).
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// TLS 1.2 and 1.3 with this leaf, offering `h2` and `http/1.1` by ALPN (RFC 7301).
    pub fn server_config(&self) -> Arc<ServerConfig> {
        server_tls::config(self.certificate.clone(), &self.key, &[b"h2", b"http/1.1"])
    }
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaf").field("cert_pem", &self.cert_pem).finish_non_exhaustive()
    }
}
