//! The claims of an access token (RFC 7519 section 4, RFC 9068 sections 2.2 and 4), checked after the signature.

use std::borrow::Cow;

use crate::confirmation::Confirmation;
use crate::error::escaped;
use crate::json::{self, Value};
use crate::policy::Policy;
use crate::validity::{self, Validity, numeric_date};
use crate::{Scopes, VerifiedToken, VerifyError};

/// The claims that decide something.
#[derive(Default)]
struct Claims<'a> {
    iss: Option<Value<'a>>,
    aud: Option<Value<'a>>,
    exp: Option<Value<'a>>,
    nbf: Option<Value<'a>>,
    iat: Option<Value<'a>>,
    sub: Option<Value<'a>>,
    client_id: Option<Value<'a>>,
    jti: Option<Value<'a>>,
    scope: Option<Value<'a>>,
    /// Scopes by another name: its place among the configured ones.
    other_scopes: Option<(usize, Value<'a>)>,
    cnf: Option<Value<'a>>,
    /// What Amazon Cognito calls the token: its ID tokens are for the client id too.
    token_use: Option<Value<'a>>,
    /// Of an introspection response only.
    active: Option<Value<'a>>,
}

/// Checks the claims of a token whose signature is good; `now` is in seconds since 1970.
pub(crate) fn accept(
    payload: Vec<u8>,
    kid: Option<&str>,
    policy: &Policy,
    now: f64,
) -> Result<VerifiedToken, VerifyError> {
    let claims = Claims::parse(&payload, policy)?;
    claims.check_issuer(policy)?;
    let token = claims.accept(kid, policy, now)?;
    Ok(VerifiedToken { claims_json: String::from_utf8(payload).unwrap_or_default().into(), ..token })
}

/// Checks what the issuer itself says about a token (RFC 7662 section 2.2). It need not repeat who it is; everything
/// else counts as in a token.
pub(crate) fn accept_introspection(
    document: &str,
    policy: &Policy,
    now: f64,
) -> Result<VerifiedToken, VerifyError> {
    let claims = Claims::parse(document.as_bytes(), policy)?;
    match claims.active {
        Some(Value::Boolean(true)) => {}
        Some(Value::Boolean(false)) => return Err(VerifyError::Inactive),
        _ => return Err(VerifyError::invalid("active", "expected true or false")),
    }
    if claims.iss.is_some() {
        claims.check_issuer(policy)?;
    }
    let token = claims.accept(None, policy, now)?;
    Ok(VerifiedToken { claims_json: document.into(), ..token })
}

impl<'a> Claims<'a> {
    fn accept(&self, kid: Option<&str>, policy: &Policy, now: f64) -> Result<VerifiedToken, VerifyError> {
        self.check_use()?;
        let audiences = self.audiences(policy)?;
        let validity = self.validity()?;
        validity.check(now, policy.tolerance)?;
        let required = policy.strict;
        let token = VerifiedToken {
            issuer: policy.issuer.clone(),
            audiences,
            subject: string("sub", self.sub.as_ref(), required)?,
            client_id: string("client_id", self.client_id.as_ref(), required)?,
            jwt_id: string("jti", self.jti.as_ref(), required)?,
            key_id: kid.map(Into::into),
            scopes: self.scopes(policy)?,
            validity,
            expires_at: validity::time("exp", validity.exp)?,
            issued_at: validity.iat.map(|iat| validity::time("iat", iat)).transpose()?,
            confirmation: match &self.cnf {
                Some(cnf) => Confirmation::from_claim(cnf)?,
                None => Confirmation::default(),
            },
            claims_json: Box::default(),
            remembered_as: None,
        };
        if required && token.issued_at.is_none() {
            return Err(VerifyError::MissingClaim { claim: "iat" });
        }
        Ok(token)
    }

