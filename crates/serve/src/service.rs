//! What requests are answered with under one configuration, and how another one takes its place.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use tokio_rustls::TlsAcceptor;
use toolgate::{Config, ConfigError, ServeConfig, Toolgate};
use toolgate_tls_config::ServerTls;

use crate::ServeError;
use crate::access::Access;
use crate::models::Models;
use crate::router::{House, Shared, router};

/// Everything that a configuration says about requests.
pub(crate) struct Service {
    pub(crate) router: Router,
    /// For new connections; `None` is clear text.
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) shared: Arc<Shared>,
}

impl Service {
    /// By the configuration and the models of `as_configured`; conversations are held with `toolgate`.
    pub(crate) fn new(
        toolgate: &Toolgate,
        as_configured: &Toolgate,
        house: Arc<House>,
    ) -> Result<Self, ServeError> {
        let config = as_configured.config();
        let access = Access::of(&config)?;
        let tls = acceptor(&config.serve)?;
        let models = Models::of(as_configured, house.since)?;
        let shared = Arc::new(Shared { toolgate: toolgate.clone(), config, models, house });
        Ok(Self { router: router(&shared, &access), tls, shared })
    }
}

/// Gives a [`Server`](crate::Server) another configuration while it runs. Clones are for the same server.
#[derive(Clone)]
pub struct Reloader {
    toolgate: Toolgate,
    service: Arc<ArcSwap<Service>>,
}

impl Reloader {
    pub(crate) fn new(toolgate: Toolgate, service: Arc<ArcSwap<Service>>) -> Self {
        Self { toolgate, service }
    }

    /// Goes on with `config`: all of it, or nothing where it cannot be used. Connections stay open and conversations go
    /// on, as [`Toolgate::reload`] says; a request that comes now is let in and answered by the new one. Certificates
    /// are shown, and asked for, on new connections. Of several at the same moment, one follows the other: the one that
    /// was asked for last is what holds, whole. `listen` and `concurrency` under `[serve]` cannot change.
    ///
    /// ```no_run
    /// # async fn example(server: toolgate_serve::Server) -> Result<(), Box<dyn std::error::Error>> {
    /// let reloader = server.reloader();
    /// tokio::spawn(server.run(std::future::pending()));
    /// reloader.reload(toolgate::Config::load()?).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Server::bind`](crate::Server::bind) and [`Toolgate::reload`]. Everything then stays as it was.
    ///
    /// # Cancel safety
    /// As [`Toolgate::reload`].
    pub async fn reload(&self, config: Config) -> Result<(), ServeError> {
        let house = Arc::clone(&self.service.load().shared.house);
        let turn = house.reloading.lock().await;
        let giving_back = self.replace(config, &house)?;
        drop(turn);
        giving_back.await;
        Ok(())
    }

    /// Everything but giving back tokens, which may take as long as a server does.
    fn replace(
        &self,
        config: Config,
        house: &Arc<House>,
    ) -> Result<impl Future<Output = ()> + Send + use<>, ServeError> {
        let before = &self.toolgate.config().serve;
        let fixed = [
            ("listen under [serve]", config.serve.listen == before.listen),
            ("concurrency under [serve]", config.serve.concurrency == before.concurrency),
        ];
        for (what, same) in fixed {
            if !same {
                return Err(toolgate::Error::from(ConfigError::NeedsRestart { what }).into());
            }
        }
        let reload = self.toolgate.prepare_reload(config)?;
        let service = Service::new(&self.toolgate, reload.client(), Arc::clone(house))?;
        // First who may come in and what is on offer, then the rest: between the two, a model of the new offer meets the
        // tools of the old configuration, under rules that are in force.
        self.service.store(Arc::new(service));
        Ok(reload.apply())
    }
}

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloader").finish_non_exhaustive()
    }
}

fn acceptor(serve: &ServeConfig) -> Result<Option<TlsAcceptor>, ServeError> {
    let tls = server_tls(serve)?.map(|tls| tls.build()).transpose()?;
    Ok(tls.map(TlsAcceptor::from))
}

/// The settings of TLS, before files are read; `None` is clear text.
pub(crate) fn server_tls(serve: &ServeConfig) -> Result<Option<ServerTls>, ServeError> {
    match (&serve.certificate, &serve.key, &serve.client_ca) {
        (Some(certificate), Some(key), authorities) => {
            let tls = ServerTls::from_files(certificate, key);
            Ok(Some(match authorities {
                Some(file) => tls.with_client_ca_file(file),
                None => tls,
            }))
        }
        (None, None, None) if serve.listen.ip().is_loopback() => Ok(None),
        (None, None, None) => Err(ServeError::ClearText { listen: serve.listen }),
        _ => Err(ServeError::HalfTls),
    }
}
