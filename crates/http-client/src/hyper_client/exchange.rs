//! One request and its response, each step within its deadline.

use hyper::body::Incoming;
use tokio::time::{Duration, Instant};

use super::Pool;
use super::classify::{classify, has_left, lost};
use super::sending::{Sending, Unanswered};
use crate::lanes::{Lanes, Lease};
use crate::options::later;
use crate::{HttpError, Origin, Phase, Request, Response, SendOptions, encoding};

/// How often one request is sent again because the server left with it on the way.
const RESENDS: u32 = 3;

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

    /// The head of the response. What a server that left has not taken has not failed (RFC 9113 section 8.7) and is sent
    /// `again`, whatever it does: nginx leaves every connection after 1,000 requests, with what is on its way to it.
    pub(super) async fn head(
        &self,
        lanes: &Lanes<Pool>,
        mut sending: Sending,
        again: impl Fn() -> Option<Sending>,
    ) -> Result<http::Response<Incoming>, HttpError> {
        let refused = || lanes.refused_since(&self.origin, self.started);
        let ended = || lanes.ended_since(&self.origin, self.started);
        let mut resends = 0;
        loop {
            return match sending.answer(self.deadline(), ended).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(error)) => {
                    if resends < RESENDS
                        && has_left(&error)
                        && let Some(next) = again()
                    {
                        resends += 1;
                        tracing::debug!(
                            "http.request.resend_count" = resends,
                            "the server left before it took the request"
                        );
                        sending = next;
                        continue;
                    }
                    Err(classify(&error, self.origin.clone(), refused))
                }
                Err(Unanswered::Lost) => Err(lost(self.origin.clone(), refused())),
                Err(Unanswered::Late) => Err(self.late()),
            };
        }
    }

    fn late(&self) -> HttpError {
        let SendOptions { total, first_byte, .. } = self.options;
        let (phase, after) =
            if total < first_byte { (Phase::Total, total) } else { (Phase::FirstByte, first_byte) };
        HttpError::Timeout { origin: self.origin.clone(), phase, after }
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
