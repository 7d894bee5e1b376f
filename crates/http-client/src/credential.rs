//! A secret header that is bound to one origin and one purpose.
//!
//! The origin is checked by the client right before a byte leaves; the purpose by the compiler:
//!
//! ```compile_fail,E0308
//! use toolgate_http_client::{Credential, ModelProvider, ProtectedResource};
//! fn ask_model(key: &Credential<ModelProvider>) {}
//! fn with_mcp_token(token: &Credential<ProtectedResource>) {
//!     ask_model(token);
//! }
//! ```

use std::fmt;
use std::marker::PhantomData;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::{HttpError, Origin, Request};

/// What a credential is for. Sealed: purposes are not invented at the call site.
///
/// A credential of one purpose does not pass for one of another:
///
/// ```
/// # use toolgate_http_client::{Credential, HttpError, ModelProvider, Origin};
/// fn ask_model(key: &Credential<ModelProvider>) {}
/// # let origin: Origin = "https://api.example".parse()?;
/// ask_model(&Credential::authorization(origin, http::HeaderValue::from_static("Bearer sk-secret")));
/// # Ok::<(), HttpError>(())
/// ```
///
/// ```compile_fail,E0308
/// # use toolgate_http_client::{Credential, ModelProvider, ProtectedResource};
/// # fn ask_model(key: &Credential<ModelProvider>) {}
/// fn with_mcp_token(token: &Credential<ProtectedResource>) {
///     ask_model(token);
/// }
/// ```
pub trait Purpose: sealed::Sealed + Send + Sync + 'static {}

/// An access token for an OAuth protected resource, such as an MCP server.
///
/// See the example of [`Purpose`].
#[derive(Debug)]
pub enum ProtectedResource {}
/// An API key of a model provider.
///
/// See the example of [`Purpose`].
#[derive(Debug)]
pub enum ModelProvider {}
/// Client authentication at a token endpoint.
///
/// See the example of [`Purpose`].
#[derive(Debug)]
pub enum TokenEndpoint {}

impl Purpose for ProtectedResource {}
impl Purpose for ModelProvider {}
impl Purpose for TokenEndpoint {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::ProtectedResource {}
    impl Sealed for super::ModelProvider {}
    impl Sealed for super::TokenEndpoint {}
}

/// A secret header for one origin. Its value is never shown and never sent elsewhere.
pub struct Credential<P: Purpose> {
    attached: AttachedCredential,
    purpose: PhantomData<fn() -> P>,
}

/// A credential on its way with a request; only a client takes it out again.
///
/// For a client of another make:
///
/// ```
/// # use toolgate_http_client::{AttachedCredential, Credential, HttpError, Origin, ProtectedResource, Request};
/// # let value = http::HeaderValue::from_static("Bearer secret");
/// let origin: Origin = "https://mcp.example".parse()?;
/// let mut request = Request::default();
/// Credential::<ProtectedResource>::authorization(origin.clone(), value).attach(&mut request);
///
/// let elsewhere: Origin = "https://elsewhere.example".parse()?;
/// let refused = AttachedCredential::apply(&mut request.clone(), &elsewhere);
/// assert!(matches!(refused, Err(HttpError::CredentialOrigin { .. })));
/// AttachedCredential::apply(&mut request, &origin)?;
/// assert!(request.headers()["authorization"].is_sensitive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AttachedCredential {
    origin: Origin,
    name: HeaderName,
    value: HeaderValue,
}

impl<P: Purpose> Credential<P> {
    /// Binds the header `name: value` to `origin`. The value is marked sensitive here, whatever it was.
    ///
    /// ```
    /// # use toolgate_http_client::{Credential, ModelProvider, Origin};
    /// let origin: Origin = "https://api.anthropic.com".parse()?;
    /// let key = http::HeaderValue::from_static("sk-secret");
    /// let credential = Credential::<ModelProvider>::new(origin, "x-api-key".parse()?, key);
    /// assert!(!format!("{credential:?}").contains("sk-secret"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(origin: Origin, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        Self { attached: AttachedCredential { origin, name, value }, purpose: PhantomData }
    }

    /// Binds `Authorization: value` to `origin`.
    #[must_use]
    pub fn authorization(origin: Origin, value: HeaderValue) -> Self {
        Self::new(origin, AUTHORIZATION, value)
    }

    /// The only origin that this credential may be sent to.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.attached.origin
    }

    /// Hands the credential to `request`. The client adds the header if, and only if, the request goes to
    /// [`origin`](Self::origin); otherwise it refuses the request.
    pub fn attach(&self, request: &mut Request) {
        request.extensions_mut().insert(self.attached.clone());
    }
}

