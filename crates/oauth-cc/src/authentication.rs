//! How the client proves who it is at the token endpoint: exactly one method, by construction (OAuth 2.1 section 2.4).

#[cfg(feature = "private-key-jwt")]
use crate::assertion::PrivateKeyJwt;
use crate::{Secret, TokenError};

/// A client authentication method together with what it needs.
///
/// ```
/// # use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret};
/// let authentication = ClientAuthentication::SecretPost(Secret::new("s3cret"));
/// assert_eq!(authentication.method(), "client_secret_post"); // as the server's metadata calls it
/// let credentials = ClientCredentials::new("https://as.example/token", "my-client", authentication)?;
/// assert!(!format!("{credentials:?}").contains("s3cret"));
/// # Ok::<(), toolgate_oauth_cc::TokenError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: id and secret form-urlencoded, joined, in base64 (RFC 6749 section 2.3.1).
    SecretBasic(Secret),
    /// As `SecretBasic` but without the form-urlencoding, for servers that do not decode it. With an id and secret of
    /// letters, digits, `-`, `.`, `_` and `*` both are the same.
    SecretBasicRaw(Secret),
    /// `client_secret_post`: id and secret in the body (RFC 6749 section 2.3.1).
    SecretPost(Secret),
    /// `private_key_jwt`: a fresh signed assertion for every request (RFC 7523 section 2.2).
    #[cfg(feature = "private-key-jwt")]
    PrivateKeyJwt(PrivateKeyJwt),
    /// `tls_client_auth`: the certificate of the TLS connection, issued by an authority that the server trusts
    /// (RFC 8705 section 2.1). The certificate is set in the TLS configuration of the HTTP client.
    TlsClientAuth,
    /// `self_signed_tls_client_auth`: the certificate of the TLS connection, registered with the server (RFC 8705
    /// section 2.2).
    SelfSignedTlsClientAuth,
}

impl ClientAuthentication {
    /// The method's name in the OAuth registry, as in `token_endpoint_auth_methods_supported`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::SecretBasic(_) | Self::SecretBasicRaw(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            #[cfg(feature = "private-key-jwt")]
            Self::PrivateKeyJwt(_) => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether the client authenticates with the certificate of its TLS connection.
    #[must_use]
    pub fn is_mutual_tls(&self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }

    /// The client secret, for methods that have one.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::SecretBasic(secret) | Self::SecretBasicRaw(secret) | Self::SecretPost(secret) => {
                Some(secret)
            }
            _ => None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), TokenError> {
        match self.secret() {
            Some(secret) if secret.expose_secret().is_empty() => {
                Err(TokenError::configuration("client_secret", "the secret is empty"))
            }
            _ => Ok(()),
        }
    }
}
