//! When a token is good (RFC 7519 sections 2, 4.1.4 to 4.1.6).
//!
//! A NumericDate is any JSON number. All arithmetic is on finite floating point within ±2^53, where whole seconds are
//! exact and nothing overflows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::VerifyError;
use crate::json::Value;

/// The last second that is exact; later ones mean nothing.
const LAST: f64 = 9_007_199_254_740_992.0;

/// The times of a token, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Validity {
    pub(crate) exp: f64,
    pub(crate) nbf: Option<f64>,
    pub(crate) iat: Option<f64>,
}

/// How strictly times are compared, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) leeway: f64,
    pub(crate) max_age: Option<f64>,
}

impl Validity {
    /// Checks the times at `now`.
    pub(crate) fn check(&self, now: f64, tolerance: Tolerance) -> Result<(), VerifyError> {
        let Tolerance { leeway, max_age } = tolerance;
        if now >= self.exp + leeway {
            return Err(VerifyError::Expired { at: self.exp, now });
        }
        for (claim, at) in [("nbf", self.nbf), ("iat", self.iat)] {
            if let Some(at) = at.filter(|at| now < at - leeway) {
                return Err(VerifyError::NotYetValid { claim, at, now });
            }
        }
        if self.iat.is_some_and(|iat| self.exp <= iat) {
            return Err(VerifyError::invalid("exp", "it is not later than iat"));
        }
        let Some(max_age) = max_age else { return Ok(()) };
        match self.iat {
            None => Err(VerifyError::MissingClaim { claim: "iat" }),
            Some(iat) if now >= iat + max_age + leeway => {
                Err(VerifyError::Expired { at: iat + max_age, now })
            }
            Some(_) => Ok(()),
        }
    }
}

/// A NumericDate claim.
pub(crate) fn numeric_date(claim: &'static str, value: &Value<'_>) -> Result<f64, VerifyError> {
    let Value::Number(text) = value else {
        return Err(VerifyError::invalid(claim, format!("expected a number, found {}", value.kind())));
    };
    match text.parse::<f64>() {
        Ok(seconds) if seconds.abs() <= LAST => Ok(seconds),
        _ => Err(VerifyError::invalid(
            claim,
            "expected seconds since 1970, found a number far outside of time",
        )),
    }
}

/// A time as seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

/// Seconds since 1970 as a time, if this machine can represent it.
pub(crate) fn time(claim: &'static str, seconds: f64) -> Result<SystemTime, VerifyError> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|since| UNIX_EPOCH.checked_add(since))
        .ok_or_else(|| VerifyError::invalid(claim, "expected seconds since 1970 that a clock can show"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Tolerance = Tolerance { leeway: 60.0, max_age: None };

    fn kind(validity: Validity, now: f64, tolerance: Tolerance) -> &'static str {
        validity.check(now, tolerance).map_or_else(|error| error.kind(), |()| "good")
    }

    #[test]
    fn jv_16_good_until_the_last_moment_of_the_leeway() {
        let token = Validity { exp: 1000.0, nbf: None, iat: None };
        assert_eq!(kind(token, 1059.9, TOLERANCE), "good");
        assert_eq!(kind(token, 1060.0, TOLERANCE), "expired");
    }

    #[test]
    fn jv_17_not_before_its_time_and_not_older_than_allowed() {
        let token = Validity { exp: 5000.0, nbf: Some(1000.0), iat: Some(1000.0) };
        assert_eq!(kind(token, 940.0, TOLERANCE), "good");
        assert_eq!(kind(token, 939.9, TOLERANCE), "not_yet_valid");
        let aged = Tolerance { max_age: Some(100.0), ..TOLERANCE };
        assert_eq!(kind(token, 1159.0, aged), "good");
        assert!(matches!(token.check(1160.0, aged), Err(VerifyError::Expired { at: 1100.0, now: 1160.0 })));
        assert_eq!(kind(Validity { iat: None, ..token }, 1000.0, aged), "missing_claim");
    }

    #[test]
    fn jv_16_any_number_is_read_without_a_panic() {
        for text in ["1e300", "1e400", "-1e400", "18446744073709551615", "9223372036854775808"] {
            assert_eq!(
                numeric_date("exp", &Value::Number(text)).unwrap_err().kind(),
                "invalid_claim",
                "{text}"
            );
        }
        assert_eq!(numeric_date("exp", &Value::Number("1.5e1")).unwrap(), 15.0);
        assert!(time("exp", -1.0).is_err());
        assert_eq!(seconds(time("exp", 15.5).unwrap()), 15.5);
        assert_eq!(seconds(UNIX_EPOCH - Duration::from_secs(1)), -1.0, "a clock that was never set");
    }
}
