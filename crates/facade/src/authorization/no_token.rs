//! Why a client has no token for a call.

use std::sync::Arc;

use toolgate_jwt_verify::VerifyError;
use toolgate_oauth_cc::TokenError;

use crate::ConfigError;

/// Why there is no token that may be used.
///
/// ```
/// # use toolgate::NoToken;
/// /// Whether waiting may help. Else somebody has to change a setting, here or at the authorization server.
/// fn passes(reason: &NoToken) -> bool {
///     match reason {
///         NoToken::NotIssued(error) | NoToken::NotIntrospected(error) => error.is_transient(),
///         NoToken::NotAccepted(error) => error.is_transient(),
///         _ => false,
///     }
/// }
/// assert!(!passes(&NoToken::Opaque));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NoToken {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// None could be had.
    #[error("no access token: {0}")]
    NotIssued(#[from] TokenError),
    /// The one that was issued is opaque, and nobody said to ask its server about it.
    #[error(
        "the access token is opaque: expected a signed JWT; set introspect = true under [oauth.accept] to have its \
         server asked about it"
    )]
    Opaque,
    /// Its server did not say whether it is good.
    #[error("the access token is opaque, and its server did not say what it is good for: {0}")]
    NotIntrospected(TokenError),
    /// The one that was issued for the calls of one rule holds more than was asked for.
    #[error(
        "the access token for these calls holds more than was asked for: {}; have its server grant no more (RFC 6749 \
         section 3.3), or set allow_wider_scopes = true under [oauth]",
        .scopes.join(" ")
    )]
    TooWide {
        /// What was not asked for, escaped.
        scopes: Vec<String>,
    },
    /// The one that was issued is bound to nothing.
    #[error(
        "the access token is bound to nothing: have its server bind it to this client's certificate (RFC 8705 section 3) \
         or DPoP key (RFC 9449), or set require_bound = false under [oauth]"
    )]
    Unbound,
    /// The one that was issued is not accepted.
    #[error("the access token was not accepted: {0}")]
    NotAccepted(#[from] Arc<VerifyError>),
}
