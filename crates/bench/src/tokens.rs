//! Verifying a token and handing one out: ours beside raw OpenSSL, josekit, jsonwebtoken and, where they are
//! installed, PyJWT and node jose.
//!
//! Everyone gets the same token, and checks signature, issuer, audience and expiry; "raw" checks the signature alone.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use josekit::jws::{self, JwsVerifier};
use jsonwebtoken::{DecodingKey, Validation};
use openssl::hash::MessageDigest;
use openssl::sign::Verifier as OpenSsl;
use serde::Deserialize;
use toolgate_bench::measure::{Cell, Cost, interleaved};
use toolgate_bench::samples::{ALGORITHMS, AUDIENCE, ISSUER, Sample};
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};
use toolgate_jwt_verify::{Algorithm, KeySet, KeySource, Verifier};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};

use crate::scripts::Scripts;
use crate::table;

const ROUNDS: u32 = 15;
const BATCH: Duration = Duration::from_millis(25);

/// What jsonwebtoken reads of the claims.
#[derive(Deserialize)]
struct Claims {
    #[expect(dead_code, reason = "read by the deserialiser, which is part of the work")]
    scope: String,
}

/// Prints both tables.
pub(crate) fn run() {
    let samples: Vec<Sample> = ALGORITHMS.into_iter().map(Sample::new).collect();
    let mut cells: Vec<Cell> = samples.iter().flat_map(verifying).collect();
    cells.extend(held());
    let mut scripts = Scripts::new(&samples);
    let costs = interleaved(&mut cells, ROUNDS, BATCH, || scripts.round());
    let measured = cells.iter().map(|cell| (cell.operation.to_owned(), cell.who.to_owned())).zip(costs);
    let all: Vec<((String, String), Cost)> = measured.chain(scripts.results()).collect();

    let columns = ["operation", "by", "µs", "CPU µs", "CPU, ours = 1"];
    let (held, verified): (Vec<_>, Vec<_>) = all.into_iter().partition(|((_, who), _)| who == HELD);
    table::print("Verifying an access token", &columns, &rows(&verified));
    table::print(
        "What is already known",
        &columns[..4],
        &rows(&held).iter().map(|row| row[..4].to_vec()).collect::<Vec<_>>(),
    );
}

fn rows(all: &[((String, String), Cost)]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut operations: Vec<&String> = all.iter().map(|((operation, _), _)| operation).collect();
    operations.dedup();
    operations.sort_by_key(|operation| all.iter().position(|((name, _), _)| name == *operation));
    operations.dedup();
    for operation in operations {
        let mine: Vec<_> = all.iter().filter(|((name, _), _)| name == operation).collect();
        let base = mine.first().map_or(f64::NAN, |(_, cost)| cost.cpu);
        for ((_, who), cost) in mine {
            let numbers = [table::number(cost.wall), table::number(cost.cpu), table::ratio(cost.cpu, base)];
            rows.push([operation.clone(), who.clone()].into_iter().chain(numbers).collect());
        }
    }
    rows
}

fn verifier(sample: &Sample) -> Verifier {
    let keys = KeySource::from(KeySet::from_jwk(&sample.jwk.to_string()).unwrap());
    let algorithms = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    Verifier::new(ISSUER, [AUDIENCE], keys).unwrap().with_algorithms(algorithms).unwrap()
}

