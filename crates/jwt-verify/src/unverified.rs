//! What a token says about itself before anybody has checked it: for diagnosis, never for a decision (RFC 8725 section
//! 3.3).

use std::fmt;

use crate::VerifyError;
use crate::compact::{Compact, decode};
use crate::header::Header;

/// The longest token that is shown.
const MAX_LEN: usize = 64 << 10;

/// A compact JWS that has been read and not verified. Anybody can write one.
///
/// ```
/// # use toolgate_jwt_verify::UnverifiedJws;
/// let jws = UnverifiedJws::read("eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.e30.AAAA")?;
/// assert_eq!((jws.algorithm(), jws.key_id(), jws.payload()), ("ES256", Some("1"), &b"{}"[..]));
/// # Ok::<(), toolgate_jwt_verify::VerifyError>(())
/// ```
pub struct UnverifiedJws {
    algorithm: String,
    key_id: Option<String>,
    typ: Option<String>,
    signing_input: String,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl UnverifiedJws {
    /// Reads a token as strictly as a verifier does, except that any algorithm may be named.
    ///
    /// # Errors
    /// [`VerifyError`] for what no verifier would read.
    pub fn read(token: &str) -> Result<Self, VerifyError> {
        let compact = Compact::split(token, MAX_LEN)?;
        let header = decode(compact.header, "header")?;
        let header = Header::parse(&header)?;
        header.check_extensions()?;
        Ok(Self {
            algorithm: header.alg()?.to_owned(),
            key_id: header.kid()?.map(str::to_owned),
            typ: header.typ()?.map(str::to_owned),
            signing_input: compact.signing_input.to_owned(),
            payload: decode(compact.payload, "payload")?,
            signature: compact.signature()?,
        })
    }

    /// The header's `alg`: any text.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The header's `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The header's `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// What the signature is over.
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.signing_input
    }

    /// The payload: any octets.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signature: any octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

impl fmt::Debug for UnverifiedJws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedJws")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("typ", &self.typ)
            .finish_non_exhaustive()
    }
}
