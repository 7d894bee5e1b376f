//! What the environment sets: `OAUTH_TOKEN_URL`, `MCP_SERVER_URL`, ….

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use toolgate_tls_config::is_system_bundle;

use super::{Config, ServerConfig};

/// Where variables are looked up: the process, or a fixed set for tests. An empty variable counts as unset.
///
/// ```
/// use toolgate::{Config, Environment};
///
/// let environment = Environment::from_iter([("OAUTH_CLIENT_ID", "crm-assistant")]);
/// assert_eq!(Config::from_environment(environment).oauth.client_id.as_deref(), Some("crm-assistant"));
/// ```
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The process's own variables, read when they are asked for.
    #[must_use]
    pub fn process() -> Self {
        // What is no UTF-8 must not count as unset: its marks of replacement are told by whoever cannot use the value.
        Self(Arc::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())))
    }

    /// The same, where each of `keys` is set, if only to `word`: nothing real is asked with it.
    #[must_use]
    pub(crate) fn with_keys(self, keys: BTreeSet<String>, word: &'static str) -> Self {
        Self(Arc::new(move |name| self.get(name).or_else(|| keys.contains(name).then(|| word.to_owned()))))
    }

    /// The same without the variable `hidden`.
    #[must_use]
    pub(crate) fn without(self, hidden: &'static str) -> Self {
        Self(Arc::new(move |name| if name == hidden { None } else { self.get(name) }))
    }

    /// The value of `name`, unless it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

impl Default for Environment {
    /// No variables at all.
    fn default() -> Self {
        Self(Arc::new(|_| None))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self(Arc::new(move |name| variables.get(name).cloned()))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

impl Config {
    /// Lets `environment` override what is set so far, and keeps it for secrets and provider keys.
    pub fn apply_environment(&mut self, environment: Environment) {
        let set = |to: &mut Option<String>, name: &str| {
            if let Some(value) = environment.get(name) {
                *to = Some(value);
            }
        };
        set(&mut self.oauth.token_url, "OAUTH_TOKEN_URL");
        set(&mut self.oauth.issuer, "OAUTH_ISSUER");
        set(&mut self.oauth.jwks_url, "OAUTH_JWKS_URL");
        set(&mut self.oauth.client_id, "OAUTH_CLIENT_ID");
        set(&mut self.oauth.resource, "OAUTH_RESOURCE");
        set(&mut self.telemetry.endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT");
        if let Some(name) = environment.get("OTEL_SERVICE_NAME") {
            self.telemetry.service_name = name;
        }
        if environment.get("OTEL_SDK_DISABLED").is_some_and(|said| said.eq_ignore_ascii_case("true")) {
            self.telemetry.endpoint = None;
        }
        if let Some(scopes) = environment.get("OAUTH_SCOPES") {
            self.oauth.scopes = Some(scopes.split_whitespace().map(str::to_owned).collect());
        }
        if let Some(audience) = environment.get("OAUTH_AUDIENCE") {
            self.oauth.audience = audience.split_whitespace().map(str::to_owned).collect();
        }
        if let Some(url) = environment.get("MCP_SERVER_URL") {
            self.mcp = [("mcp".to_owned(), ServerConfig::new(url))].into();
        }
        let named = |name: &str| environment.get(name).map(PathBuf::from);
        // The system's own bundle as SSL_CERT_FILE says nothing new, and so wins over nothing: neither over the file's
        // authority nor over `system_roots = false`.
        let first = named("SSL_CERT_FILE").filter(|file| !is_system_bundle(file));
        if let Some(file) = first.or_else(|| named("TLS_CA_CERT_PATH")) {
            self.tls.ca_file = Some(file);
        }
        if let Some(folders) = environment.get("SSL_CERT_DIR") {
            self.tls.ca_dirs = std::env::split_paths(&folders).collect();
        }
        if let Some(file) = environment.get("TOOLGATE_AUDIT_FILE") {
            self.audit.file = PathBuf::from(file);
        }
        if let Some(model) = environment.get("TOOLGATE_MODEL") {
            // This one, and no other in its place: nothing is left to choose among.
            (self.model, self.models) = (Some(model), Vec::new());
            (self.failover, self.routing) = Default::default();
        }
        self.environment = environment;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_what_was_set() {
        let mut config = Config::default();
        config.oauth.client_id = Some("from-file".into());
        config.tls.ca_file = Some("from-file.pem".into());
        config.apply_environment(Environment::from_iter([
            ("OAUTH_CLIENT_ID", "from-environment"),
            ("OAUTH_SCOPES", "a b"),
            ("OAUTH_ISSUER", ""),
            ("TLS_CA_CERT_PATH", "second.pem"),
            ("SSL_CERT_FILE", "first.pem"),
        ]));
        assert_eq!(config.oauth.client_id.as_deref(), Some("from-environment"));
        assert_eq!(config.oauth.scopes.unwrap(), ["a", "b"]);
        assert_eq!(config.oauth.issuer, None, "an empty variable counts as unset");
        assert_eq!(config.tls.ca_file, Some("first.pem".into()));
    }

    /// Many machines name it for programs that do not look there by themselves.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_systems_own_bundle_takes_the_place_of_no_authority() {
        let bundles =
            ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
        let Some(bundle) = bundles.into_iter().find(|file| is_system_bundle(file.as_ref())) else { return };
        let mut config = Config::default();
        config.apply_environment(Environment::from_iter([("SSL_CERT_FILE", bundle)]));
        assert_eq!(config.tls.ca_file, None, "it is read with the system's roots, or not wanted");
        config.tls.ca_file = Some("from-file.pem".into());
        config.apply_environment(Environment::from_iter([("SSL_CERT_FILE", bundle)]));
        assert_eq!(config.tls.ca_file, Some("from-file.pem".into()));
    }
}
