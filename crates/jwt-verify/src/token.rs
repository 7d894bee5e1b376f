//! A token that has passed every check. The token itself is not kept, so it cannot be forwarded or logged.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::Scopes;
use crate::cache::TokenHash;
use crate::confirmation::Confirmation;
use crate::validity::Validity;

/// The verified claims of an access token (RFC 9068 section 2.2).
///
/// ```
/// # use std::time::SystemTime;
/// # use toolgate_jwt_verify::{KeySource, Proof, Verifier, VerifyError};
/// # let keys = KeySource::jwks_document(r#"{"keys": [
/// #     {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
/// # ]}"#)?;
/// # let verifier = Verifier::new("https://as.example", ["https://mcp.example"], keys)?;
/// # let document = r#"{"active": true, "aud": "https://mcp.example", "exp": 4102444800,
/// #     "client_id": "agent", "scope": "customer:read order:read"}"#;
/// # let token = verifier.accept_introspection("opaque", document, Proof::None, SystemTime::now())?;
/// assert_eq!(token.client_id(), Some("agent"));
/// assert_eq!(token.scopes().iter().collect::<Vec<_>>(), ["customer:read", "order:read"]);
/// assert_eq!(token.scopes().missing(&["customer:read", "customer:write"]), ["customer:write"]);
/// assert!(token.scopes().require(&["customer:write"]).is_err());
/// assert!(!token.scopes().contains("customer")); // no prefix means anything
/// # Ok::<(), VerifyError>(())
/// ```
pub struct VerifiedToken {
    pub(crate) issuer: Arc<str>,
    pub(crate) audiences: Vec<Box<str>>,
    pub(crate) subject: Option<Box<str>>,
    pub(crate) client_id: Option<Box<str>>,
    pub(crate) jwt_id: Option<Box<str>>,
    pub(crate) key_id: Option<Box<str>>,
    pub(crate) scopes: Scopes,
    pub(crate) validity: Validity,
    pub(crate) expires_at: SystemTime,
    pub(crate) issued_at: Option<SystemTime>,
    pub(crate) confirmation: Confirmation,
    pub(crate) claims_json: Box<str>,
    /// What the verifier remembers it by, if it does.
    pub(crate) remembered_as: Option<TokenHash>,
}

impl VerifiedToken {
    /// `iss`: the configured issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: whom the token speaks for; for client credentials usually the client itself.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `client_id`: the client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// `jti`: the token's own name, for audit records.
    #[must_use]
    pub fn jwt_id(&self) -> Option<&str> {
        self.jwt_id.as_deref()
    }

    /// `aud`: everybody whom the token is for; one of the configured audiences is among them.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audiences.iter().map(AsRef::as_ref)
    }

    /// `exp`, without leeway.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.issued_at
    }

    /// The scopes: what it has, and whether that is enough.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The `kid` in the token's header.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Whether the token is bound to a key or certificate of the client (RFC 9449, RFC 8705).
    #[must_use]
    pub fn is_sender_constrained(&self) -> bool {
        self.confirmation.is_present()
    }

    /// All claims as the issuer wrote them: one JSON object without repeated members.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        &self.claims_json
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("jwt_id", &self.jwt_id)
            .field("scopes", &self.scopes)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
