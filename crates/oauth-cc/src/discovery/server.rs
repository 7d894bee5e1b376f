//! Authorization server metadata (RFC 8414, OpenID Connect Discovery), as far as this grant needs it.

use serde_json::Value;
use url::Url;

use super::{UrlPolicy, document::Document};
use crate::error::foreign;
use crate::{ClientAuthentication, ClientCredentials, Secret, TokenError};

/// What an authorization server says about itself. Its `issuer` is the one that was asked for, its endpoints have passed
/// the URL policy. `signed_metadata` is ignored, since nothing here could verify it.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use toolgate_http_client::HttpClient;
/// # use toolgate_oauth_cc::{Secret, TokenCache, TokenError, discovery::Discovery};
/// # async fn example(http: Arc<dyn HttpClient>, secret: Secret) -> Result<(), TokenError> {
/// let server = Discovery::new(Arc::clone(&http)).from_issuer("https://as.example").await?;
/// let authentication = server.secret_authentication(secret)?; // by a method that it supports
/// let tokens = TokenCache::new(server.credentials("my-client", authentication)?.with_scopes(["customer:read"])?, http);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizationServerMetadata {
    /// `issuer`.
    pub issuer: String,
    /// `token_endpoint`.
    pub token_endpoint: String,
    /// `jwks_uri`.
    pub jwks_uri: Option<String>,
    /// `introspection_endpoint` (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// `revocation_endpoint` (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// `mtls_endpoint_aliases.token_endpoint` (RFC 8705 section 5).
    pub mtls_token_endpoint: Option<String>,
    /// `mtls_endpoint_aliases.introspection_endpoint`, likewise.
    pub mtls_introspection_endpoint: Option<String>,
    /// `mtls_endpoint_aliases.revocation_endpoint`, likewise.
    pub mtls_revocation_endpoint: Option<String>,
    /// `token_endpoint_auth_methods_supported`; absent means `client_secret_basic`.
    pub auth_methods: Vec<String>,
    /// `scopes_supported`.
    pub scopes_supported: Vec<String>,
    /// `tls_client_certificate_bound_access_tokens`: whether the server can bind tokens to a client's certificate (RFC 8705
    /// section 3.3). Whose tokens it binds is a matter of each client's registration (section 3.4).
    pub certificate_bound_tokens: bool,
    /// Whether this is a kept copy because the server failed when it was asked again.
    pub is_stale: bool,
    /// Whether the token endpoint is elsewhere than what was configured, and so may only be a public address.
    token_endpoint_public_only: bool,
    mtls_token_endpoint_public_only: bool,
}

