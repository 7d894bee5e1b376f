//! Collects the trust anchors (RFC 5280 section 6.1.1) from every source that was asked for, and tells what they are.
//!
//! webpki does not look at an anchor's own dates, so an expired one is left out here: a chain through it fails, and the
//! summary says why. A certificate that is no CA's is refused, because trusting it would do nothing or too much.

mod summary;

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{X509Name, X509Version};

pub use self::summary::{TrustAnchor, TrustSource, TrustSummary};
use crate::error::escaped;
use crate::file::{self, PemSource};
use crate::{TlsError, pem, system};

const NOT_A_CA: &str = "is not a CA certificate; add the certificate of the authority that issued it";

/// Anchors as they are collected.
pub(crate) struct Collection {
    pub(crate) store: RootCertStore,
    pub(crate) summary: TrustSummary,
    seen: HashSet<CertificateDer<'static>>,
    now: SystemTime,
}

impl Collection {
    /// Nothing yet; `now` decides what has expired.
    pub(crate) fn new(now: SystemTime) -> Self {
        Self { store: RootCertStore::empty(), summary: TrustSummary::default(), seen: HashSet::new(), now }
    }

    /// Adds every certificate of a PEM file, or none of them.
    pub(crate) fn add_pem(&mut self, source: &PemSource, origin: &TrustSource) -> Result<(), TlsError> {
        let (name, text) = (source.name(), source.read()?);
        let blocks = pem::blocks(&name, &text, "certificate")?;
        let certificates = blocks.iter().map(|block| Ok((block, block.certificate()?)));
        for (block, certificate) in certificates.collect::<Result<Vec<_>, TlsError>>()? {
            match self.add(certificate, origin) {
                // A folder such as /etc/ssl/certs holds what others put there, servers' own certificates too.
                Err(NOT_A_CA) if matches!(origin, TrustSource::Folder(_)) => {
                    self.summary
                        .warn(format!("{origin} holds a certificate that is no CA's; it is not trusted"));
                }
                added => added.map_err(|reason| block.bad(reason))?,
            }
        }
        Ok(())
    }

    /// Adds every certificate file of a folder. Certificates of others than CAs are left out with a warning.
    pub(crate) fn add_folder(&mut self, folder: &std::path::Path) -> Result<(), TlsError> {
        let (files, passed_over) = file::certificate_files(folder)?;
        if files.is_empty() {
            let found = "it has no *.pem, *.crt, *.cer or HASH.N file";
            return Err(TlsError::Nothing { file: file::name(folder), wanted: "certificate", found });
        }
        for path in files {
            self.add_pem(&PemSource::File(path.clone()), &TrustSource::Folder(path))?;
        }
        for name in passed_over {
            self.summary.warn(format!("{name} was not read: it is not named like a certificate"));
        }
        Ok(())
    }

    /// Adds the operating system's anchors. Those that rustls cannot use are counted, not fatal: nobody here put them
    /// there.
    pub(crate) fn add_system(&mut self) -> Result<(), TlsError> {
        let (certificates, complete) = system::load()?;
        let unusable =
            certificates.into_iter().filter_map(|one| self.add(one, &TrustSource::System).err()).count();
        if unusable > 0 {
            self.summary.warn(format!("{unusable} trust anchors of the system are not usable"));
        }
        if !complete {
            self.summary.warn("some trust anchors of the system could not be read".to_owned());
        }
        Ok(())
    }

    /// Adds Mozilla's anchors as they were when the `webpki-roots` crate was released.
    pub(crate) fn add_mozilla(&mut self) {
        for anchor in webpki_roots::TLS_SERVER_ROOTS {
            let subject = rustls::DistinguishedName::in_sequence(&anchor.subject);
            let subject = X509Name::from_der(subject.as_ref()).map(|(_, name)| name.to_string());
            self.summary.push(TrustAnchor {
                subject: escaped(&subject.unwrap_or_default()),
                not_after: None,
                source: TrustSource::Mozilla,
                expired: false,
            });
            self.store.roots.push(anchor.clone());
        }
    }

    /// Adds one anchor, once.
    fn add(
        &mut self,
        certificate: CertificateDer<'static>,
        source: &TrustSource,
    ) -> Result<(), &'static str> {
        if self.seen.contains(&certificate) {
            return Ok(());
        }
        let parsed = match X509Certificate::from_der(&certificate) {
            Ok(([], parsed)) => parsed,
            _ => return Err("does not parse"),
        };
        // Version 1 certificates have no extensions to say it with; some old roots are of that kind.
        if parsed.version() != X509Version::V1 && !parsed.is_ca() {
            return Err(NOT_A_CA);
        }
        let not_after = at(parsed.validity().not_after.timestamp());
        let expired = not_after < self.now;
        let subject = escaped(&parsed.subject().to_string());
        if !expired {
            self.store.add(certificate.clone()).map_err(|_| "does not parse")?;
        } else if *source != TrustSource::System {
            // Systems carry some for long; nobody here can renew those.
            self.summary.warn(format!("{subject} from {source} has expired and is not trusted"));
        }
        self.summary.push(TrustAnchor {
            subject,
            not_after: Some(not_after),
            source: source.clone(),
            expired,
        });
        self.seen.insert(certificate);
        Ok(())
    }
}

pub(crate) fn at(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_trusted_up_to_the_second_that_it_names() {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let pem = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
        let source = PemSource::given("the given CA certificates", pem);
        for (now, trusted) in [(1_893_456_000, 1), (1_893_456_001, 0)] {
            let mut collection = Collection::new(at(now));
            collection.add_pem(&source, &TrustSource::Given).unwrap();
            assert_eq!((collection.store.len(), collection.summary.count), (trusted, trusted), "{now}");
        }
    }

    #[test]
    fn each_of_mozillas_anchors_is_trusted() {
        let mut collection = Collection::new(at(0));
        collection.add_mozilla();
        assert_eq!(collection.store.len(), collection.summary.count);
        assert!(collection.store.len() > 100);
    }
}
