//! `allocations [models]`: how often each hit of a cache asks the allocator for memory, or each translation for a model.
//! Apart from the clocks, because counting slows down what it counts.

use std::alloc::System;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toolgate_bench::samples::{AUDIENCE, ISSUER, Sample};
use toolgate_bench::translation;
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};
use toolgate_jwt_verify::{KeySet, KeySource, Verifier};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TIMES: usize = 1000;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("models") => models(),
        _ => tokens(),
    }
}

fn models() {
    for mut operation in translation::operations() {
        count(&format!("{}, {}", operation.what, operation.who), &mut operation.work);
    }
}

fn tokens() {
    let secret = ClientAuthentication::SecretBasic(Secret::new("secret"));
    let credentials = ClientCredentials::new("https://as.example/token", "client", secret).unwrap();
    let cache = TokenCache::new(credentials, Arc::new(Endpoint));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(cache.token()).unwrap();
    count("`TokenCache::cached`, warm", || drop(cache.cached().unwrap()));
    count("`TokenCache::token`, warm", || drop(cache.token().now_or_never().unwrap().unwrap()));

    let sample = Sample::new("RS256");
    let keys = KeySource::from(KeySet::from_jwk(&sample.jwk.to_string()).unwrap());
    let verifier = Verifier::new(ISSUER, [AUDIENCE], keys).unwrap();
    let verify = || drop(verifier.verify(&sample.token).now_or_never().unwrap().unwrap());
    count("the first verification", verify);
    count("a token that was verified before", verify);
}

fn count(what: &str, mut work: impl FnMut()) {
    let times = if what.starts_with("the first") { 1 } else { TIMES };
    let region = Region::new(ALLOCATOR);
    for _ in 0..times {
        work();
    }
    let change = region.change();
    let each = |count: usize| count as f64 / times as f64;
    let (allocations, bytes) = (each(change.allocations), each(change.bytes_allocated));
    println!("{what}: {allocations:.2} allocations, {bytes:.0} bytes");
}

/// A token endpoint without a network.
struct Endpoint;

#[async_trait]
impl HttpClient for Endpoint {
    async fn send(&self, _: Request) -> Result<Response, HttpError> {
        let body =
            r#"{"access_token":"eyJhbGciOiJSUzI1NiJ9.e30.AA","token_type":"Bearer","expires_in":3600}"#;
        let mut response = http::Response::new(Body::from(Bytes::from_static(body.as_bytes())));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
        Ok(response)
    }
}
