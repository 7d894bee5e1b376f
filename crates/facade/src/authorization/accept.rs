//! From `[oauth.accept]` to the verifier.

use std::sync::Arc;
use std::time::Duration;

use toolgate_jwt_verify::Verifier;

use crate::config::{AcceptConfig, algorithms};
use crate::{ConfigError, NoToken};

/// `verifier` with what `accept` says.
pub(super) fn set_up(verifier: Verifier, accept: &AcceptConfig) -> Result<Verifier, NoToken> {
    let mut verifier = verifier
        .with_strict(accept.strict)
        .with_array_scope(accept.array_scope)
        .with_client_id_audience(accept.client_id_audience);
    for claim in &accept.scope_claims {
        verifier = verifier.with_scope_claim(claim);
    }
    if let Some(seconds) = accept.leeway_seconds {
        verifier = verifier.with_leeway(Duration::from_secs(seconds)).map_err(|_| {
            let expected = "at most 300 seconds; correct the clocks instead";
            ConfigError::value("leeway_seconds under [oauth.accept]", seconds.to_string(), expected)
        })?;
    }
    if let Some(names) = &accept.algorithms {
        verifier = verifier.with_algorithms(algorithms(names, "[oauth.accept]")?).map_err(Arc::new)?;
    }
    Ok(verifier)
}

#[cfg(test)]
mod tests {
    use toolgate_jwt_verify::KeySource;

    use super::*;
    use crate::unplugged::Unplugged;

    #[test]
    fn what_no_verifier_takes_is_told_by_its_setting() {
        let refused = |text: &str| {
            let keys = KeySource::remote("https://as.example/jwks", Arc::new(Unplugged)).unwrap();
            let verifier = Verifier::new("https://as.example", ["a"], keys).unwrap();
            set_up(verifier, &toml::from_str(text).unwrap()).map(drop).unwrap_err().to_string()
        };
        let said = refused("leeway_seconds = 999");
        assert_eq!(
            said,
            "leeway_seconds under [oauth.accept] is \"999\"; expected at most 300 seconds; correct the clocks instead"
        );
        assert!(
            refused("algorithms = []")
                .starts_with("algorithms under [oauth.accept] is \"[]\"; expected at least one")
        );
    }
}
