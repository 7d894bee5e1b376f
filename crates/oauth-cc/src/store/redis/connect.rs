//! A connection to Redis or Valkey: plain TCP, a Unix socket, or TLS by the caller's own rustls configuration, so that
//! trust is decided where it is for everything else.

use std::fmt;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, RedisError};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

use super::TIMEOUT;
use crate::TokenError;
use crate::store::StoreError;

/// Gives the TLS configuration for a new connection.
pub(super) type Tls = Arc<dyn Fn() -> Arc<ClientConfig> + Send + Sync>;

/// Where the database is.
pub(super) struct Place {
    client: Client,
    tls: bool,
}

impl Place {
    /// From a URL; `rediss` asks for TLS. The URL may hold a password, so neither it nor a reason is shown.
    pub(super) fn parse(url: &str) -> Result<Self, TokenError> {
        let (plain, tls) = match url.strip_prefix("rediss://") {
            Some(rest) => (format!("redis://{rest}"), true),
            None => (url.to_owned(), false),
        };
        let expected = "expected a URL such as redis://host:6379/0, or rediss:// for TLS";
        let client = Client::open(plain).map_err(|_| TokenError::configuration("token_store", expected))?;
        Ok(Self { client, tls })
    }

    pub(super) fn needs_tls(&self) -> bool {
        self.tls
    }

    /// Connects. A server that does not answer in time is down.
    pub(super) async fn connect(&self, tls: Option<&Tls>) -> Result<MultiplexedConnection, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        if !self.tls {
            let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
            return connection.map_err(|error| failed(&error));
        }
        let Some(tls) = tls else { return Err(StoreError("rediss:// needs a TLS configuration".to_owned())) };
        let connecting = timeout(TIMEOUT, self.connect_tls(tls(), config)).await;
        connecting.map_err(|_| StoreError("no connection in time".to_owned()))?
    }

    async fn connect_tls(
        &self,
        tls: Arc<ClientConfig>,
        config: AsyncConnectionConfig,
    ) -> Result<MultiplexedConnection, StoreError> {
        let info = self.client.get_connection_info();
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(StoreError("TLS needs a host".to_owned()));
        };
        let broken = |error: std::io::Error| StoreError(error.to_string());
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        let name =
            ServerName::try_from(host.clone()).map_err(|_| StoreError("the host is no name".to_owned()))?;
        let stream = TlsConnector::from(tls).connect(name, stream).await.map_err(broken)?;
        let made = MultiplexedConnection::new_with_config(info.redis_settings(), stream, config).await;
        let (connection, driver) = made.map_err(|error| failed(&error))?;
        // Ends when the last clone of the connection is dropped.
        tokio::spawn(driver);
        Ok(connection)
    }
}

/// The kind of failure only: the text of some could quote what was sent.
pub(super) fn failed(error: &RedisError) -> StoreError {
    use redis::{ErrorKind, ServerErrorKind};
    StoreError(match error.kind() {
        ErrorKind::AuthenticationFailed => {
            "the server refuses the user or the password of the URL".to_owned()
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => {
            "the user of the URL may not do what is needed: GET, PTTL, SET, EVAL, DEL, TIME, ZADD, ZCARD, \
             ZREM, ZREMRANGEBYSCORE and PEXPIRE on toolgate:*"
                .to_owned()
        }
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "the server is a replica that only reads".to_owned(),
        _ if error.is_connection_refusal() => "the connection was refused".to_owned(),
        _ if error.is_timeout() => "no answer in time".to_owned(),
        // The system's own words: nothing of what was sent is in them.
        ErrorKind::Io => format!("no connection ({error})"),
        kind => format!("{kind:?}"),
    })
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("tls", &self.tls).finish_non_exhaustive()
    }
}
