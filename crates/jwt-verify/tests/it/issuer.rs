//! An issuer's key endpoint without a network: it answers what it is told and counts who asks.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use toolgate_http_client::{Body, HttpClient, HttpError, Origin, Request, SendOptions};
use toolgate_jwt_verify::{KeySource, RemoteKeys, Verifier};

use crate::signer::{AUDIENCE, ISSUER};

pub(crate) const URL: &str = "https://as.example/jwks";

/// What the endpoint does.
#[derive(Clone)]
pub(crate) enum Answer {
    Keys(String),
    Status(u16),
    Unreachable,
    Stall,
}

pub(crate) struct Issuer(Mutex<State>);

struct State {
    answer: Answer,
    headers: HeaderMap,
    requests: Vec<(HeaderMap, SendOptions)>,
}

impl Issuer {
    pub(crate) fn new(answer: Answer) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { answer, headers: HeaderMap::new(), requests: Vec::new() })))
    }

    pub(crate) fn set(&self, answer: Answer) {
        self.0.lock().unwrap().answer = answer;
    }

    pub(crate) fn set_header(&self, name: HeaderName, value: &'static str) {
        self.0.lock().unwrap().headers.insert(name, HeaderValue::from_static(value));
    }

    /// How often the keys were asked for.
    pub(crate) fn requests(&self) -> usize {
        self.0.lock().unwrap().requests.len()
    }

    pub(crate) fn last_request(&self) -> HeaderMap {
        self.0.lock().unwrap().requests.last().unwrap().0.clone()
    }

    pub(crate) fn last_options(&self) -> SendOptions {
        self.0.lock().unwrap().requests.last().unwrap().1
    }

    pub(crate) fn keys(self: &Arc<Self>) -> RemoteKeys {
        RemoteKeys::new(URL, self.clone()).unwrap()
    }

    pub(crate) fn verifier(self: &Arc<Self>) -> Arc<Verifier> {
        verifier(self.keys())
    }
}

pub(crate) fn verifier(keys: impl Into<KeySource>) -> Arc<Verifier> {
    Arc::new(Verifier::new(ISSUER, [AUDIENCE], keys.into()).unwrap())
}

#[async_trait]
impl HttpClient for Issuer {
    async fn send(&self, request: Request) -> Result<toolgate_http_client::Response, HttpError> {
        assert_eq!(request.uri(), URL, "only the configured key set may be asked for");
        let (answer, headers) = {
            let mut state = self.0.lock().unwrap();
            state.requests.push((request.headers().clone(), SendOptions::of(&request)));
            (state.answer.clone(), state.headers.clone())
        };
        let (status, body) = match answer {
            Answer::Keys(document) => (StatusCode::OK, document),
            Answer::Status(status) => (StatusCode::from_u16(status).unwrap(), String::new()),
            Answer::Unreachable => {
                let origin = Origin::of(request.uri()).unwrap();
                return Err(HttpError::Connect { origin, reason: "connection refused".to_owned() });
            }
            Answer::Stall => std::future::pending().await,
        };
        let mut response = Response::new(Body::from(Bytes::from(body)));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}
