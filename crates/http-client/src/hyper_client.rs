//! [`HttpClient`] on hyper-util's pooled client.

mod builder;
mod classify;
mod redirect;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::Either;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

pub use self::builder::HyperClientBuilder;
pub(crate) use self::classify::chain;
use self::classify::classify;
use crate::connect::{CONNECT_DEADLINE, Connector};
use crate::{
    AddressPolicy, AttachedCredential, HttpClient, HttpError, Origin, Phase, Request, Response, SendOptions,
    encoding, trace,
};

type Pool = Client<Connector, Full<Bytes>>;

/// A pooled HTTP/1.1 and HTTP/2 client with one TLS policy. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct HyperClient {
    configured: Pool,
    /// For URLs that a server supplied. Its resolver refuses what is not public, and its connections are kept apart, so
    /// that a request never travels on one whose address was not checked.
    public: Pool,
    addresses: AddressPolicy,
    loopback_cleartext: bool,
}

/// Everything that one exchange needs beside the request.
struct Exchange {
    origin: Origin,
    options: SendOptions,
    started: Instant,
}

impl HyperClient {
    async fn exchange(&self, exchange: Exchange, mut request: Request) -> Result<Response, HttpError> {
        let cleartext_allowed = self.loopback_cleartext && exchange.origin.is_loopback();
        if !exchange.origin.is_secure() && !cleartext_allowed {
            return Err(HttpError::InsecureUrl { origin: exchange.origin });
        }
        if exchange.options.public_only {
            self.addresses.check_host(&exchange.origin)?;
        }
        AttachedCredential::apply(&mut request, &exchange.origin)?;
        let response = self.follow(&exchange, request).await?;
        encoding::decode(response, exchange.origin, exchange.options, exchange.started)
    }

    /// Sends the request, and once more to each place within the origin that the server points to, if that is asked for.
    async fn follow(
        &self,
        exchange: &Exchange,
        mut request: Request,
    ) -> Result<http::Response<Incoming>, HttpError> {
        let mut hops = if exchange.options.same_origin_redirects { redirect::MOST } else { 0 };
        loop {
            let again = (hops > 0).then(|| request.clone());
            let response = self.once(exchange, request).await?;
            let Some(location) = redirect::location(&response) else { return Ok(response) };
            let target =
                again.as_ref().and_then(|again| redirect::target(again, &response, &exchange.origin));
            let (Some(mut again), Some(target)) = (again, target) else {
                return Err(redirect::refused(response.status(), location, &exchange.origin));
            };
            *again.uri_mut() = target;
            request = again;
            hops -= 1;
        }
    }

    /// One request and the head of its response.
    async fn once(
        &self,
        exchange: &Exchange,
        mut request: Request,
    ) -> Result<http::Response<Incoming>, HttpError> {
        let Exchange { origin, options, started } = exchange;
        encoding::ask(&mut request);
        let pool = if options.public_only { &self.public } else { &self.configured };
        let sending = pool.request(request.map(Full::new));
        let sending = match options.connect {
            Some(deadline) => Either::Left(CONNECT_DEADLINE.scope(deadline, sending)),
            None => Either::Right(sending),
        };
        let (phase, after) = if options.total < options.first_byte {
            (Phase::Total, options.total)
        } else {
            (Phase::FirstByte, options.first_byte)
        };
        match timeout_at(*started + after, sending).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(classify(&error, origin.clone())),
            Err(_) => Err(HttpError::Timeout { origin: origin.clone(), phase, after }),
        }
    }
}

#[async_trait]
impl HttpClient for HyperClient {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let origin = Origin::of(request.uri())?;
        let span = trace::span(request.method(), &origin);
        let exchange = Exchange { origin, options: SendOptions::of(&request), started: Instant::now() };
        let result = self.exchange(exchange, request).instrument(span.clone()).await;
        trace::outcome(&span, &result);
        result
    }
}

impl fmt::Debug for HyperClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperClient")
            .field("loopback_cleartext", &self.loopback_cleartext)
            .finish_non_exhaustive()
    }
}
