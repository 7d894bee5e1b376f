//! Everything that a token request says: where, who, for what (RFC 6749 section 4.4, RFC 8707).

mod binding;

use std::collections::BTreeMap;
use std::fmt;

use toolgate_http_client::{Origin, redacted_url};
use url::Url;

use crate::error::foreign;
use crate::resource::canonical;
use crate::scope::{self, Scopes};
use crate::{ClientAuthentication, TokenError, endpoint_url};

/// Parameters that this crate sets itself, so that nothing is ever sent twice (RFC 6749 section 3.2).
const STANDARD_PARAMETERS: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "resource",
    "refresh_token",
];

/// The client credentials grant of one client at one authorization server, for one resource and one set of scopes.
#[derive(Clone)]
pub struct ClientCredentials {
    pub(crate) token_endpoint: Url,
    pub(crate) client_id: String,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) issuer: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) required: Scopes,
    pub(crate) extra: BTreeMap<String, String>,
    pub(crate) insecure_loopback: bool,
    /// The SHA-256 of the certificate that the client shows.
    pub(crate) certificate: Option<[u8; 32]>,
    /// Whether a server chose the token endpoint, which then may only be a public address.
    pub(crate) public_only: bool,
    #[cfg(feature = "dpop")]
    pub(crate) dpop: Option<std::sync::Arc<crate::dpop::DpopKey>>,
    /// Whether a token may be unbound in spite of the key.
    #[cfg(feature = "dpop")]
    pub(crate) unbound_allowed: bool,
}

impl ClientCredentials {
    /// A client and the token endpoint where it gets its tokens.
    ///
    /// ```
    /// use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret};
    /// let secret = ClientAuthentication::SecretBasic(Secret::new("s3cr3t"));
    /// let credentials = ClientCredentials::new("https://as.example/token", "my-client", secret)?
    ///     .with_scopes(["customer:read"])?
    ///     .with_resource("https://mcp.example/mcp")?;
    /// # Ok::<(), toolgate_oauth_cc::TokenError>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::InsecureUrl`] for plain `http` to anything but this machine; [`TokenError::Configuration`] for a URL
    /// that is relative, has a fragment or user name, or holds an OAuth parameter in its query; for an empty client id
    /// or secret.
    pub fn new(
        token_url: &str,
        client_id: &str,
        authentication: ClientAuthentication,
    ) -> Result<Self, TokenError> {
        let token_endpoint = endpoint_url::configured("token_url", token_url)?;
        if let Some((name, _)) = token_endpoint.query_pairs().find(|(name, _)| is_standard(name)) {
            let reason = format!("the query holds {}, which belongs into the request's body", foreign(&name));
            return Err(TokenError::configuration("token_url", &reason));
        }
        if client_id.is_empty() {
            return Err(TokenError::configuration("client_id", "the client id is empty"));
        }
        authentication.check()?;
        Ok(Self {
            token_endpoint,
            client_id: client_id.to_owned(),
            authentication,
            issuer: None,
            resource: None,
            scopes: Scopes::new(),
            required: Scopes::new(),
            extra: BTreeMap::new(),
            insecure_loopback: false,
            certificate: None,
            public_only: false,
            #[cfg(feature = "dpop")]
            dpop: None,
            #[cfg(feature = "dpop")]
            unbound_allowed: false,
        })
    }

    /// The scopes to ask for. Default: none, and the server decides; nothing is asked that nobody named.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] naming the character that RFC 6749 section 3.3 does not allow.
    pub fn with_scopes<S: Into<String>>(
        mut self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, TokenError> {
        self.scopes = scope::checked(scopes)?;
        Ok(self)
    }

    /// The scopes without which a token is refused. Default: none, so a server may grant less than was asked and the
    /// caller reads [`AccessToken::scopes`](crate::AccessToken::scopes).
    ///
    /// # Errors
    /// As [`with_scopes`](Self::with_scopes).
    pub fn with_required_scopes<S: Into<String>>(
        mut self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, TokenError> {
        self.required = scope::checked(scopes)?;
        Ok(self)
    }

    /// The resource that the token is for (RFC 8707), such as the URL of an MCP server. Scheme and host are lower-cased,
    /// the rest stays as it is: no slash is added. A name that is no URL, such as `api://…` or `urn:…`, stays to the letter.
    /// Default: none.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] for a relative URI or one with a fragment.
    pub fn with_resource(mut self, resource: &str) -> Result<Self, TokenError> {
        endpoint_url::named("resource", resource)?;
        self.resource = Some(canonical(resource));
        Ok(self)
    }

    /// The issuer that the credentials were registered with: the audience of assertions, and part of the cache key. It is a
    /// name, as tokens say it, and nothing is sent there: most are https URLs, some are not. Default: none.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] for an https URL that is none, and for what no token could say.
    pub fn with_issuer(mut self, issuer: &str) -> Result<Self, TokenError> {
        endpoint_url::issuer(issuer)?;
        self.issuer = Some(issuer.to_owned());
        Ok(self)
    }

    /// A further parameter, such as `audience` for servers that want it.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] naming a parameter that is standard, given twice, or in the query of the token endpoint.
    pub fn with_extra_parameter(mut self, name: &str, value: &str) -> Result<Self, TokenError> {
        let in_the_url = self.token_endpoint.query_pairs().any(|(known, _)| known == name);
        if is_standard(name) || in_the_url || self.extra.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(TokenError::configuration(
                name,
                "this parameter would be sent twice; it is set elsewhere",
            ));
        }
        Ok(self)
    }

    /// Allows a token endpoint on this machine to be plain `http`: for development. Default off.
    #[must_use]
    pub fn with_insecure_loopback(mut self, allowed: bool) -> Self {
        self.insecure_loopback = allowed;
        self
    }

    /// The token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> &str {
        self.token_endpoint.as_str()
    }

