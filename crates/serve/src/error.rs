//! Why a server cannot be started. Errors of single requests are answers: see `refusal`.

use std::net::SocketAddr;

use toolgate_jwt_verify::VerifyError;
use toolgate_tls_config::TlsError;

/// Why the server could not be started.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use toolgate::{Config, Toolgate};
/// use toolgate_serve::{ServeError, Server};
/// # let folder = tempfile::tempdir()?;
/// # let mut config = Config::default();
/// # (config.tls.mozilla_roots, config.tls.system_roots) = (true, false);
/// # config.oauth.client_id = Some("crm-assistant".into());
/// # config.oauth.client_secret = Some(toolgate::Secret::new("s3cret"));
/// # config.audit.file = folder.path().join("audit.jsonl");
///
/// // Nobody has said whose tokens are good, so nothing is served.
/// match Server::bind(Toolgate::open(config)?).await {
///     Err(ServeError::Unguarded) => {}
///     other => panic!("{:?}", other.map(|server| server.url())),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Something that a conversation needs cannot be used.
    #[error(transparent)]
    Client(#[from] toolgate::Error),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The settings under `[serve.auth]` cannot be used.
    #[error("[serve.auth]: {0}")]
    Auth(#[from] VerifyError),
    /// Anybody could use it.
    #[error(
        "nobody is asked for a token: name the issuer of your clients' tokens under [serve.auth] in toolgate.toml, or \
         set open_to_this_machine = true under [serve] to let every process of this machine use it"
    )]
    Unguarded,
    /// Open to this machine, and listening for others.
    #[error(
        "open_to_this_machine is for a loopback address only, but listen under [serve] is {listen}: listen on \
         127.0.0.1, or name the issuer of your clients' tokens under [serve.auth]"
    )]
    OpenToOthers {
        /// Where it was to listen.
        listen: SocketAddr,
    },
    /// Clear text beyond this machine.
    #[error(
        "tokens and conversations would cross the network in clear text: name certificate and key under [serve] in \
         toolgate.toml, or listen on 127.0.0.1 (found {listen})"
    )]
    ClearText {
        /// Where it was to listen.
        listen: SocketAddr,
    },
    /// A certificate without its key, or authorities without a certificate.
    #[error("[serve] needs certificate and key together, and both where client_ca is set")]
    HalfTls,
    /// No model to offer.
    #[error("there is no model to offer: set model, or name models under [serve.models] in toolgate.toml")]
    NoModels,
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {reason}; name another address (--listen, or listen under [serve])")]
    Listen {
        /// Where it was to listen.
        listen: SocketAddr,
        /// Why not.
        reason: String,
    },
}
