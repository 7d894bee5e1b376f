//! How the client proves who it is: read from settings, files and environment, never from the network.

use std::path::{Path, PathBuf};

use toolgate_oauth_cc::discovery::AuthorizationServerMetadata;
use toolgate_oauth_cc::{
    ClientAuthentication, DpopKey, PrivateKeyJwt, Secret, SigningAlgorithm, SigningKey, TokenError,
};

use crate::config::{self, Authentication, OAuthConfig};
use crate::{Config, ConfigError, NoToken};

/// In the order in which a key without a named algorithm is tried: an RSA key is good for two, and RS256 is what every
/// server takes; an Ed25519 key for two names, and EdDSA is the one that every server knows.
const ALGORITHMS: [SigningAlgorithm; 5] = [
    SigningAlgorithm::ES256,
    SigningAlgorithm::EdDSA,
    SigningAlgorithm::Ed25519,
    SigningAlgorithm::RS256,
    SigningAlgorithm::PS256,
];

/// How the client proves who it is.
pub(super) enum Login {
    /// With this secret, by a method that the server's metadata chooses.
    Secret(Secret),
    /// By this method and no other.
    Fixed(ClientAuthentication),
}

impl Login {
    pub(super) fn of(config: &Config, oauth: &OAuthConfig) -> Result<Self, NoToken> {
        let secret = || oauth.secret(&config.environment);
        let fixed = match oauth.authentication {
            None => return Ok(Self::Secret(secret()?)),
            Some(Authentication::ClientSecretPost) => ClientAuthentication::SecretPost(secret()?),
            Some(Authentication::ClientSecretBasic) => ClientAuthentication::SecretBasic(secret()?),
            Some(Authentication::ClientSecretBasicRaw) => ClientAuthentication::SecretBasicRaw(secret()?),
            Some(Authentication::PrivateKeyJwt) => ClientAuthentication::PrivateKeyJwt(assertion(oauth)?),
            Some(Authentication::TlsClientAuth) => {
                certificate(config)?;
                ClientAuthentication::TlsClientAuth
            }
            Some(Authentication::SelfSignedTlsClientAuth) => {
                certificate(config)?;
                ClientAuthentication::SelfSignedTlsClientAuth
            }
        };
        Ok(Self::Fixed(fixed))
    }

    pub(super) fn for_server(
        &self,
        metadata: &AuthorizationServerMetadata,
    ) -> Result<ClientAuthentication, TokenError> {
        match self {
            Self::Secret(secret) => metadata.secret_authentication(secret.clone()),
            Self::Fixed(authentication) => Ok(authentication.clone()),
        }
    }

    /// A secret goes into the form body, which every server reads.
    pub(super) fn without_metadata(&self) -> ClientAuthentication {
        match self {
            Self::Secret(secret) => ClientAuthentication::SecretPost(secret.clone()),
            Self::Fixed(authentication) => authentication.clone(),
        }
    }
}

fn assertion(oauth: &OAuthConfig) -> Result<PrivateKeyJwt, NoToken> {
    let file = oauth.key_file.as_ref().ok_or(ConfigError::Missing {
        what: "the private key for private_key_jwt",
        mend: "name its file as key_file under [oauth] in toolgate.toml",
    })?;
    let algorithm = oauth.key_algorithm.as_deref().map(signing_algorithm).transpose()?;
    let mut key = signing_key(file, algorithm)?;
    if let Some(key_id) = &oauth.key_id {
        key = key.with_key_id(key_id);
    }
    if let Some(file) = &oauth.key_certificate_file {
        key = key.with_certificate(&config::read_text(file)?)?;
    }
    let assertion = PrivateKeyJwt::new(key);
    Ok(match &oauth.assertion_audience {
        Some(audience) => assertion.with_audience(audience),
        None => assertion,
    })
}

