//! The way to a server under this configuration's trust and proxy, for people who look for what is broken on it.

use toolgate_http_client::Probe;

use crate::{Config, Error};

impl Config {
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
        let probe = Probe::new(url, self.client_tls().build()?, proxy)?;
        let http1_only = self.http1_only()?.contains(probe.origin());
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
