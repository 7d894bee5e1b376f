//! `[serve]`: how `toolgate serve` listens, and who may use it. Read here, acted upon by `toolgate-serve`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toolgate_jwt_verify::Algorithm;

use super::shown::shows;
use super::{ConfigError, algorithms, bounds};

/// `[serve]`: how the server listens, and who may use it.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [serve]
///     listen = "127.0.0.1:9000"
///     models = { assistant = "anthropic/claude-sonnet-4-5" }
///
///     [serve.auth]
///     issuer = "https://as.example.com"
///     audience = "https://llm.example.com"
///     jwks_url = "https://as.example.com/jwks"
///     "#,
/// )?;
/// assert!(config.serve.auth.is_some() && !config.serve.open_to_this_machine);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ServeConfig {
    /// Where to listen. Default `127.0.0.1:8080`: this machine only. Port 0 takes a free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The models on offer: the name that clients write, and the `provider/model` that it stands for. Default: the
    /// configured model, under its own name.
    pub models: BTreeMap<String, String>,
    /// The PEM file of the server's certificate and its chain. Needed to listen for other machines.
    pub certificate: Option<PathBuf>,
    /// The PEM file of that certificate's key.
    pub key: Option<PathBuf>,
    /// A PEM file of authorities: each client must show a certificate of one of them (mutual TLS).
    pub client_ca: Option<PathBuf>,
    /// Which access tokens clients must bring.
    pub auth: Option<ServeAuthConfig>,
    /// Let every process of this machine use the server without a token. Default off, and refused where others can
    /// reach it.
    pub open_to_this_machine: bool,
    /// Pages, and applications built as pages, whose browser may use the server: their origins (RFC 6454), exactly as the browser
    /// writes them, such as `app://obsidian.md` or `https://chat.example.com`. Default none: what comes with an `Origin` is let in by
    /// its token alone, or with `open_to_this_machine` not at all, and no page may read the answer.
    pub origins: Vec<String>,
    /// Show `/metrics` and `/health` without a token. Default off.
    pub open_metrics: bool,
    /// The largest request, in bytes. Default 16 MiB: a conversation with a few images.
    #[serde(deserialize_with = "bounds::at_least_one")]
    pub max_body_bytes: usize,
    /// How many conversations may be open at once; further ones are told to come back. Default 1000.
    #[serde(deserialize_with = "bounds::at_least_one")]
    pub concurrency: u32,
    /// How long requests are still let in after the server is told to stop, in seconds, while `/healthz` says so already:
    /// as long as a load balancer takes to notice. Default 0: whoever comes then is refused a connection.
    #[serde(deserialize_with = "bounds::seconds_or_none")]
    pub drain_seconds: u64,
    /// How long conversations have to end after that, in seconds. Default 25: a little less than the 30 that common
    /// supervisors wait, so that what is given up is still recorded. Telling clients
    /// of it may take 2 s, and giving tokens back 10.
    #[serde(deserialize_with = "bounds::seconds_or_none")]
    pub shutdown_seconds: u64,
}

/// `[serve.auth]`: the access tokens that clients must bring. They are for this server, and are never sent on.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServeAuthConfig {
    /// Who must have issued them, exactly (`iss`).
    pub issuer: String,
    /// Whom they must be for: this server (`aud`).
    pub audience: String,
    /// Where the issuer's keys are.
    pub jwks_url: String,
    /// The scopes that each must hold. Default none.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The signature algorithms. Default RS256, ES256 and EdDSA.
    #[serde(default)]
    pub algorithms: Option<Vec<String>>,
    /// Take only what RFC 9068 asks for (`typ: at+jwt` and its claims). Default off, as many issuers do not do it.
    #[serde(default)]
    pub strict: bool,
    /// The server's URL as clients see it: refusals then name its metadata (RFC 9728), and clients find the issuer.
    #[serde(default)]
    pub public_url: Option<String>,
}

shows!(
    ServeAuthConfig,
    plain: [scopes, algorithms, strict],
    redacted: [issuer, audience, jwks_url, public_url],
);

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |_| {
        let expected = "an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
        D::Error::custom(format_args!("expected {expected}, found {text:?}"))
    };
    text.parse().map_err(wrong)
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            models: BTreeMap::new(),
            certificate: None,
            key: None,
            client_ca: None,
            auth: None,
            open_to_this_machine: false,
            origins: Vec::new(),
            open_metrics: false,
            max_body_bytes: 16 << 20,
            concurrency: 1000,
            drain_seconds: 0,
            shutdown_seconds: 25,
        }
    }
}

