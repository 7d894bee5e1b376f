//! From `[oauth.accept]` to the verifier.

use std::sync::Arc;
use std::time::Duration;

use toolgate_jwt_verify::{Algorithm, Verifier};

use crate::config::AcceptConfig;
use crate::{ConfigError, NoToken};

/// `verifier` with what `accept` says.
pub(super) fn set_up(verifier: Verifier, accept: &AcceptConfig) -> Result<Verifier, NoToken> {
    let mut verifier = verifier
        .with_strict(accept.strict)
        .with_scp_claim(accept.scp_claim)
        .with_array_scope(accept.array_scope)
        .with_client_id_audience(accept.client_id_audience);
    for claim in &accept.scope_claims {
        verifier = verifier.with_scope_claim(claim);
    }
    if let Some(seconds) = accept.leeway_seconds {
        verifier = verifier.with_leeway(Duration::from_secs(seconds)).map_err(Arc::new)?;
    }
    if let Some(names) = &accept.algorithms {
        verifier = verifier.with_algorithms(algorithms(names, "[oauth.accept]")?).map_err(Arc::new)?;
    }
    Ok(verifier)
}

/// The algorithms of these names, which stand under `section`.
pub(crate) fn algorithms(names: &[String], section: &str) -> Result<Vec<Algorithm>, ConfigError> {
    let algorithm = |name: &String| {
        name.parse().map_err(|_| ConfigError::Value {
            what: format!("an algorithm under {section}"),
            found: name.clone(),
            expected: "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA".to_owned(),
        })
    };
    names.iter().map(algorithm).collect()
}
