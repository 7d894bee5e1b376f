//! An HTTP client that answers from a script, without a network: for tests under paused time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use toolgate_http_client::{
    AttachedCredential, Body, HttpClient, HttpError, Origin, Request, Response, SendOptions,
};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache};

/// One scripted answer.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) after: Duration,
}

impl Step {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.into(), after: Duration::from_millis(20) }
    }

    /// A token response; `tok-#` becomes `tok-` and the request's number.
    pub(crate) fn token(expires_in: u64) -> Self {
        Self::json(
            200,
            format!(r#"{{"access_token":"tok-#","token_type":"Bearer","expires_in":{expires_in}}}"#),
        )
    }

    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::json(status, format!(r#"{{"error":"{code}"}}"#))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn with_delay(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }
}

/// Answers with the steps in order; the last one repeats.
pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    pub(crate) requests: Mutex<Vec<Request>>,
    count: AtomicUsize,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let steps = Mutex::new(steps.into_iter().collect());
        Arc::new(Self { steps, requests: Mutex::default(), count: AtomicUsize::new(0) })
    }

    /// How many requests were made.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl HttpClient for Script {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        let origin = Origin::of(request.uri())?;
        AttachedCredential::apply(&mut request, &origin)?;
        let limit = SendOptions::of(&request).max_body;
        self.requests.lock().unwrap().push(request);
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let step = {
            let mut steps = self.steps.lock().unwrap();
            if steps.len() > 1 { steps.pop_front() } else { steps.front().cloned() }
        };
        let step = step.expect("a script has at least one step");
        tokio::time::sleep(step.after).await;
        let mut response = http::Response::builder().status(step.status);
        for (name, value) in &step.headers {
            response = response.header(*name, value);
        }
        let body = step.body.replace("tok-#", &format!("tok-{number}"));
        if body.len() > limit {
            return Err(HttpError::TooLarge { origin, limit });
        }
        Ok(response.body(Body::from(Bytes::from(body))).unwrap())
    }
}

pub(crate) fn credentials(url: &str) -> ClientCredentials {
    let secret = ClientAuthentication::SecretBasic(Secret::new("canary-secret"));
    ClientCredentials::new(url, "client", secret).unwrap().with_insecure_loopback(true)
}

pub(crate) fn cache(script: &Arc<Script>) -> TokenCache {
    TokenCache::new(credentials("https://as.example/token"), Arc::<Script>::clone(script))
}
