//! Resolves names, and refuses an answer that leads where the request must not go.
//!
//! The check is made on the very addresses that are then connected to, so a name that answers differently the second
//! time gains nothing (DNS rebinding).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

use super::BoxError;
use crate::AddressPolicy;

/// Turns a host name into addresses, in place of the operating system.
///
/// ```
/// # use std::{io, net::IpAddr};
/// # use async_trait::async_trait;
/// # use toolgate_http_client::Resolve;
/// /// One host where the test server is, and no other.
/// struct Pinned(&'static str, IpAddr);
///
/// #[async_trait]
/// impl Resolve for Pinned {
///     async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
///         if host == self.0 { Ok(vec![self.1]) } else { Err(io::ErrorKind::NotFound.into()) }
///     }
/// }
/// ```
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of `host`, best first.
    ///
    /// # Errors
    /// Whatever kept the name from being resolved.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of a connection pool.
#[derive(Clone)]
pub(crate) struct Dns {
    pub(crate) given: Option<Arc<dyn Resolve>>,
    pub(crate) policy: Option<AddressPolicy>,
}

/// A name led to an address that the policy refuses.
#[derive(Debug, thiserror::Error)]
#[error("{address} is {reason}")]
pub(crate) struct Blocked {
    pub(crate) address: IpAddr,
    pub(crate) reason: &'static str,
}

/// A name led nowhere.
#[derive(Debug, thiserror::Error)]
enum Unresolved {
    /// With what the resolver said.
    #[error("the name was not found ({0})")]
    Failed(String),
    #[error("the name has no address")]
    Empty,
}

impl Unresolved {
    fn failed(error: &io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Dns {
    async fn resolve(self, name: Name) -> Result<std::vec::IntoIter<SocketAddr>, BoxError> {
        let policy = self.policy.map(|policy| policy.for_name(name.as_str()));
        let addresses: Vec<SocketAddr> = match &self.given {
            None => {
                GaiResolver::new().call(name).await.map_err(|error| Unresolved::failed(&error))?.collect()
            }
            Some(resolver) => {
                let found =
                    resolver.resolve(name.as_str()).await.map_err(|error| Unresolved::failed(&error))?;
                found.into_iter().map(|address| SocketAddr::new(address, 0)).collect()
            }
        };
        if addresses.is_empty() {
            return Err(Unresolved::Empty.into());
        }
        // One bad address refuses the whole answer: which of them is tried first is up to the network.
        for address in addresses.iter().map(SocketAddr::ip) {
            let verdict = policy.map_or(Ok(()), |policy| policy.check_address(address));
            verdict.map_err(|reason| Blocked { address, reason })?;
        }
        Ok(addresses.into_iter())
    }
}

impl Service<Name> for Dns {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.clone().resolve(name))
    }
}
