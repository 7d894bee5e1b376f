//! What `[serve]` comes to, looked at before anybody is served: each part by itself, as `toolgate doctor` shows it.
//!
//! A server that starts has the same said by [`Server::bind`](crate::Server::bind), but stops at the first fault, and
//! learns about the issuer's keys with the first token only.

use rustls::pki_types::CertificateDer;
use toolgate::{Config, KeyHealth, Toolgate};

use crate::ServeError;
use crate::access::{Access, verifier};
use crate::models::Models;
use crate::service::server_tls;

/// Whether it is settled who may come in.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut config = toolgate::Config::default();
/// assert!(toolgate_serve::inspect::access(&config).is_err()); // nobody is asked for a token
/// config.serve.open_to_this_machine = true;
/// toolgate_serve::inspect::access(&config)?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ServeError`] as at the start of a server.
pub fn access(config: &Config) -> Result<(), ServeError> {
    Access::of(config).map(drop)
}

/// The certificates that clients are shown, the server's own first, after they were checked as at its start; none in
/// clear text, which is for this machine only.
///
/// # Errors
/// [`ServeError`] as at the start of a server.
pub fn certificates(config: &Config) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let Some(tls) = server_tls(&config.serve)? else { return Ok(Vec::new()) };
    tls.build()?;
    Ok(tls.certificates()?)
}

/// The names of the models on offer, with commas between, for a person.
///
/// # Errors
/// [`ServeError`] as at the start of a server.
pub fn models(toolgate: &Toolgate) -> Result<String, ServeError> {
    Ok(Models::of(toolgate, 0)?.names())
}

/// The keys of whoever issues the clients' tokens, asked for now; none where no token is asked for.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// if let Some(keys) = toolgate_serve::inspect::keys(&toolgate::Config::load()?).await? {
///     println!("{} keys can be used", keys.usable.len());
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ServeError::Auth`] when they cannot be had, or none of them can be used.
pub async fn keys(config: &Config) -> Result<Option<KeyHealth>, ServeError> {
    let Some(auth) = &config.serve.auth else { return Ok(None) };
    let verifier = verifier(config, auth)?;
    verifier.ready().await?;
    Ok(Some(verifier.key_health()))
}
