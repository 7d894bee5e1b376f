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
    ///
    /// # Cancel safety
    /// The future is dropped when the time to connect is over.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of a connection pool.
#[derive(Clone)]
pub(crate) struct Dns {
    pub(crate) given: Option<Arc<dyn Resolve>>,
    pub(crate) reach: Reach,
}

/// Where a name may lead.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    /// It was configured.
    Anywhere,
    /// A server supplied it.
    Public(AddressPolicy),
    /// It is to be reached in clear text. `localhost` is only a name: a resolver may send it anywhere (RFC 6761 section 6.3).
    ThisMachine,
}

/// A name that was to lead to this machine leads elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not this machine")]
pub(crate) struct Elsewhere(pub(crate) IpAddr);

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

impl Reach {
    fn of_name(self, name: &str) -> Self {
        match self {
            Self::Public(policy) => Self::Public(policy.for_name(name)),
            Self::Anywhere | Self::ThisMachine => self,
        }
    }

    fn check(self, address: IpAddr) -> Result<(), BoxError> {
        match self {
            Self::Anywhere => Ok(()),
            Self::Public(policy) => {
                policy.check_address(address).map_err(|reason| Blocked { address, reason }.into())
            }
            // A mapped address is connected to by IPv4.
            Self::ThisMachine if address.to_canonical().is_loopback() => Ok(()),
            Self::ThisMachine => Err(Elsewhere(address).into()),
        }
    }
}

impl Dns {
    async fn resolve(self, name: Name) -> Result<std::vec::IntoIter<SocketAddr>, BoxError> {
        let reach = self.reach.of_name(name.as_str());
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
            reach.check(address)?;
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
