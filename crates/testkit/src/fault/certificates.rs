//! The certificates of the fault server: a sound one, and one per fault (RFC 5280).
//!
//! Its authority is its own and not a [`DevCa`](crate::DevCa), because it also signs a revocation list.

use std::time::{Duration, SystemTime};

use http::Version;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use tokio_rustls::TlsAcceptor;

use super::Fault;
use crate::server_tls;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const REVOKED: u64 = 20_161_231;

type Authority = CertifiedIssuer<'static, KeyPair>;

pub(super) struct Certificates {
    authority: Authority,
    key: KeyPair,
    alpn: Vec<u8>,
}

impl Certificates {
    pub(super) fn new(version: Version) -> Self {
        let alpn: &[u8] = if version == Version::HTTP_2 { b"h2" } else { b"http/1.1" };
        let key = KeyPair::generate().expect("generate a key");
        Self { authority: authority("toolgate fault server"), key, alpn: alpn.to_vec() }
    }

    pub(super) fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    pub(super) fn crl_pem(&self) -> String {
        let now = SystemTime::now();
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(REVOKED),
            revocation_time: (now - DAY).into(),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: (now - DAY).into(),
            next_update: (now + DAY).into(),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.authority).and_then(|list| list.pem()).expect("sign a revocation list")
    }

    /// TLS with the certificate that the fault asks for.
    pub(super) fn acceptor(&self, fault: Option<Fault>) -> TlsAcceptor {
        let now = SystemTime::now();
        let name = if fault == Some(Fault::WrongHostCertificate) { "elsewhere.example" } else { "localhost" };
        let mut params = CertificateParams::new([name.to_owned()]).expect("a host name");
        params.not_before = (now - 3 * DAY).into();
        let left = if fault == Some(Fault::ExpiredCertificate) { now - DAY } else { now + DAY };
        params.not_after = left.into();
        if fault == Some(Fault::RevokedCertificate) {
            params.serial_number = Some(SerialNumber::from(REVOKED));
        }
        let signed = match fault {
            Some(Fault::SelfSignedCertificate) => params.self_signed(&self.key),
            Some(Fault::UntrustedCertificate) => params.signed_by(&self.key, &authority("nobody's")),
            _ => params.signed_by(&self.key, &self.authority),
        };
        self.serving(signed.expect("sign a certificate").into())
    }

    fn serving(&self, certificate: CertificateDer<'static>) -> TlsAcceptor {
        TlsAcceptor::from(server_tls::config(certificate, &self.key, &[&self.alpn]))
    }
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("generate the authority's key");
    CertifiedIssuer::self_signed(params, key).expect("sign the authority's certificate")
}
