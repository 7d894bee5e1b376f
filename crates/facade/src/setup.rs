//! From settings to parts: trust, the HTTP client, tokens, keys, servers, the audit file.

use std::sync::Arc;

use toolgate_http_client::{HttpClient, HyperClient, HyperClientBuilder, Origin};
use toolgate_mcp_bridge::{Bridge, Server};
use toolgate_tls_config::{ClientTls, ReloadingClientTls, TrustSummary};

use crate::gate::{Gate, Lockfile, Quotas};
use crate::lock::ToolLock;
use crate::metrics::Metrics;
use crate::record::AuditFile;
use crate::secrets::Secrets;
use crate::tokens::Tokens;
use crate::verified::CallAuth;
use crate::{Config, ConfigError, Error, ServerAddress};

/// How this client gets its tokens, in MCP's words.
const CLIENT_CREDENTIALS: &str = "io.modelcontextprotocol/oauth-client-credentials";

impl Config {
    /// The one HTTP client, with the one trust policy, that everything goes through.
    ///
    /// # Errors
    /// [`Error::Tls`] names the file that cannot be used as a trust anchor, and why.
    pub fn http_client(&self) -> Result<Arc<dyn HttpClient>, Error> {
        Ok(Arc::new(self.client_builder()?.build()))
    }

    /// The same, for who asks a cloud's metadata service who this machine is: nothing else may speak to it.
    #[cfg(any(feature = "bedrock", feature = "vertex"))]
    pub(crate) fn metadata_client(&self) -> Result<Arc<dyn HttpClient>, Error> {
        Ok(Arc::new(self.client_builder()?.with_insecure_metadata(true).build()))
    }

    fn client_builder(&self) -> Result<HyperClientBuilder, Error> {
        // Certificates are rotated under running processes: new connections use the files as they are then.
        let tls = ReloadingClientTls::new(self.client_tls())?;
        let mut client = HyperClient::builder_with_source(move || tls.current());
        if let Some(proxy) = self.proxy.proxy(&self.environment)? {
            client = client.with_proxy(proxy);
        }
        Ok(client.with_insecure_loopback(self.tls.insecure_loopback))
    }

    /// What this configuration trusts, for people to read.
    ///
    /// # Errors
    /// As [`http_client`](Self::http_client).
    pub fn trust_summary(&self) -> Result<TrustSummary, Error> {
        Ok(self.client_tls().summary()?)
    }

    /// The trust policy as settings, before files are read.
    pub(crate) fn client_tls(&self) -> ClientTls {
        let mut tls = ClientTls::new();
        if !self.tls.system_roots {
            tls = tls.with_only_extra_roots();
        }
        if let Some(file) = &self.tls.ca_file {
            tls = tls.with_ca_file(file);
        }
        for folder in &self.tls.ca_dirs {
            tls = tls.with_ca_dir(folder);
        }
        if self.tls.mkcert {
            tls = tls.with_mkcert();
        }
        if self.tls.mozilla_roots {
            tls = tls.with_mozilla_roots();
        }
        for file in &self.tls.crl_files {
            tls = tls.with_crl_file(file);
        }
        if let (Some(certificate), Some(key)) = (&self.tls.client_certificate, &self.tls.client_key) {
            tls = tls.with_client_certificate_files(certificate, key);
        }
        tls
    }
}

/// Everything between a model's request and a tool.
pub(crate) fn gate(config: &Config, http: &Arc<dyn HttpClient>) -> Result<Gate, Error> {
    let metrics = Arc::new(Metrics::new(config));
    let tokens = Arc::new(Tokens::new(config, http, &metrics)?);
    let lock = config.tools.lock.as_deref().map(ToolLock::read).transpose()?;
    Ok(Gate {
        policy: config.policy.clone(),
        quotas: Quotas::of(&config.policy),
        lockfile: Lockfile::new(lock, config.tools.drift),
        bridge: bridge(config, &tokens, http)?,
        audit: AuditFile::new(&config.audit),
        metrics,
        tokens,
    })
}

fn bridge(config: &Config, tokens: &Arc<Tokens>, http: &Arc<dyn HttpClient>) -> Result<Bridge, Error> {
    // A server that repeats what it was shown, or found, does not get it into a conversation.
    let secrets = Arc::new(Secrets::new(config, tokens)?);
    let mut servers = Vec::new();
    for (name, settings) in config.servers() {
        let server = match &settings.address {
            ServerAddress::Url(url) => Server::new(&name, url, authorized(&name, url, tokens, http)?)?
                .with_extension(CLIENT_CREDENTIALS),
            ServerAddress::Program(program) => Server::stdio(&name, program.start(&name, config)?)?,
        };
        let secrets = Arc::clone(&secrets);
        let mut server = server.with_call_timeout(settings.timeout());
        if let Some(respondent) = &config.respondent {
            server = server.with_elicitation(Arc::clone(&respondent.0));
        }
        servers.push(server.with_redaction(move |redact| secrets.each(redact)));
    }
    Ok(Bridge::new(servers)?)
}

/// The HTTP client for one server: every request carries a token for it.
fn authorized(
    name: &str,
    url: &str,
    tokens: &Tokens,
    http: &Arc<dyn HttpClient>,
) -> Result<Arc<dyn HttpClient>, Error> {
    let wrong = || ConfigError::Value {
        what: format!("the URL of the MCP server {name}"),
        found: url.to_owned(),
        expected: "an absolute URL such as https://localhost:8001/mcp/".to_owned(),
    };
    let origin = Origin::of(&url.parse().map_err(|_| wrong())?)?;
    let tokens = Arc::clone(tokens.of(name).ok_or_else(wrong)?);
    Ok(Arc::new(CallAuth { http: http.clone(), tokens, origin }))
}
