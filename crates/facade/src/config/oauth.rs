//! `[oauth]`: who the client is, where its tokens come from, and what makes a token acceptable.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toolgate_oauth_cc::Secret;

use super::shown::shows;
use super::{ConfigError, Environment, read_text};

/// `[oauth]`: who the client is and where its tokens come from.
///
/// ```
/// # use toolgate::{Config, Environment};
/// let config: Config = toml::from_str(
///     r#"
///     [oauth]
///     issuer = "https://as.example.com"
///     client_id = "crm-assistant"
///     client_secret_env = "CRM_SECRET"
///     "#,
/// )?;
/// let environment = Environment::from_iter([("CRM_SECRET", "s3cret")]);
/// assert_eq!(config.oauth.secret(&environment)?.expose_secret(), "s3cret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct OAuthConfig {
    /// The token endpoint. Without it: found from the issuer, else from the MCP server; where no server is configured
    /// either, that of the local rig, [`RIG_TOKEN_URL`](Self::RIG_TOKEN_URL).
    pub token_url: Option<String>,
    /// The issuer that tokens must name. Default: what discovery finds, else the token URL without its last `/token`
    /// segment. With `token_url` and `jwks_url`, it is a name that is only compared, and need be no https URL.
    pub issuer: Option<String>,
    /// The issuer's keys. Default: what discovery finds, else the issuer with `/jwks`.
    pub jwks_url: Option<String>,
    /// Audiences of which a token must name one. Default: the resource when one is requested, else the client id.
    pub audience: Vec<String>,
    /// The protected resource to ask a token for (RFC 8707): the MCP server's canonical URL, or the name that the
    /// authorization server has for it (`api://…`, `urn:…`).
    pub resource: Option<String>,
    /// The client's id.
    pub client_id: Option<String>,
    /// The variable that holds the client's secret. Default `OAUTH_CLIENT_SECRET`.
    pub client_secret_env: Option<String>,
    /// The file that holds the client's secret.
    pub client_secret_file: Option<PathBuf>,
    /// The secret itself, set by code only: a file holds a reference.
    #[serde(skip)]
    pub client_secret: Option<Secret>,
    /// How the client authenticates at the token endpoint. Default: with its secret, by the method that discovery finds,
    /// else in the form body.
    pub authentication: Option<Authentication>,
    /// The PEM or JWK file of the private key for `private_key_jwt`.
    pub key_file: Option<PathBuf>,
    /// The `kid` that the server knows that key by.
    pub key_id: Option<String>,
    /// The PEM file of that key's certificate, where the server knows keys by their certificates (Entra ID, AD FS): assertions
    /// name it by its thumbprints (RFC 7515 sections 4.1.7 and 4.1.8).
    pub key_certificate_file: Option<PathBuf>,
    /// What that key signs with: `RS256`, `PS256`, `ES256`, `EdDSA` or `Ed25519`. Default: what fits it, RS256 for an RSA key.
    pub key_algorithm: Option<String>,
    /// The audience of assertions, for servers that want another than their issuer.
    pub assertion_audience: Option<String>,
    /// The PEM or JWK file of a P-256 key that tokens are bound to by DPoP (RFC 9449). Default: tokens are not bound.
    pub dpop_key_file: Option<PathBuf>,
    /// Take plain bearer tokens too while the server does not bind them to that key. Default off: they are refused.
    pub allow_unbound: bool,
    /// Take no token that is bound to nothing: neither to that key nor to the certificate under `[tls]` (RFC 8705 section 3).
    /// Default off: the log tells of it where the server's metadata says that it binds tokens to certificates, and a client
    /// shows one. What a client's tokens are bound to stands in its registration, which no response tells.
    pub require_bound: bool,
    /// The scopes to ask for. Default: what the resource's challenge names; with a configured token URL,
    /// [`RIG_SCOPES`](Self::RIG_SCOPES).
    pub scopes: Option<Vec<String>>,
    /// What else the token request says, such as Auth0's `audience`. Nothing standard can be replaced.
    pub parameters: BTreeMap<String, String>,
    /// Where opaque tokens are asked about (RFC 7662). Default: what discovery finds.
    pub introspection_url: Option<String>,
    /// Where tokens are given back (RFC 7009). Default: what discovery finds.
    pub revocation_url: Option<String>,
    /// Give the token back when the client is closed. Default off: it just expires.
    pub revoke_on_close: bool,
    /// Ask for a token of its own for the calls of each rule: with the rule's scopes and what the server demands of any
    /// request, for that server only ([`resource`](Self::resource), else its URL). `scopes` are then for everything that
    /// is no call, such as listing tools, and for rules that name none. Default off: one token with all scopes.
    pub per_tool: bool,
    /// With [`per_tool`](Self::per_tool), use a token too that holds more than was asked for: a server may grant what it
    /// likes (RFC 6749 section 3.3), and some add scopes of their own to every token. Records then show more scopes held
    /// than needed. Default off: such a token is refused, because the server of the tool could use it for more.
    pub allow_wider_scopes: bool,
    /// What else makes a token acceptable.
    pub accept: AcceptConfig,
}

