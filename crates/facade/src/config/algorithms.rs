//! Signature algorithms by their registered names (RFC 7518 section 3.1), as sections of the configuration list them.

use toolgate_jwt_verify::Algorithm;

use super::ConfigError;

/// The algorithms of these names, which stand under `section`.
pub(crate) fn algorithms(names: &[String], section: &str) -> Result<Vec<Algorithm>, ConfigError> {
    let algorithm = |name: &String| {
        name.parse().map_err(|_| {
            let expected = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA or Ed25519";
            ConfigError::value(format!("an algorithm under {section}"), name, expected)
        })
    };
    if names.is_empty() {
        let expected = "at least one, or no such line for the default";
        return Err(ConfigError::value(format!("algorithms under {section}"), "[]", expected));
    }
    names.iter().map(algorithm).collect()
}
