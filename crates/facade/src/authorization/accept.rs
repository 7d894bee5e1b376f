//! From `[oauth.accept]` to the verifier.

use std::sync::Arc;
use std::time::Duration;

use toolgate_jwt_verify::Verifier;

use crate::NoToken;
use crate::config::{AcceptConfig, algorithms};

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
