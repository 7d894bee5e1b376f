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
        Ok(Probe::new(url, self.client_tls().build()?, proxy)?)
    }
}
