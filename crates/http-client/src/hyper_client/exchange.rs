//! One request and its response, each step within its deadline.

use hyper::body::Incoming;
use tokio::time::{Duration, Instant};

use super::Pool;
use super::classify::{classify, has_left, lost, was_given_to_none};
use super::sending::{Sending, Unanswered};
use crate::lanes::{Lanes, Lease};
use crate::options::later;
use crate::{HttpError, Origin, Phase, Request, Response, SendOptions, encoding};

/// Why there is no head.
pub(super) struct NoHead {
    pub(super) error: HttpError,
    /// Whether no server has taken the request, and another connection may.
    pub(super) may_be_resent: bool,
}

/// Everything that an exchange needs beside the request.
pub(super) struct Exchange {
    pub(super) origin: Origin,
    pub(super) options: SendOptions,
    started: Instant,
}

impl Exchange {
    pub(super) fn new(origin: Origin, request: &Request) -> Self {
        Self { origin, options: SendOptions::of(request), started: Instant::now() }
    }

    /// When the head of the response has to be there.
    pub(super) fn deadline(&self) -> Instant {
        later(self.started, self.options.total.min(self.options.first_byte))
    }

    /// The head of the response.
    pub(super) async fn head(
        &self,
        lanes: &Lanes<Pool>,
        sending: &mut Sending,
    ) -> Result<http::Response<Incoming>, NoHead> {
        let refused = || lanes.refused_since(&self.origin, self.started);
        let ended = || lanes.ended_since(&self.origin, self.started);
        let error = match sending.answer(self.deadline(), ended).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => {
                let may_be_resent = has_left(&error) || was_given_to_none(&error);
                let error = classify(&error, self.origin.clone(), refused);
                return Err(NoHead { error, may_be_resent });
            }
            Err(Unanswered::Lost) => lost(self.origin.clone(), refused()),
            Err(Unanswered::Late) => self.late(),
        };
        Err(NoHead { error, may_be_resent: false })
    }

    fn late(&self) -> HttpError {
        let SendOptions { total, first_byte, .. } = self.options;
        let (phase, after) =
            if total < first_byte { (Phase::Total, total) } else { (Phase::FirstByte, first_byte) };
        HttpError::Timeout { origin: self.origin.clone(), phase, after }
    }

    /// When a connection has to be there, if `connect` is how long that may take.
    pub(super) fn connected_by(&self, connect: Duration) -> Instant {
        later(Instant::now(), self.options.connect.unwrap_or(connect)).min(self.deadline())
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