impl<P: Purpose> Clone for Credential<P> {
    fn clone(&self) -> Self {
        Self { attached: self.attached.clone(), purpose: PhantomData }
    }
}

impl<P: Purpose> fmt::Debug for Credential<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}: [redacted], for {})", self.attached.name, self.attached.origin)
    }
}

impl AttachedCredential {
    /// The secret of the credential that `request` carries, without the scheme before it (RFC 9110 section 11.4): for whoever
    /// takes it out of what the server says later, and for nothing else. A signature, which has parameters, is no secret.
    ///
    /// ```
    /// # use toolgate_http_client::{AttachedCredential, Credential, HttpError, ModelProvider, Origin, Request};
    /// # let value = http::HeaderValue::from_static("Bearer secret");
    /// let mut request = Request::default();
    /// let origin: Origin = "https://api.example".parse()?;
    /// Credential::<ModelProvider>::authorization(origin, value).attach(&mut request);
    /// assert_eq!(AttachedCredential::exposed(&request), Some("secret"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn exposed(request: &Request) -> Option<&str> {
        let value = request.extensions().get::<Self>()?.value.to_str().ok()?;
        let secret = value.split_once(' ').map_or(value, |(_, secret)| secret);
        (!secret.is_empty() && !secret.contains(' ')).then_some(secret)
    }

    /// Moves the credential of `request` into its headers, for a client that is about to send it.
    ///
    /// # Errors
    /// [`HttpError::CredentialOrigin`] when the request goes to another origin than the credential's, and
    /// [`HttpError::InsecureUrl`] when it would travel in clear text to anything but this machine.
    pub fn apply(request: &mut Request, target: &Origin) -> Result<(), HttpError> {
        let Some(credential) = request.extensions_mut().remove::<Self>() else { return Ok(()) };
        if credential.origin != *target {
            return Err(HttpError::CredentialOrigin { bound: credential.origin, target: target.clone() });
        }
        if !target.is_secure() && !target.is_loopback() {
            return Err(HttpError::InsecureUrl { origin: target.clone() });
        }
        request.headers_mut().insert(credential.name, credential.value);
        Ok(())
    }
}

impl fmt::Debug for AttachedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttachedCredential({}: [redacted], for {})", self.name, self.origin)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_credential_goes_to_its_origin_only() {
        let bound = Credential::<ProtectedResource>::authorization(
            origin("https://mcp.example"),
            HeaderValue::from_static("Bearer canary"),
        );
        let mut request = Request::new(Bytes::new());
        bound.attach(&mut request);
        let refused = AttachedCredential::apply(&mut request, &origin("https://evil.example")).unwrap_err();
        assert!(matches!(refused, HttpError::CredentialOrigin { .. }));
        assert!(request.headers().is_empty());

        bound.attach(&mut request);
        AttachedCredential::apply(&mut request, &origin("https://mcp.example")).unwrap();
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert!(!format!("{request:?}{bound:?}").contains("canary"));
    }

    #[test]
    fn a_credential_travels_in_clear_text_within_this_machine_only() {
        let value = HeaderValue::from_static("Bearer canary");
        for (url, may) in
            [("http://mcp.example", false), ("http://10.0.0.1", false), ("http://localhost", true)]
        {
            let mut request = Request::new(Bytes::new());
            Credential::<ProtectedResource>::authorization(origin(url), value.clone()).attach(&mut request);
            let outcome = AttachedCredential::apply(&mut request, &origin(url));
            assert_eq!((outcome.is_ok(), request.headers().contains_key(AUTHORIZATION)), (may, may), "{url}");
            assert!(may || matches!(outcome, Err(HttpError::InsecureUrl { .. })), "{outcome:?}");
        }
    }
}