    fn parse(payload: &'a [u8], policy: &Policy) -> Result<Self, VerifyError> {
        let mut claims = Self::default();
        json::object(payload, &mut |name, value| {
            let place = match name {
                "iss" => &mut claims.iss,
                "aud" => &mut claims.aud,
                "exp" => &mut claims.exp,
                "nbf" => &mut claims.nbf,
                "iat" => &mut claims.iat,
                "sub" => &mut claims.sub,
                "client_id" => &mut claims.client_id,
                "jti" => &mut claims.jti,
                "scope" => &mut claims.scope,
                "cnf" => &mut claims.cnf,
                "token_use" => &mut claims.token_use,
                "active" => &mut claims.active,
                _ => {
                    let place = policy.scope_claims.iter().position(|claim| **claim == *name);
                    if let Some(place) = place
                        .filter(|&place| claims.other_scopes.as_ref().is_none_or(|(first, _)| place < *first))
                    {
                        claims.other_scopes = Some((place, value));
                    }
                    return;
                }
            };
            *place = Some(value);
        })
        .map_err(|reason| VerifyError::malformed("claims", reason))?;
        Ok(claims)
    }

    /// `iss` is exactly the configured issuer: no prefix, no list (CVE-2024-53861, CVE-2025-30144).
    fn check_issuer(&self, policy: &Policy) -> Result<(), VerifyError> {
        match required("iss", self.iss.as_ref())? {
            Value::String(found) if **found == *policy.issuer => Ok(()),
            Value::String(found) => {
                Err(VerifyError::WrongIssuer { found: escaped(found), expected: policy.issuer.clone() })
            }
            other => Err(not_a_string("iss", other)),
        }
    }

    /// That it does not say itself that it is an ID token (RFC 8725 section 3.12).
    fn check_use(&self) -> Result<(), VerifyError> {
        match &self.token_use {
            Some(Value::String(said)) if said == "id" => {
                Err(VerifyError::invalid("token_use", "it is an ID token, expected an access token"))
            }
            _ => Ok(()),
        }
    }

    /// `aud` holds one of the configured audiences, exactly.
    fn audiences(&self, policy: &Policy) -> Result<Vec<Box<str>>, VerifyError> {
        let own_id = self.client_id.as_ref().filter(|_| policy.client_id_audience);
        let elements = match required("aud", self.aud.as_ref().or(own_id))? {
            Value::String(one) => vec![Value::String(Cow::Borrowed(one))],
            Value::Array(several) => json::array(several).unwrap_or_default(),
            other => {
                let reason = format!("expected a string or an array of strings, found {}", other.kind());
                return Err(VerifyError::invalid("aud", reason));
            }
        };
        let mut audiences = Vec::with_capacity(elements.len());
        for element in &elements {
            match element {
                Value::String(audience) => audiences.push(Box::from(audience.as_ref())),
                other => return Err(not_a_string("aud", other)),
            }
        }
        if policy.audiences.iter().any(|audience| audiences.contains(audience)) {
            return Ok(audiences);
        }
        Err(VerifyError::WrongAudience {
            found: escaped(&audiences.join(", ")),
            expected: policy.audiences.join(", "),
        })
    }

    fn validity(&self) -> Result<Validity, VerifyError> {
        let optional = |claim, value: &Option<Value<'_>>| {
            value.as_ref().map(|value| numeric_date(claim, value)).transpose()
        };
        let exp = numeric_date("exp", required("exp", self.exp.as_ref())?)?;
        Ok(Validity { exp, nbf: optional("nbf", &self.nbf)?, iat: optional("iat", &self.iat)? })
    }

    /// `scope`; where it is absent, the first of the configured claims that is there.
    fn scopes(&self, policy: &Policy) -> Result<Scopes, VerifyError> {
        match (&self.scope, &self.other_scopes) {
            (Some(scope), _) => Scopes::from_claim("scope", scope, policy.array_scope),
            (None, Some((_, other))) => Scopes::from_claim("scp, or what stands for it", other, true),
            (None, None) => Ok(Scopes::default()),
        }
    }
}

fn required<'v, 'a>(claim: &'static str, value: Option<&'v Value<'a>>) -> Result<&'v Value<'a>, VerifyError> {
    value.ok_or(VerifyError::MissingClaim { claim })
}

fn string(
    claim: &'static str,
    value: Option<&Value<'_>>,
    required: bool,
) -> Result<Option<Box<str>>, VerifyError> {
    match value {
        Some(Value::String(text)) => Ok(Some(text.as_ref().into())),
        Some(other) => Err(not_a_string(claim, other)),
        None if required => Err(VerifyError::MissingClaim { claim }),
        None => Ok(None),
    }
}

fn not_a_string(claim: &'static str, found: &Value<'_>) -> VerifyError {
    VerifyError::invalid(claim, format!("expected a string, found {}", found.kind()))
}