impl AuthorizationServerMetadata {
    pub(crate) fn read(
        document: &Document<'_>,
        issuer: &str,
        policy: &UrlPolicy,
    ) -> Result<Self, TokenError> {
        // RFC 8414 section 3.3: identical, character for character; nothing else in the document counts otherwise.
        if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(TokenError::IssuerMismatch {
                expected: foreign(issuer),
                found: document.shown("issuer"),
            });
        }
        let methods = document.strings("token_endpoint_auth_methods_supported")?;
        let public_only = |url: &Option<String>| {
            url.as_deref().and_then(|url| Url::parse(url).ok()).is_some_and(|url| policy.public_only(&url))
        };
        let token_endpoint = required(document, "token_endpoint", policy)?;
        let aliases = document.get("mtls_endpoint_aliases");
        let alias = |endpoint: &str, member| {
            let value = aliases.and_then(|aliases| aliases.get(endpoint));
            optional(value.filter(|value| !value.is_null()), member, policy)
        };
        let mtls_token_endpoint = alias("token_endpoint", "mtls_endpoint_aliases.token_endpoint")?;
        let metadata = Self {
            issuer: issuer.to_owned(),
            is_stale: false,
            token_endpoint_public_only: public_only(&Some(token_endpoint.clone())),
            mtls_token_endpoint_public_only: public_only(&mtls_token_endpoint),
            token_endpoint,
            mtls_token_endpoint,
            mtls_introspection_endpoint: alias(
                "introspection_endpoint",
                "mtls_endpoint_aliases.introspection_endpoint",
            )?,
            mtls_revocation_endpoint: alias(
                "revocation_endpoint",
                "mtls_endpoint_aliases.revocation_endpoint",
            )?,
            jwks_uri: optional(document.get("jwks_uri"), "jwks_uri", policy)?,
            introspection_endpoint: endpoint(document, "introspection_endpoint", policy)?,
            revocation_endpoint: endpoint(document, "revocation_endpoint", policy)?,
            auth_methods: methods.unwrap_or_else(|| vec!["client_secret_basic".to_owned()]),
            scopes_supported: document.strings("scopes_supported")?.unwrap_or_default(),
            certificate_bound_tokens: document.get("tls_client_certificate_bound_access_tokens")
                == Some(&Value::Bool(true)),
        };
        let grants = document.strings("grant_types_supported")?.unwrap_or_default();
        if !grants.iter().any(|grant| grant == "client_credentials") {
            tracing::warn!(
                issuer,
                "the metadata does not name the client_credentials grant; it is tried anyway"
            );
        }
        Ok(metadata)
    }

    /// Where a client that authenticates like this asks about tokens: with a certificate at the alias, where there is one
    /// (RFC 8705 section 5).
    #[must_use]
    pub fn introspection_endpoint_for(&self, authentication: &ClientAuthentication) -> Option<&str> {
        let alias = self.mtls_introspection_endpoint.as_deref().filter(|_| authentication.is_mutual_tls());
        alias.or(self.introspection_endpoint.as_deref())
    }

    /// Where a client that authenticates like this gives tokens back, likewise.
    #[must_use]
    pub fn revocation_endpoint_for(&self, authentication: &ClientAuthentication) -> Option<&str> {
        let alias = self.mtls_revocation_endpoint.as_deref().filter(|_| authentication.is_mutual_tls());
        alias.or(self.revocation_endpoint.as_deref())
    }

    /// The first of `methods` that the server supports.
    ///
    /// # Errors
    /// [`TokenError::NoCommonAuthMethod`] listing both sides.
    pub fn common_method<'a>(&self, methods: &[&'a str]) -> Result<&'a str, TokenError> {
        let supported = |method: &&&str| self.auth_methods.iter().any(|theirs| theirs == *method);
        methods.iter().find(supported).copied().ok_or_else(|| TokenError::NoCommonAuthMethod {
            ours: methods.join(", "),
            theirs: foreign(&self.auth_methods.join(", ")),
        })
    }

    /// A client secret with the method that the server supports: basic, else post.
    ///
    /// # Errors
    /// As [`common_method`](Self::common_method).
    pub fn secret_authentication(&self, secret: Secret) -> Result<ClientAuthentication, TokenError> {
        match self.common_method(&["client_secret_basic", "client_secret_post"])? {
            "client_secret_post" => Ok(ClientAuthentication::SecretPost(secret)),
            _ => Ok(ClientAuthentication::SecretBasic(secret)),
        }
    }

    /// Credentials of a client that is registered with this server, bound to its issuer.
    ///
    /// # Errors
    /// [`TokenError::NoCommonAuthMethod`], or as [`ClientCredentials::new`].
    pub fn credentials(
        &self,
        client_id: &str,
        authentication: ClientAuthentication,
    ) -> Result<ClientCredentials, TokenError> {
        self.common_method(&[authentication.method()])?;
        let (endpoint, public_only) = match &self.mtls_token_endpoint {
            Some(alias) if authentication.is_mutual_tls() => (alias, self.mtls_token_endpoint_public_only),
            _ => (&self.token_endpoint, self.token_endpoint_public_only),
        };
        let credentials =
            ClientCredentials::new(endpoint, client_id, authentication)?.with_issuer(&self.issuer)?;
        Ok(ClientCredentials { public_only, ..credentials })
    }
}

fn required(document: &Document<'_>, member: &'static str, policy: &UrlPolicy) -> Result<String, TokenError> {
    endpoint(document, member, policy)?.ok_or_else(|| TokenError::BadEndpoint {
        member,
        found: "none".to_owned(),
        reason: "the member is missing".to_owned(),
    })
}

fn endpoint(
    document: &Document<'_>,
    member: &'static str,
    policy: &UrlPolicy,
) -> Result<Option<String>, TokenError> {
    optional(document.get(member), member, policy)
}

fn optional(
    value: Option<&Value>,
    member: &'static str,
    policy: &UrlPolicy,
) -> Result<Option<String>, TokenError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => policy.member(member, text).map(|_| Some(text.clone())),
        Some(other) => Err(TokenError::BadEndpoint {
            member,
            found: foreign(&other.to_string()),
            reason: "expected a string".to_owned(),
        }),
    }
}
