//! `[tls]`: what is trusted, and what is shown to servers.

use std::path::PathBuf;

use serde::Deserialize;
use toolgate_http_client::Origin;
use toolgate_tls_config::ClientTls;

use super::ConfigError;
use super::shown::shows;

/// `[tls]`: what is trusted. Verification cannot be switched off.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [tls]
///     ca_file = "/etc/ssl/company-ca.pem"
///     system_roots = false
///     "#,
/// )?;
/// assert!(!config.tls.insecure_loopback);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TlsSettings {
    /// A PEM file with more trust anchors. `SSL_CERT_FILE`, then `TLS_CA_CERT_PATH` win over it.
    pub ca_file: Option<PathBuf>,
    /// Folders of PEM files with more trust anchors. `SSL_CERT_DIR` wins over them.
    pub ca_dirs: Vec<PathBuf>,
    /// Trust mkcert's development CA. Default off.
    pub mkcert: bool,
    /// Trust Mozilla's roots as they were when this was built, for machines without roots of their own. Default off.
    pub mozilla_roots: bool,
    /// Files of certificate revocation lists in PEM; a certificate that one of them names is refused.
    pub crl_files: Vec<PathBuf>,
    /// Trust the system's roots. Default on; off means only what is named here.
    pub system_roots: bool,
    /// The PEM file of the certificate that this client shows to servers (mutual TLS).
    pub client_certificate: Option<PathBuf>,
    /// The PEM file of that certificate's key.
    pub client_key: Option<PathBuf>,
    /// Servers that are not offered HTTP/2, each by its scheme, host and port, as `https://localhost:8001`. A server that is
    /// near answers one call at a time sooner over HTTP/1.1; each call under way then needs a connection of its own.
    pub http1_only: Vec<String>,
    /// Allow plain `http` to this machine, for local models and development servers. Default off.
    pub insecure_loopback: bool,
}

shows!(
    TlsSettings,
    plain: [
        ca_file, ca_dirs, mkcert, mozilla_roots, crl_files, system_roots, client_certificate, client_key,
        insecure_loopback,
    ],
    redacted: [http1_only],
);

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            ca_file: None,
            ca_dirs: Vec::new(),
            mkcert: false,
            mozilla_roots: false,
            crl_files: Vec::new(),
            system_roots: true,
            client_certificate: None,
            client_key: None,
            http1_only: Vec::new(),
            insecure_loopback: false,
        }
    }
}

impl TlsSettings {
    /// The trust policy as settings, before files are read.
    pub(crate) fn client_tls(&self) -> ClientTls {
        let mut tls = ClientTls::new();
        if !self.system_roots {
            tls = tls.with_only_extra_roots();
        }
        if let Some(file) = &self.ca_file {
            tls = tls.with_ca_file(file);
        }
        for folder in &self.ca_dirs {
            tls = tls.with_ca_dir(folder);
        }
        if self.mkcert {
            tls = tls.with_mkcert();
        }
        if self.mozilla_roots {
            tls = tls.with_mozilla_roots();
        }
        for file in &self.crl_files {
            tls = tls.with_crl_file(file);
        }
        if let (Some(certificate), Some(key)) = (&self.client_certificate, &self.client_key) {
            tls = tls.with_client_certificate_files(certificate, key);
        }
        tls
    }

    /// Who is not offered HTTP/2.
    pub(crate) fn http1_only(&self) -> Result<Vec<Origin>, ConfigError> {
        let origin = |url: &String| {
            let origin = url.parse().ok().filter(Origin::is_secure);
            let expected = "scheme, host and port of an https server, such as https://localhost:8001";
            origin.ok_or_else(|| ConfigError::url("http1_only under [tls]", url, expected))
        };
        self.http1_only.iter().map(origin).collect()
    }
}
