//! What a verifier was told to accept.

use std::sync::Arc;
use std::time::Duration;

use crate::validity::Tolerance;
use crate::{Algorithm, VerifyError};

/// The settings of a verifier, all of them checked.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) issuer: Arc<str>,
    pub(crate) audiences: Vec<Box<str>>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) tolerance: Tolerance,
    pub(crate) strict: bool,
    pub(crate) max_token_len: usize,
    /// Where scopes are read from when there is no `scope`, in this order.
    pub(crate) scope_claims: Vec<Box<str>>,
    pub(crate) client_id_audience: bool,
    pub(crate) array_scope: bool,
}

/// More leeway than this hides a broken clock.
const MAX_LEEWAY: Duration = Duration::from_secs(300);

impl Policy {
    pub(crate) fn new(issuer: String, audiences: Vec<String>) -> Result<Self, VerifyError> {
        if issuer.is_empty() {
            return Err(VerifyError::configuration("expected the issuer's URL, found nothing"));
        }
        if audiences.is_empty() || audiences.iter().any(String::is_empty) {
            return Err(VerifyError::configuration(
                "expected at least one audience and none empty: the resource that tokens are for",
            ));
        }
        Ok(Self {
            issuer: issuer.into(),
            audiences: audiences.into_iter().map(Into::into).collect(),
            algorithms: Algorithm::DEFAULT.to_vec(),
            tolerance: Tolerance { leeway: 60.0, max_age: None },
            strict: false,
            max_token_len: 16 << 10,
            scope_claims: Vec::new(),
            client_id_audience: false,
            array_scope: false,
        })
    }

    pub(crate) fn set_leeway(&mut self, leeway: Duration) -> Result<(), VerifyError> {
        if leeway > MAX_LEEWAY {
            return Err(VerifyError::configuration(
                "a leeway of more than 300 s is not allowed; correct the clocks instead",
            ));
        }
        self.tolerance.leeway = leeway.as_secs_f64();
        Ok(())
    }

    pub(crate) fn set_algorithms(&mut self, algorithms: Vec<Algorithm>) -> Result<(), VerifyError> {
        if algorithms.is_empty() {
            return Err(VerifyError::configuration("expected at least one algorithm"));
        }
        self.algorithms = algorithms;
        Ok(())
    }
}