/// The cells of one algorithm, ours first.
fn verifying(sample: &Sample) -> Vec<Cell> {
    let operation = sample.algorithm;
    let ours = verifier(sample).with_cached_tokens(0);
    let token = sample.token.clone();
    let mut cells = vec![Cell::new(operation, "toolgate", move || {
        black_box(ours.verify(&token).now_or_never().unwrap().unwrap());
    })];
    let (key, message) = (sample.key.clone(), sample.signing_input().as_bytes().to_vec());
    let (signature, digest) = (sample.signature.clone(), (operation != "EdDSA").then(MessageDigest::sha256));
    cells.push(Cell::new(operation, "raw OpenSSL, signature only", move || {
        let mut verifier = match digest {
            Some(digest) => OpenSsl::new(digest, &key),
            None => OpenSsl::new_without_digest(&key),
        }
        .unwrap();
        assert!(verifier.verify_oneshot(&signature, &message).unwrap());
    }));
    let (jose, message) = (josekit(sample), sample.signing_input().as_bytes().to_vec());
    let signature = sample.token_signature();
    cells.push(Cell::new(operation, "raw josekit, signature only", move || {
        jose.verify(&message, &signature).unwrap();
    }));
    let (jose, token, whole) = (josekit(sample), sample.token.clone(), whole_josekit());
    cells.push(Cell::new(operation, "josekit, claims too", move || {
        let (payload, _) = josekit::jwt::decode_with_verifier(&token, &*jose).unwrap();
        whole.validate(&payload).unwrap();
        black_box(payload);
    }));
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(sample.jwk.clone()).unwrap();
    let (key, token) = (DecodingKey::from_jwk(&jwk).unwrap(), sample.token.clone());
    let mut validation = Validation::new(operation.parse().unwrap());
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    cells.push(Cell::new(operation, "jsonwebtoken (AWS-LC)", move || {
        black_box(jsonwebtoken::decode::<Claims>(&token, &key, &validation).unwrap());
    }));
    cells
}

fn josekit(sample: &Sample) -> Box<dyn JwsVerifier> {
    let jwk = josekit::jwk::Jwk::from_bytes(sample.jwk.to_string()).unwrap();
    match sample.algorithm {
        "RS256" => Box::new(jws::RS256.verifier_from_jwk(&jwk).unwrap()),
        "ES256" => Box::new(jws::ES256.verifier_from_jwk(&jwk).unwrap()),
        _ => Box::new(jws::EdDSA.verifier_from_jwk(&jwk).unwrap()),
    }
}

fn whole_josekit() -> josekit::jwt::JwtPayloadValidator {
    let mut validator = josekit::jwt::JwtPayloadValidator::new();
    validator.set_issuer(ISSUER);
    validator.set_audience(AUDIENCE);
    validator.set_base_time(std::time::SystemTime::now());
    validator
}

const HELD: &str = "toolgate, from its cache";

/// Tokens that were verified before, and tokens that were fetched before.
fn held() -> Vec<Cell> {
    let sample = Sample::new("RS256");
    let ours = verifier(&sample);
    let token = sample.token;
    ours.verify(&token).now_or_never().unwrap().unwrap();
    let cache = warm_cache();
    let same = cache.clone();
    vec![
        Cell::new("a token that was verified before", HELD, move || {
            black_box(ours.verify(&token).now_or_never().unwrap().unwrap());
        }),
        Cell::new("`TokenCache::token`, warm", HELD, move || {
            black_box(cache.token().now_or_never().unwrap().unwrap());
        }),
        Cell::new("`TokenCache::cached`, warm", HELD, move || {
            black_box(same.cached().unwrap());
        }),
    ]
}

/// A token cache that has made its one request.
fn warm_cache() -> TokenCache {
    let secret = ClientAuthentication::SecretBasic(Secret::new("secret"));
    let credentials = ClientCredentials::new("https://as.example/token", "client", secret).unwrap();
    let cache = TokenCache::new(credentials, Arc::new(Endpoint));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(cache.token()).unwrap();
    cache
}

/// A token endpoint without a network.
struct Endpoint;

#[async_trait]
impl HttpClient for Endpoint {
    async fn send(&self, _: Request) -> Result<Response, HttpError> {
        let token = "eyJhbGciOiJSUzI1NiJ9.".to_owned() + &"a".repeat(700);
        let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600}}"#);
        let mut response = http::Response::new(Body::from(Bytes::from(body)));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
        Ok(response)
    }
}