/// The key that tokens are bound to, if they are.
pub(super) fn dpop_key(oauth: &OAuthConfig) -> Result<Option<DpopKey>, NoToken> {
    let key = oauth.dpop_key_file.as_ref().map(|file| signing_key(file, None)).transpose()?;
    Ok(key.map(DpopKey::new))
}

fn signing_algorithm(name: &str) -> Result<SigningAlgorithm, ConfigError> {
    ALGORITHMS.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or_else(|| {
        ConfigError::value("key_algorithm under [oauth]", name, "RS256, PS256, ES256, EdDSA or Ed25519")
    })
}

/// The key in `file`, for `algorithm` or for the one that fits it.
fn signing_key(file: &Path, algorithm: Option<SigningAlgorithm>) -> Result<SigningKey, NoToken> {
    let text = config::read_text(file)?;
    let is_jwk = text.trim_start().starts_with('{');
    let text = Secret::new(text);
    let read = |algorithm| match is_jwk {
        true => SigningKey::from_jwk(&text, algorithm),
        false => SigningKey::from_pem(&text, algorithm),
    };
    if let Some(algorithm) = algorithm {
        return Ok(read(algorithm)?);
    }
    let key = ALGORITHMS.into_iter().find_map(|algorithm| read(algorithm).ok());
    key.ok_or_else(|| {
        let expected = "an unencrypted PEM or JWK with an EC key on P-256, an Ed25519 key, or an RSA key of 2048 to \
                        8192 bits";
        ConfigError::value("the private key", file.display().to_string(), expected).into()
    })
}

/// That there is a certificate to show at all.
fn certificate(config: &Config) -> Result<(), ConfigError> {
    let missing = |file: &Option<PathBuf>| file.is_none();
    if missing(&config.tls.client_certificate) || missing(&config.tls.client_key) {
        return Err(ConfigError::Missing {
            what: "the client certificate for tls_client_auth",
            mend: "name client_certificate and client_key under [tls] in toolgate.toml",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_named_algorithm_gets_the_one_that_fits() {
        let folder = tempfile::tempdir().unwrap();
        let fits = |text: &str| {
            let file = folder.path().join("key");
            std::fs::write(&file, text).unwrap();
            signing_key(&file, None).map(|key| key.algorithm()).map_err(|error| error.to_string())
        };
        let pem = |algorithm| rcgen::KeyPair::generate_for(algorithm).unwrap().serialize_pem();
        assert_eq!(fits(&pem(&rcgen::PKCS_ECDSA_P256_SHA256)), Ok(SigningAlgorithm::ES256));
        assert_eq!(fits(&pem(&rcgen::PKCS_ED25519)), Ok(SigningAlgorithm::EdDSA));
        assert_eq!(fits(&pem(&rcgen::PKCS_RSA_SHA256)), Ok(SigningAlgorithm::RS256));
        let other = fits(&pem(&rcgen::PKCS_ECDSA_P384_SHA384)).unwrap_err();
        assert!(other.contains("expected an unencrypted PEM or JWK"), "{other}");
    }

    #[test]
    fn a_key_is_named_by_its_own_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let [own, other] = ["own", "other"].map(|name| {
            let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
            let certificate = rcgen::CertificateParams::default().self_signed(&pair).unwrap();
            let (key, pem) = (folder.path().join(name), folder.path().join(format!("{name}.crt")));
            std::fs::write(&key, pair.serialize_pem()).unwrap();
            std::fs::write(&pem, certificate.pem()).unwrap();
            (key, pem)
        });
        let named = |certificate| {
            let oauth = OAuthConfig {
                key_file: Some(own.0.clone()),
                key_certificate_file: Some(certificate),
                ..OAuthConfig::default()
            };
            assertion(&oauth).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(named(own.1.clone()), Ok(()));
        let refused = named(other.1).unwrap_err();
        assert!(refused.contains("another key's"), "{refused}");
        let absent = named(folder.path().join("absent")).unwrap_err();
        assert!(absent.contains("absent"), "{absent}");
    }
}
