//! Switches that make one endpoint fail or dawdle, the same for every server of the kit.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::serve::Disconnect;

/// How an endpoint is out of order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// In order.
    #[default]
    None,
    /// 503 with `Retry-After: 1` and an HTML body, as a load balancer without backends answers.
    Unavailable,
    /// The connection breaks off without a response.
    Disconnect,
}

/// One endpoint's switches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) outage: Outage,
    pub(crate) delay: Duration,
}

impl Trouble {
    /// Waits out the delay, then gives the failure to answer with, if any.
    pub(crate) async fn befalls(self) -> Option<Response> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match self.outage {
            Outage::None => None,
            Outage::Unavailable => {
                let headers = [
                    (header::RETRY_AFTER, HeaderValue::from_static("1")),
                    (header::CONTENT_TYPE, HeaderValue::from_static("text/html")),
                ];
                let page = "<html><body><h1>503 Service Unavailable</h1></body></html>";
                Some((StatusCode::SERVICE_UNAVAILABLE, headers, page).into_response())
            }
            Outage::Disconnect => Some(Disconnect.into_response()),
        }
    }
}
