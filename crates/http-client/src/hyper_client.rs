//! [`HttpClient`] on hyper-util's pooled client.

mod builder;
mod classify;
mod exchange;
mod redirect;
mod sending;

use std::fmt;
use std::future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;

pub use self::builder::HyperClientBuilder;
pub(crate) use self::classify::{chain, connecting};
use self::exchange::{Exchange, NoHead};
use self::sending::Sending;
use crate::connect::Connector;
use crate::lanes::{Lanes, Lease};
use crate::{
    AddressPolicy, AttachedCredential, HttpClient, HttpError, Origin, Request, Response, encoding, trace,
};

/// How often a request is sent again that no server has taken.
const RESENDS: u32 = 3;

type Pool = Client<Connector, Full<Bytes>>;

/// A pooled HTTP/1.1 and HTTP/2 client with one TLS policy. Cheap to clone; clones share the pool.
///
/// ```no_run
/// # use toolgate_http_client::{HttpClient, HyperClient, Request};
/// # async fn example(tls: std::sync::Arc<rustls::ClientConfig>) -> Result<(), Box<dyn std::error::Error>> {
/// let client = HyperClient::builder(tls).build(); // once per process: clones share its connections
/// let mut request = Request::default();
/// *request.uri_mut() = "https://as.example/.well-known/oauth-authorization-server".parse()?;
/// let response = client.send(request).await?;
/// println!("{} {:?}", response.status(), response.into_body().bytes().await?);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HyperClient {
    configured: Arc<Lanes<Pool>>,
    /// For URLs that a server supplied. Its resolver refuses what is not public, and its connections are kept apart, so
    /// that a request never travels on one whose address was not checked.
    public: Arc<Lanes<Pool>>,
    addresses: AddressPolicy,
    connect: Duration,
    loopback_cleartext: bool,
    metadata_cleartext: bool,
}

impl HyperClient {
    /// Hands the request to the pool as soon as it is known to which, mostly at once.
    fn answer<'a>(&'a self, exchange: Exchange, mut request: Request) -> Answer<'a> {
        if let Err(refused) = self.prepare(&exchange, &mut request) {
            return Box::pin(future::ready(Err(refused)));
        }
        let lanes = self.lanes(&exchange);
        if let Some(lease) = lanes.known(&exchange.origin) {
            return self.sent(exchange, request, lease);
        }
        Box::pin(async move {
            let lease = lanes.enter(&exchange.origin, exchange.connected_by(self.connect)).await;
            self.sent(exchange, request, lease).await
        })
    }

    /// Hands the request to the pool of its place; the future waits for what comes back.
    fn sent<'a>(&'a self, exchange: Exchange, request: Request, mut lease: Lease) -> Answer<'a> {
        if exchange.options.same_origin_redirects {
            return Box::pin(self.followed(exchange, request, lease));
        }
        // Only over HTTP/2 does a server say that it has not taken a request.
        let kept = lease.is_counted().then(|| Box::new(request.clone()));
        let asked = request.uri().clone();
        let mut sending = self.hand_over(&exchange, &lease, request);
        Box::pin(async move {
            let response = self.head(&exchange, &mut lease, &mut sending, kept.as_deref()).await?;
            match redirect::location(&response) {
                Some(location) => {
                    Err(redirect::refused(response.status(), location, &asked, &exchange.origin))
                }
                None => exchange.body(response, lease),
            }
        })
    }

    /// The head of the answer, to the request in the place of `lease`. What a server that left has not taken has not failed (RFC 9113 section
    /// 8.7) and is sent again as it was `kept`, whatever it does: nginx leaves every connection after 1,000 requests, with what
    /// is on its way to it.
    // By reference, so that what waits for the answer holds nothing twice.
    async fn head(
        &self,
        exchange: &Exchange,
        lease: &mut Lease,
        sending: &mut Sending,
        kept: Option<&Request>,
    ) -> Result<http::Response<Incoming>, HttpError> {
        let lanes = self.lanes(exchange);
        let mut resends = 0;
        loop {
            let NoHead { error, may_be_resent } = match exchange.head(lanes, sending).await {
                Ok(response) => {
                    lease.is_answered(response.version());
                    return Ok(response);
                }
                Err(none) => none,
            };
            let Some(request) = kept.filter(|_| may_be_resent && resends < RESENDS) else {
                return Err(error);
            };
            resends += 1;
            tracing::debug!("http.request.resend_count" = resends, %error, "the request is sent again");
            lease.connection_left();
            let entered = lanes.enter(&exchange.origin, exchange.connected_by(self.connect));
            *lease = Box::pin(entered).await;
            *sending = self.hand_over(exchange, lease, request.clone());
        }
    }

    fn hand_over(&self, exchange: &Exchange, lease: &Lease, request: Request) -> Sending {
        Sending::start(self.lanes(exchange).pool(lease), request, self.connect)
    }

    /// Refuses what must not be sent, and adds what goes with the request.
    fn prepare(&self, exchange: &Exchange, request: &mut Request) -> Result<(), HttpError> {
        let origin = &exchange.origin;
        let allowed = origin.is_secure()
            || (self.loopback_cleartext && origin.is_loopback())
            || (self.metadata_cleartext && origin.is_metadata_service());
        if !allowed {
            return Err(HttpError::InsecureUrl { origin: origin.clone() });
        }
        if exchange.options.public_only {
            self.addresses.check_host(origin)?;
        }
        AttachedCredential::apply(request, origin)?;
        encoding::ask(request);
        Ok(())
    }

    fn lanes(&self, exchange: &Exchange) -> &Lanes<Pool> {
        if exchange.options.public_only { &self.public } else { &self.configured }
    }

    /// Sends the request, and once more to each place within the origin that the server points to.
    async fn followed(
        &self,
        exchange: Exchange,
        mut request: Request,
        mut lease: Lease,
    ) -> Result<Response, HttpError> {
        let mut hops = redirect::MOST;
        loop {
            let mut sending = self.hand_over(&exchange, &lease, request.clone());
            let response = self.head(&exchange, &mut lease, &mut sending, Some(&request)).await?;
            let Some(location) = redirect::location(&response) else { return exchange.body(response, lease) };
            match redirect::target(&request, &response, &exchange.origin).filter(|_| hops > 0) {
                Some(target) => *request.uri_mut() = target,
                None => {
                    let (status, asked) = (response.status(), request.uri());
                    return Err(redirect::refused(status, location, asked, &exchange.origin));
                }
            }
            hops -= 1;
        }
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, HttpError>> + Send + 'a>>;

impl HttpClient for HyperClient {
    // What `async_trait` makes of `async fn send`, but for the future, which would hold the request: it is of some
    // 250 bytes, and each future around it would move it once more.
    fn send<'a, 'answer>(&'a self, request: Request) -> Answer<'answer>
    where
        'a: 'answer,
        Self: 'answer,
    {
        let origin = match Origin::of(request.uri()) {
            Ok(origin) => origin,
            Err(error) => return Box::pin(future::ready(Err(error))),
        };
        let span = trace::span(request.method(), &origin);
        let answer = self.answer(Exchange::new(origin, &request), request);
        if span.is_disabled() { answer } else { Box::pin(trace::recorded(span, answer)) }
    }
}

impl fmt::Debug for HyperClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperClient")
            .field("loopback_cleartext", &self.loopback_cleartext)
            .finish_non_exhaustive()
    }
}
