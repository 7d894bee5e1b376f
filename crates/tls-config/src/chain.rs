//! What a server's certificates say, for people to read: for whom, until when, and by which trust anchor.
//!
//! For chains that were accepted, or that a server is to show: nothing is verified here.

use std::time::SystemTime;

use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls_pki_types::{CertificateDer, ServerName};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::error::escaped;
use crate::{TrustAnchor, TrustSummary};

/// What a server's certificates say.
///
/// ```
/// # use toolgate_tls_config::ClientTls;
/// # let authority = {
/// #     let mut asked = rcgen::CertificateParams::new(vec!["mcp.example".to_owned()]).unwrap();
/// #     asked.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
/// #     asked.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap()
/// # };
/// # let shown = [authority.der().clone()];
/// let trust = ClientTls::new().with_only_extra_roots().with_ca_pem(authority.pem()).summary()?;
/// let chain = trust.chain(&shown).expect("the server showed certificates");
/// assert_eq!(chain.names, ["mcp.example"]);
/// match &chain.anchor {
///     Some(anchor) => println!("trusted by {} until {:?}", anchor.source, chain.not_after),
///     None => panic!("issued by {}, whom nobody here trusts", chain.issuer),
/// }
/// # Ok::<(), toolgate_tls_config::TlsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainSummary {
    /// The hosts that the server's own certificate is for, escaped.
    pub names: Vec<String>,
    /// Who issued it, escaped.
    pub issuer: String,
    /// When the first certificate of the chain ends.
    pub not_after: SystemTime,
    /// How many certificates the server showed.
    pub length: usize,
    /// The anchor that the chain ends at, found by its name.
    pub anchor: Option<TrustAnchor>,
    own: CertificateDer<'static>,
}

impl ChainSummary {
    /// Whether the server's own certificate is for `host`, a DNS name or an IP address (RFC 9525 section 6).
    ///
    /// ```
    /// # use toolgate_tls_config::ChainSummary;
    /// fn look(chain: &ChainSummary) {
    ///     if !chain.is_for("llm.example") {
    ///         eprintln!("clients of llm.example refuse it: it is for {}", chain.names.join(", "));
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let (Ok(parsed), Ok(name)) = (ParsedCertificate::try_from(&self.own), ServerName::try_from(host))
        else {
            return false;
        };
        verify_server_name(&parsed, &name).is_ok()
    }
}

impl TrustSummary {
    /// What an accepted chain (in DER, the server's own certificate first) says, and which of these anchors it ends at;
    /// `None` where it does not parse.
    ///
    /// ```no_run
    /// # fn shown() -> Vec<rustls_pki_types::CertificateDer<'static>> { unimplemented!() }
    /// let trust = toolgate_tls_config::ClientTls::new().summary()?;
    /// println!("{:?}", trust.chain(&shown()));
    /// # Ok::<(), toolgate_tls_config::TlsError>(())
    /// ```
    #[must_use]
    pub fn chain(&self, certificates: &[CertificateDer<'_>]) -> Option<ChainSummary> {
        let parsed = |der: &CertificateDer<'_>| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            let (issuer, end) =
                (certificate.issuer().to_string(), certificate.validity().not_after.timestamp());
            Some((escaped(&issuer), super::trust::at(end)))
        };
        let chain: Vec<(String, SystemTime)> = certificates.iter().filter_map(parsed).collect();
        let named =
            |issuer: &str| self.anchors.iter().find(|anchor| !anchor.expired && anchor.subject == issuer);
        // Servers may show more than is needed: the first issuer that is trusted ends the chain.
        let ends = chain.iter().position(|(issuer, _)| named(issuer).is_some());
        let used = chain.get(..=ends.unwrap_or(chain.len().checked_sub(1)?))?;
        Some(ChainSummary {
            names: names(certificates.first()?),
            issuer: chain.first()?.0.clone(),
            not_after: used.iter().map(|(_, end)| *end).min()?,
            length: certificates.len(),
            anchor: used.last().and_then(|(issuer, _)| named(issuer)).cloned(),
            own: certificates.first()?.clone().into_owned(),
        })
    }
}

/// The subject alternative names (RFC 6125 section 6.4).
fn names(der: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Vec::new() };
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let shown = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(escaped(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
        },
        _ => None,
    };
    extension.value.general_names.iter().filter_map(shown).collect()
}
