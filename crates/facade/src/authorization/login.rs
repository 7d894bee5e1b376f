//! How the client proves who it is: read from settings, files and environment, never from the network.

use std::path::{Path, PathBuf};

use toolgate_oauth_cc::discovery::AuthorizationServerMetadata;
use toolgate_oauth_cc::{
    ClientAuthentication, DpopKey, PrivateKeyJwt, Secret, SigningAlgorithm, SigningKey, TokenError,
};

use crate::config::{self, Authentication, OAuthConfig};
use crate::{Config, ConfigError, NoToken};

/// How the client proves who it is.
pub(super) enum Login {
    /// With this secret, by a method that the server's metadata chooses.
    Secret(Secret),
    /// By this method and no other.
    Fixed(ClientAuthentication),
}

impl Login {
    pub(super) fn of(config: &Config) -> Result<Self, NoToken> {
        let oauth = &config.oauth;
        let secret = || oauth.secret(&config.environment);
        let fixed = match oauth.authentication {
            None => return Ok(Self::Secret(secret()?)),
            Some(Authentication::ClientSecretPost) => ClientAuthentication::SecretPost(secret()?),
            Some(Authentication::ClientSecretBasic) => ClientAuthentication::SecretBasic(secret()?),
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

    /// In the body, as the article does it.
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
    let algorithm = match oauth.key_algorithm.as_deref().unwrap_or("ES256") {
        "RS256" => SigningAlgorithm::Rs256,
        "PS256" => SigningAlgorithm::Ps256,
        "ES256" => SigningAlgorithm::Es256,
        "EdDSA" => SigningAlgorithm::EdDsa,
        other => {
            return Err(ConfigError::Value {
                what: "key_algorithm under [oauth]".to_owned(),
                found: other.to_owned(),
                expected: "RS256, PS256, ES256 or EdDSA".to_owned(),
            }
            .into());
        }
    };
    let mut key = signing_key(file, algorithm)?;
    if let Some(key_id) = &oauth.key_id {
        key = key.with_key_id(key_id);
    }
    let assertion = PrivateKeyJwt::new(key);
    Ok(match &oauth.assertion_audience {
        Some(audience) => assertion.with_audience(audience),
        None => assertion,
    })
}

/// The key that tokens are bound to, if they are.
pub(super) fn dpop_key(oauth: &OAuthConfig) -> Result<Option<DpopKey>, NoToken> {
    let key =
        oauth.dpop_key_file.as_ref().map(|file| signing_key(file, SigningAlgorithm::Es256)).transpose()?;
    Ok(key.map(DpopKey::new))
}

fn signing_key(file: &Path, algorithm: SigningAlgorithm) -> Result<SigningKey, NoToken> {
    let text = config::read(file)?;
    let is_jwk = text.trim_start().starts_with('{');
    let text = Secret::new(text);
    let key =
        if is_jwk { SigningKey::from_jwk(&text, algorithm) } else { SigningKey::from_pem(&text, algorithm) };
    Ok(key?)
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