    /// The client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// How the client authenticates.
    #[must_use]
    pub fn authentication(&self) -> &ClientAuthentication {
        &self.authentication
    }

    /// The scopes asked for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The resource asked for.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// The issuer that the credentials belong to.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The origin of an endpoint, if a request may go there.
    pub(crate) fn origin(&self, endpoint: &Url) -> Result<Origin, TokenError> {
        endpoint_url::permitted(endpoint, self.insecure_loopback)?;
        let uri = endpoint.as_str().parse::<http::Uri>();
        let uri = uri.map_err(|error| TokenError::configuration("token_url", &error.to_string()))?;
        Ok(Origin::of(&uri)?)
    }
}

/// Without the query of the endpoint and the values of further parameters: some servers take keys there.
impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("token_endpoint", &redacted_url(self.token_endpoint.as_str()))
            .field("client_id", &self.client_id)
            .field("authentication", &self.authentication)
            .field("resource", &self.resource.as_deref().map(redacted_url))
            .field("scopes", &self.scopes)
            .field("extra", &self.extra.keys())
            .finish_non_exhaustive()
    }
}

fn is_standard(name: &str) -> bool {
    STANDARD_PARAMETERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn client(url: &str) -> Result<ClientCredentials, TokenError> {
        ClientCredentials::new(url, "id", ClientAuthentication::SecretBasic(Secret::new("canary")))
    }

    #[test]
    fn the_resource_is_canonical_and_no_more() {
        for (given, sent) in [
            ("HTTPS://MCP.Example:443/Path/", "https://mcp.example:443/Path/"),
            ("https://mcp.example", "https://mcp.example"),
            ("https://mcp.example?Q=A", "https://mcp.example?Q=A"),
            ("api://Tools/Crm", "api://Tools/Crm"),
            ("urn:example:Tools", "urn:example:Tools"),
        ] {
            assert_eq!(
                client("https://as.example/t").unwrap().with_resource(given).unwrap().resource(),
                Some(sent)
            );
        }
        for bad in ["/mcp", "https://mcp.example/#f"] {
            assert_eq!(
                client("https://as.example/t").unwrap().with_resource(bad).unwrap_err().kind(),
                "configuration"
            );
        }
    }

    #[test]
    fn nothing_is_sent_twice_and_nothing_secret_in_the_url() {
        for name in STANDARD_PARAMETERS {
            let in_the_url = client(&format!("https://as.example/t?{name}=x")).unwrap_err();
            assert!(
                in_the_url.kind() == "configuration" && in_the_url.to_string().contains(name),
                "{in_the_url}"
            );
            let again = client("https://as.example/t").unwrap().with_extra_parameter(name, "x").unwrap_err();
            assert!(again.kind() == "configuration" && again.to_string().contains(name), "{again}");
        }
        let once = client("https://as.example/t").unwrap().with_extra_parameter("audience", "a").unwrap();
        assert_eq!(once.with_extra_parameter("audience", "b").unwrap_err().kind(), "configuration");
        let in_the_url = client("https://as.example/t?ten%61nt=1").unwrap();
        assert_eq!(in_the_url.with_extra_parameter("tenant", "2").unwrap_err().kind(), "configuration");
    }

    #[test]
    fn debug_shows_no_secret() {
        let everywhere = client("https://as.example/t?key=canary")
            .and_then(|client| client.with_resource("https://mcp.example/?key=canary"))
            .and_then(|client| client.with_extra_parameter("tenant_key", "canary"));
        assert!(!format!("{:?}", everywhere.unwrap()).contains("canary"));
        assert_eq!(
            ClientCredentials::new(
                "https://as.example/t",
                "id",
                ClientAuthentication::SecretPost(Secret::new(""))
            )
            .unwrap_err()
            .kind(),
            "configuration"
        );
    }
}