shows!(
    OAuthConfig,
    plain: [
        client_id, client_secret_env, client_secret_file, client_secret, authentication, key_file, key_id,
        key_certificate_file, key_algorithm, dpop_key_file, allow_unbound, require_bound, scopes, revoke_on_close, per_tool,
        allow_wider_scopes, accept,
    ],
    redacted: [
        token_url, issuer, jwks_url, audience, resource, assertion_audience, parameters, introspection_url,
        revocation_url,
    ],
);

/// How the client authenticates at the token endpoint.
///
/// ```
/// # use toolgate::{Authentication, Config};
/// let config: Config = toml::from_str(
///     r#"
///     [oauth]
///     client_id = "crm-assistant"
///     authentication = "private_key_jwt"
///     key_file = "client-key.pem"
///     key_id = "2026-01"
///     "#,
/// )?;
/// assert_eq!(config.oauth.authentication, Some(Authentication::PrivateKeyJwt));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authentication {
    /// The secret in the form body (RFC 6749 section 2.3.1).
    ClientSecretPost,
    /// The secret in an `Authorization: Basic` header, id and secret form-urlencoded first (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// The same as they are, for servers that do not decode them (such as Glewlwyd and LemonLDAP::NG). It differs only
    /// where the id or the secret holds a character other than `A-Z`, `a-z`, `0-9`, `-`, `.`, `_`.
    ClientSecretBasicRaw,
    /// A signed assertion (RFC 7523 section 2.2).
    PrivateKeyJwt,
    /// The certificate of the TLS connection, `client_certificate` under `[tls]` (RFC 8705 section 2.1).
    TlsClientAuth,
    /// The same with a certificate that is registered itself (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
}

/// `[oauth.accept]`: what makes a token acceptable beside signature, issuer, audience and expiry.
///
/// ```
/// // For Entra ID, where an application's permissions stand in `roles`:
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [oauth.accept]
///     algorithms = ["RS256"]
///     scope_claims = ["roles"]
///     "#,
/// )?;
/// assert_eq!(config.oauth.accept.scope_claims, ["roles"]);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AcceptConfig {
    /// The signature algorithms. Default RS256, ES256 and EdDSA.
    pub algorithms: Option<Vec<String>>,
    /// How far clocks may differ, in seconds. Default 60, at most 300.
    pub leeway_seconds: Option<u64>,
    /// Take only what RFC 9068 asks for (`typ` is `at+jwt`, …). Default off.
    pub strict: bool,
    /// Take an array in `scope`. Default off.
    pub array_scope: bool,
    /// Read scopes from these claims where `scope` is absent: `scp` (Okta), `roles` (Entra ID's application permissions),
    /// `permissions` (Auth0). Default none.
    pub scope_claims: Vec<String>,
    /// Take `client_id` for the audience of a token without `aud`, as Amazon Cognito's. Default off.
    pub client_id_audience: bool,
    /// The server's tokens are opaque: ask it about each (RFC 7662) instead of verifying a signature. Default off.
    pub introspect: bool,
}

/// Where a client's secret was found; for messages that must name the place and never the value.
///
/// ```
/// # use toolgate::{ConfigError, Environment, OAuthConfig, SecretSource};
/// let environment = Environment::from_iter([("OAUTH_CLIENT_SECRET", "\n")]);
/// match OAuthConfig::default().secret(&environment) {
///     Err(ConfigError::EmptySecret { place }) => {
///         assert_eq!(place, SecretSource::Variable("OAUTH_CLIENT_SECRET".into()));
///     }
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// An environment variable.
    Variable(String),
    /// A file.
    File(PathBuf),
}

impl OAuthConfig {
    /// The token endpoint of the local rig (`cargo xtask rig`).
    pub const RIG_TOKEN_URL: &str = "https://localhost:8443/token";

    /// The scopes of the local rig's tools.
    pub const RIG_SCOPES: [&str; 3] = ["customer:read", "ticket:create", "account:calculate"];

    /// The client's id.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] when there is none.
    pub fn client_id(&self) -> Result<&str, ConfigError> {
        self.client_id.as_deref().ok_or(ConfigError::Missing {
            what: "the client id",
            mend: "set OAUTH_CLIENT_ID, or client_id under [oauth] in toolgate.toml",
        })
    }

    /// The variable that its secret is looked up in, where no file is named.
    pub(crate) fn secret_variable(&self) -> &str {
        self.client_secret_env.as_deref().unwrap_or("OAUTH_CLIENT_SECRET")
    }

    /// The client's secret, from code, else its file, else its variable. One trailing line feed is dropped.
    ///
    /// # Errors
    /// [`ConfigError`] names the place that was looked at, never the value.
    pub fn secret(&self, environment: &Environment) -> Result<Secret, ConfigError> {
        if let Some(secret) = &self.client_secret {
            return Ok(secret.clone());
        }
        let (text, place) = match &self.client_secret_file {
            Some(file) => (read_text(file)?, SecretSource::File(file.clone())),
            None => {
                let variable = self.secret_variable().to_owned();
                let text = environment.get(&variable);
                (
                    text.ok_or(ConfigError::NoSecret { variable: variable.clone() })?,
                    SecretSource::Variable(variable),
                )
            }
        };
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        if text.is_empty() {
            return Err(ConfigError::EmptySecret { place });
        }
        Ok(Secret::new(text))
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}
