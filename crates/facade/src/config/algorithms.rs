//! Signature algorithms by their registered names (RFC 7518 section 3.1), as sections of the configuration list them.

use toolgate_jwt_verify::Algorithm;

use super::ConfigError;

/// The algorithms of these names, which stand under `section`.
pub(crate) fn algorithms(names: &[String], section: &str) -> Result<Vec<Algorithm>, ConfigError> {
    let algorithm = |name: &String| {
        name.parse().map_err(|_| ConfigError::Value {
            what: format!("an algorithm under {section}"),
            found: name.clone(),
            expected: "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA".to_owned(),
        })
    };
    if names.is_empty() {
        return Err(ConfigError::Value {
            what: format!("algorithms under {section}"),
            found: "[]".to_owned(),
            expected: "at least one, or no such line for the default".to_owned(),
        });
    }
    names.iter().map(algorithm).collect()
}
