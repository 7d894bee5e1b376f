//! Where the peers are, and how they are reached.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use toolgate_examples::check::reason;
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_jwt_verify::{Algorithm, KeySource, Verifier};
use toolgate_oauth_cc::discovery::{AuthorizationServerMetadata, Discovery};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, SigningAlgorithm, SigningKey};
use toolgate_testkit::ca::{CA_FILE, CLIENT_FILE, CLIENT_KEY_FILE};
use toolgate_tls_config::ClientTls;

/// The secret of every client that has one, out of characters that need encoding.
pub(crate) const SECRET: &str = "canary: 100% of+/=&\"secret\"~";

/// The authorization server, the files around it, and a client of its own for each check.
pub(crate) struct Peers {
    pub(crate) issuer: String,
    /// The folder of the development CA and the certificates.
    pub(crate) certs: PathBuf,
    /// The folder of the private keys of the `private_key_jwt` clients.
    keys: PathBuf,
}

/// What the authorization server has counted.
#[derive(Debug, Deserialize)]
pub(crate) struct Counts {
    /// Token requests by client.
    tokens: BTreeMap<String, usize>,
    /// Requests for the key set.
    pub(crate) keys: usize,
}

impl Counts {
    pub(crate) fn tokens(&self, client: &str) -> usize {
        self.tokens.get(client).copied().unwrap_or_default()
    }
}

/// A variable that `cargo xtask interop` sets.
pub(crate) fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("{name} is not set; run this by: cargo xtask interop"))
}

impl Peers {
    pub(crate) fn from_environment() -> Result<Self, String> {
        Ok(Self {
            // Not there for groups that do without an authorization server.
            issuer: std::env::var("INTEROP_ISSUER").unwrap_or_default(),
            certs: variable("INTEROP_CERTS")?.into(),
            keys: variable("INTEROP_KEYS")?.into(),
        })
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.certs.join(CA_FILE)
    }

    fn tls(&self) -> ClientTls {
        ClientTls::new().with_ca_file(self.ca_file())
    }

    /// A client with a pool of its own.
    pub(crate) fn http(&self) -> Result<Arc<dyn HttpClient>, String> {
        Ok(Arc::new(HyperClient::builder(self.tls().build().map_err(reason)?).build()))
    }

    /// A client that shows a certificate.
    pub(crate) fn http_with_certificate(&self) -> Result<Arc<dyn HttpClient>, String> {
        let file = |name: &str| self.certs.join(name);
        let tls = self.tls().with_client_certificate_files(file(CLIENT_FILE), file(CLIENT_KEY_FILE));
        Ok(Arc::new(HyperClient::builder(tls.build().map_err(reason)?).build()))
    }

    pub(crate) async fn metadata(&self) -> Result<AuthorizationServerMetadata, String> {
        Discovery::new(self.http()?).from_issuer(&self.issuer).await.map_err(reason)
    }

    /// Credentials that ask for `mcp:read` at a resource whose tokens are signed with `algorithm`.
    pub(crate) async fn credentials(
        &self,
        client: &str,
        authentication: ClientAuthentication,
        algorithm: Algorithm,
    ) -> Result<ClientCredentials, String> {
        let credentials = self.metadata().await?.credentials(client, authentication).map_err(reason)?;
        let credentials = credentials.with_scopes(["mcp:read"]).map_err(reason)?;
        credentials.with_resource(&resource(algorithm)).map_err(reason)
    }

    /// What accepts the tokens of that resource, and takes nothing that RFC 9068 does not allow.
    pub(crate) async fn verifier(&self, algorithm: Algorithm) -> Result<Verifier, String> {
        let url = self.metadata().await?.jwks_uri.ok_or("the metadata names no jwks_uri")?;
        let keys = KeySource::remote(&url, self.http()?).map_err(reason)?;
        let verifier = Verifier::new(&self.issuer, [resource(algorithm)], keys).map_err(reason)?;
        Ok(verifier.with_algorithms([algorithm]).map_err(reason)?.with_strict(true))
    }

    pub(crate) fn key_file(&self, algorithm: &str) -> PathBuf {
        self.keys.join(format!("{algorithm}.pem"))
    }

    /// The private key of the client that signs its assertions with `algorithm`.
    pub(crate) fn signing_key(&self, algorithm: SigningAlgorithm) -> Result<SigningKey, String> {
        let name = algorithm.as_str();
        let pem = Secret::from_file(self.key_file(name)).map_err(reason)?;
        let key = SigningKey::from_pem(&pem, algorithm).map_err(reason)?;
        Ok(key.with_key_id(&format!("client-{name}")))
    }

    pub(crate) async fn counts(&self) -> Result<Counts, String> {
        self.control(Method::GET, "counts").await
    }

    /// Puts new keys before the old ones; the old ones stay published.
    pub(crate) async fn rotate_keys(&self) -> Result<(), String> {
        self.control(Method::POST, "rotate").await.map(|_| ())
    }

    /// Publishes the newest keys only.
    pub(crate) async fn withdraw_old_keys(&self) -> Result<(), String> {
        self.control(Method::POST, "withdraw").await.map(|_| ())
    }

    async fn control(&self, method: Method, action: &str) -> Result<Counts, String> {
        let uri = format!("{}/interop/{action}", self.issuer);
        let request = http::Request::builder().method(method).uri(uri).body(Bytes::new()).map_err(reason)?;
        let response = self.http()?.send(request).await.map_err(reason)?;
        let body = response.into_body().bytes().await.map_err(reason)?;
        serde_json::from_slice(&body).map_err(reason)
    }
}

/// The secret as the client's authentication in the header.
pub(crate) fn basic() -> ClientAuthentication {
    ClientAuthentication::SecretBasic(Secret::new(SECRET))
}

/// The resource whose tokens the server signs with `algorithm`.
pub(crate) fn resource(algorithm: Algorithm) -> String {
    format!("https://rs.example/{}", algorithm.as_str())
}
