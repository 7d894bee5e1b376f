//! One request and its response, each step within its deadline.

use futures_util::future::Either;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Error as PoolError, ResponseFuture};
use tokio::task::futures::TaskLocalFuture;
use tokio::time::error::Elapsed;
use tokio::time::{Duration, Instant};

use super::Pool;
use super::classify::classify;
use crate::connect::CONNECT_DEADLINE;
use crate::lanes::{Lanes, Lease};
use crate::options::later;
use crate::{HttpError, Origin, Phase, Request, Response, SendOptions, encoding};

/// Everything that an exchange needs beside the request.
pub(super) struct Exchange {
    pub(super) origin: Origin,
    pub(super) options: SendOptions,
    started: Instant,
}

/// A request that the pool has taken.
pub(super) type Sending = Either<TaskLocalFuture<Duration, ResponseFuture>, ResponseFuture>;

impl Exchange {
    pub(super) fn new(origin: Origin, request: &Request) -> Self {
        Self { origin, options: SendOptions::of(request), started: Instant::now() }
    }

    /// Gives the request to the pool.
    pub(super) fn start(&self, pool: &Pool, request: Request) -> Sending {
        let sending = pool.request(request.map(Full::new));
        match self.options.connect {
            Some(deadline) => Either::Left(CONNECT_DEADLINE.scope(deadline, sending)),
            None => Either::Right(sending),
        }
    }

    /// When the head of the response has to be there.
    pub(super) fn deadline(&self) -> Instant {
        later(self.started, self.options.total.min(self.options.first_byte))
    }

    /// The head of the response, from what came by the deadline on one of these lanes.
    pub(super) fn head(
        &self,
        lanes: &Lanes<Pool>,
        sent: Result<Result<http::Response<Incoming>, PoolError>, Elapsed>,
    ) -> Result<http::Response<Incoming>, HttpError> {
        let Self { origin, options, .. } = self;
        match sent {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                Err(classify(&error, origin.clone(), || lanes.refused_since(origin, self.started)))
            }
            Err(_) => {
                let (phase, after) = if options.total < options.first_byte {
                    (Phase::Total, options.total)
                } else {
                    (Phase::FirstByte, options.first_byte)
                };
                Err(HttpError::Timeout { origin: origin.clone(), phase, after })
            }
        }
    }

    /// When a connection has to be there, if `connect` is how long that may take.
    pub(super) fn connected_by(&self, connect: Duration) -> Instant {
        later(self.started, self.options.connect.unwrap_or(connect)).min(self.deadline())
    }

    /// The response with its plain, bounded body, which keeps the request's place until it is read.
    pub(super) fn body(
        self,
        response: http::Response<Incoming>,
        lease: Lease,
    ) -> Result<Response, HttpError> {
        let response = encoding::decode(response, self.origin, self.options, self.started)?;
        Ok(response.map(|body| body.with_lease(lease)))
    }
}
