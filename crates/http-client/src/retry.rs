//! Sends a request again when that is safe and may help (RFC 9110 section 9.2.2; RFC 6585 section 4).
//!
//! A decorator, so that a client without it never repeats anything. Waiting times are random up to a doubling bound
//! ("full jitter"), so that many clients do not come back at once; and all requests share one budget, so that a peer that
//! fails everything gets a few more requests and not three times as many.

mod budget;
mod delay;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::StatusCode;
use tokio::time::Instant;

use self::budget::Budget;
use crate::options::later;
use crate::retry_after::retry_after;
use crate::{HttpClient, HttpError, Request, Response, SendOptions};

/// Repeats requests that are marked with [`SendOptions::with_repeatable`]: after a connection that failed or broke, and
/// after the statuses 408, 429, 502, 503 and 504. The deadline of [`SendOptions::total`] holds for all attempts
/// together.
#[derive(Debug)]
pub struct Retry<C> {
    inner: C,
    attempts: u32,
    first_delay: Duration,
    longest_delay: Duration,
    budget: Budget,
}

impl<C: HttpClient> Retry<C> {
    /// Three attempts in all: a fourth seldom helps. Waits up to 200 ms first, up to 20 s at most.
    ///
    /// ```
    /// use toolgate_http_client::{HttpClient, Retry};
    /// fn patient(client: impl HttpClient) -> impl HttpClient {
    ///     Retry::new(client).with_attempts(5)
    /// }
    /// ```
    #[must_use]
    pub fn new(inner: C) -> Self {
        let (first_delay, longest_delay) = (Duration::from_millis(200), Duration::from_secs(20));
        Self { inner, attempts: 3, first_delay, longest_delay, budget: Budget::default() }
    }

    /// Sets how often a request is sent at most, the first time included.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the bound of the first wait, which doubles from attempt to attempt, and the longest. A server that asks for
    /// more than `longest` gets no further attempt.
    #[must_use]
    pub fn with_delays(mut self, first: Duration, longest: Duration) -> Self {
        self.first_delay = first;
        self.longest_delay = longest;
        self
    }

    /// How long to wait before the next attempt, if there is to be one.
    fn pause(&self, attempt: u32, outcome: &Result<Response, HttpError>) -> Option<Duration> {
        if !may_help(outcome) {
            self.budget.succeeded();
            return None;
        }
        // Every failure is paid for, so that a peer that is down uses the budget up.
        let affordable = self.budget.failed();
        if attempt >= self.attempts || !affordable {
            return None;
        }
        let asked = outcome.as_ref().ok().and_then(|answer| retry_after(answer.headers(), SystemTime::now()));
        let random = delay::random(attempt, self.first_delay, self.longest_delay, fastrand::f64());
        match asked {
            Some(asked) if asked > self.longest_delay => None,
            // Later than asked for by the random time, for the same reason.
            Some(asked) => Some(asked.saturating_add(random.min(self.first_delay))),
            None => Some(random),
        }
    }
}

#[async_trait]
impl<C: HttpClient> HttpClient for Retry<C> {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        let options = SendOptions::of(&request);
        if !options.repeatable {
            return self.inner.send(request).await;
        }
        let end = later(Instant::now(), options.total);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let left = end.saturating_duration_since(Instant::now());
            options.with_total(left).attach(&mut request);
            let outcome = self.inner.send(request.clone()).await;
            match self.pause(attempt, &outcome) {
                Some(pause) if later(Instant::now(), pause) < end => {
                    tracing::debug!(
                        "http.request.resend_count" = attempt,
                        ?pause,
                        "the request is sent again"
                    );
                    // The connection of a failed attempt is let go while waiting.
                    drop(outcome);
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome,
            }
        }
    }
}

/// Whether the same request may get another answer if it is sent again.
fn may_help(outcome: &Result<Response, HttpError>) -> bool {
    match outcome {
        Ok(response) => matches!(
            response.status(),
            StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ),
        // A connection that breaks is worth another; a deadline that passed is not worth waiting for twice.
        Err(HttpError::Exchange { .. }) => true,
        // Whoever gets credentials asks as often as is good for their issuer.
        Err(HttpError::Credential { .. }) => false,
        Err(error) => error.is_transient() && error.surely_did_nothing(),
    }
}
