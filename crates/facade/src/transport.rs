//! How a configuration reaches servers: one HTTP client with one trust policy, and a probe that takes the same way, for people
//! who look for what is broken on it.

use std::sync::Arc;

use toolgate_http_client::{HttpClient, HyperClient, HyperClientBuilder, Probe};
use toolgate_tls_config::{ReloadingClientTls, TrustSummary};

use crate::{Config, Error};

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
        let tls = ReloadingClientTls::new(self.tls.client_tls())?;
        let mut client = HyperClient::builder_with_source(move || tls.current());
        if let Some(proxy) = self.proxy.proxy(&self.environment)? {
            client = client.with_proxy(proxy);
        }
        for origin in self.tls.http1_only()? {
            client = client.with_http1_only(origin);
        }
        Ok(client.with_insecure_loopback(self.tls.insecure_loopback))
    }

    /// What this configuration trusts, for people to read.
    ///
    /// # Errors
    /// As [`http_client`](Self::http_client).
    pub fn trust_summary(&self) -> Result<TrustSummary, Error> {
        Ok(self.tls.client_tls().summary()?)
    }

    /// The way to the server of `url`, to be walked step by step, as this configuration would take it.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let probe = toolgate::Config::load()?.probe("https://as.example/token")?;
    /// println!("{:?}", probe.resolve().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Http`] for a URL that cannot be requested; as [`http_client`](Self::http_client) for the rest.
    pub fn probe(&self, url: &str) -> Result<Probe, Error> {
        let proxy = self.proxy.proxy(&self.environment)?;
        let probe = Probe::new(url, self.tls.client_tls().build()?, proxy)?;
        let http1_only = self.tls.http1_only()?.contains(probe.origin());
        Ok(if http1_only { probe.with_http1_only() } else { probe })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_offered_http_2_is_named_by_an_https_url() {
        let probe = |named: &str| {
            let mut config = Config::default();
            config.tls.http1_only = vec![named.to_owned()];
            config.probe("https://crm.example.com/mcp")
        };
        for good in ["https://crm.example.com", "https://crm.example.com:443/mcp/"] {
            assert!(probe(good).is_ok(), "{good}");
        }
        for bad in [
            "crm.example.com",
            "http://crm.example.com",
            "https://crm.example.com:x",
            "https://u:canary@crm.example.com?canary",
            "",
        ] {
            let refused = probe(bad).unwrap_err().to_string();
            assert!(!refused.contains("canary"), "{refused}");
            let expected =
                "expected scheme, host and port of an https server, such as https://localhost:8001";
            assert!(refused.contains("http1_only under [tls]") && refused.contains(expected), "{refused}");
        }
    }
}
