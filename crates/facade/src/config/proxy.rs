//! `[proxy]`: how servers are reached where the network lets nothing out but through a proxy.

use std::net::IpAddr;

use serde::Deserialize;
use toolgate_http_client::Proxy;

use super::shown::shows;
use super::{ConfigError, Environment};

/// `[proxy]`: the proxy that every `https` request tunnels through. It sees names of hosts and nothing else.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [proxy]
///     url = "http://proxy.example.com:3128"
///     except = ["example.com", "10.0.0.0/8"]
///     "#,
/// )?;
/// assert!(!config.proxy.from_environment);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ProxyConfig {
    /// Its URL, `http://host:port`. One with a password belongs into the variable `TOOLGATE_PROXY`, which wins over this.
    pub url: Option<String>,
    /// Hosts that are reached directly: domains with their subdomains, addresses, networks. This machine always is.
    pub except: Vec<String>,
    /// Take the environment's `HTTPS_PROXY` (else `ALL_PROXY`) and `NO_PROXY`, each also in lower case, where no URL is
    /// given. Default off: a proxy is used only where somebody said so.
    pub from_environment: bool,
}

shows!(ProxyConfig, plain: [except, from_environment], redacted: [url]);

impl ProxyConfig {
    /// The proxy, if there is to be one.
    pub(crate) fn proxy(&self, environment: &Environment) -> Result<Option<Proxy>, ConfigError> {
        let wrong = |error: toolgate_http_client::HttpError| ConfigError::Proxy { reason: error.to_string() };
        if let Some(bad) = self.except.iter().find(|host| !is_place(host)) {
            let expected =
                "a domain, which holds for its subdomains too, an address, or a network such as 10.0.0.0/8";
            return Err(ConfigError::value("except under [proxy]", bad, expected));
        }
        match environment.get("TOOLGATE_PROXY").or_else(|| self.url.clone()) {
            Some(url) => Proxy::new(&url, &self.except.join(",")).map(Some).map_err(wrong),
            None if self.from_environment => {
                Proxy::from_environment(&|name| environment.get(name)).map_err(wrong)
            }
            None => Ok(None),
        }
    }
}

/// Whether `text` can be a host or a network: another one would match nothing, and its requests would go to the proxy.
fn is_place(text: &str) -> bool {
    match text.split_once('/') {
        Some((address, bits)) => {
            let most = address.parse().map(|address: IpAddr| if address.is_ipv4() { 32 } else { 128 });
            most.is_ok_and(|most| bits.parse().is_ok_and(|bits: u8| bits <= most))
        }
        None => {
            let name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
            text == "*" || text.parse::<IpAddr>().is_ok() || (!text.is_empty() && text.chars().all(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_that_would_match_nothing_is_refused() {
        let except = |host: &str| {
            let settings = ProxyConfig { except: vec![host.to_owned()], ..ProxyConfig::default() };
            settings.proxy(&Environment::default())
        };
        for good in [
            "example.com",
            ".example.com",
            "10.1.2.3",
            "::1",
            "10.0.0.0/8",
            "10.0.0.1/32",
            "fd00::/8",
            "fd00::1/128",
            "*",
        ] {
            assert!(except(good).is_ok(), "{good}");
        }
        for bad in [
            "*.example.com",
            "10.0.0.0/33",
            "fd00::1/129",
            "10.0.0.0/8/8",
            "example.com/8",
            "https://example.com",
            "",
            "a b",
        ] {
            assert!(except(bad).unwrap_err().to_string().contains("except under [proxy]"), "{bad}");
        }
    }

    #[test]
    fn a_proxy_is_used_only_where_somebody_said_so() {
        let environment = Environment::from_iter([("HTTPS_PROXY", "http://p.example:3128")]);
        let silent = ProxyConfig::default();
        assert!(silent.proxy(&environment).unwrap().is_none());
        let asking = ProxyConfig { from_environment: true, ..ProxyConfig::default() };
        assert!(asking.proxy(&environment).unwrap().is_some());
        let set = ProxyConfig { url: Some("http://set.example:1".to_owned()), ..ProxyConfig::default() };
        assert_eq!(
            format!("{:?}", set.proxy(&environment).unwrap().unwrap()),
            "Proxy(http://set.example:1/)"
        );
        let environment = Environment::from_iter([("TOOLGATE_PROXY", "http://own.example:1")]);
        assert_eq!(
            format!("{:?}", set.proxy(&environment).unwrap().unwrap()),
            "Proxy(http://own.example:1/)"
        );
        let environment = Environment::from_iter([("TOOLGATE_PROXY", "socks5://u:canary@p.example")]);
        let refused = silent.proxy(&environment).unwrap_err().to_string();
        assert!(refused.starts_with("the proxy cannot be used: expected http://"), "{refused}");
        assert!(!refused.contains("canary"), "{refused}");
    }
}