impl ServeConfig {
    /// [`origins`](Self::origins), after each was looked at: one that no browser ever writes would be of no effect.
    ///
    /// ```
    /// let mut serve = toolgate::ServeConfig::default();
    /// serve.origins = vec!["app://obsidian.md".to_owned()];
    /// assert_eq!(serve.allowed_origins()?.len(), 1);
    /// serve.origins = vec!["*".to_owned()];
    /// assert!(serve.allowed_origins().is_err()); // any page of anywhere
    /// # Ok::<(), toolgate::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Value`] for what is no origin of one page.
    pub fn allowed_origins(&self) -> Result<&[String], ConfigError> {
        match self.origins.iter().find(|origin| !is_origin(origin)) {
            None => Ok(&self.origins),
            Some(origin) => {
                let expected = "the origin of one page as its browser writes it: a scheme and a host in small letters, a port that is not \
                                the scheme's own, and no path, such as app://obsidian.md or https://chat.example.com";
                Err(ConfigError::value("an origin under [serve]", origin, expected))
            }
        }
    }
}

/// Whether a browser would write it so (HTML, "Serialization of an origin"). `null` and `*` are everybody's.
fn is_origin(origin: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    let own_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "/",
    };
    let is_scheme = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    let is_host =
        |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b"*/?#@\\".contains(&byte);
    !scheme.is_empty()
        && scheme.bytes().all(is_scheme)
        && !host.is_empty()
        && host.bytes().all(is_host)
        && !host.ends_with(own_port)
}

impl ServeAuthConfig {
    /// Tokens of `issuer` for `audience`, signed with keys of `jwks_url`.
    ///
    /// ```
    /// let auth = toolgate::ServeAuthConfig::new("https://as.example", "https://llm.example", "https://as.example/jwks");
    /// ```
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, jwks_url: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            jwks_url: jwks_url.into(),
            scopes: Vec::new(),
            algorithms: None,
            strict: false,
            public_url: None,
        }
    }

    /// The algorithms that [`algorithms`](Self::algorithms) names; those of the default where it names none.
    ///
    /// ```
    /// let mut auth = toolgate::ServeAuthConfig::new("https://as.example", "https://llm.example", "https://as.example/jwks");
    /// assert_eq!(auth.allowed_algorithms()?.len(), 3);
    /// auth.algorithms = Some(vec!["HS256".to_owned()]);
    /// assert!(auth.allowed_algorithms().is_err()); // nothing that shares a secret
    /// # Ok::<(), toolgate::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Value`] for what is no name of one.
    pub fn allowed_algorithms(&self) -> Result<Vec<Algorithm>, ConfigError> {
        match &self.algorithms {
            Some(names) => algorithms(names, "[serve.auth]"),
            None => Ok(Algorithm::DEFAULT.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServeConfig;

    #[test]
    fn an_origin_is_one_that_a_browser_writes() {
        let is_one = |origin: &str| {
            let origins = vec![origin.to_owned()];
            ServeConfig { origins, ..ServeConfig::default() }.allowed_origins().is_ok()
        };
        for origin in [
            "app://obsidian.md",
            "tauri://localhost",
            "http://localhost:3000",
            "https://chat.example.com",
            "https://chat.example.com:8443",
            "http://[::1]:3000",
            "chrome-extension://aapocclcgogkmnckokdopfmhonfmgoek",
        ] {
            assert!(is_one(origin), "{origin}");
        }
        for origin in [
            "",
            "*",
            "null",
            "chat.example.com",
            "https://",
            "https://chat.example.com/",
            "https://chat.example.com:443",
            "https://*.example.com",
            "https://Chat.example.com",
            "HTTPS://chat.example.com",
            "https://a@chat.example.com",
            "https://chat.example.com, https://b.example",
            "https://chät.example.com",
        ] {
            assert!(!is_one(origin), "{origin}");
        }
    }

    #[test]
    fn a_server_that_could_serve_nobody_is_refused() {
        for (text, says) in [
            ("listen = \"localhost:80\"", "such as 127.0.0.1:8080 or [::1]:8080, found \"localhost:80\""),
            ("concurrency = 0", "expected at least 1"),
            ("max_body_bytes = 0", "expected at least 1"),
        ] {
            let error = toml::from_str::<ServeConfig>(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        let silent = ServeConfig::default();
        assert!(!silent.open_to_this_machine && !silent.open_metrics && silent.listen.ip().is_loopback());
        assert_eq!(
            (silent.max_body_bytes, silent.concurrency, silent.drain_seconds, silent.shutdown_seconds),
            (16_777_216, 1000, 0, 25)
        );
        let least = "listen = \"[::1]:0\"\nconcurrency = 1\nmax_body_bytes = 1";
        assert_eq!(toml::from_str::<ServeConfig>(least).unwrap().concurrency, 1);
    }
}
