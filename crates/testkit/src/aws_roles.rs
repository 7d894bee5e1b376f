//! Where a machine in AWS gets its keys: the endpoint of a container's role, and the instance metadata service (version 2)
//! with the role of an instance. In clear text on loopback, as the real ones are on link-local addresses.
//!
//! The answers and their order are those of AWS's documentation ("IAM roles for tasks", "Retrieve security credentials from
//! instance metadata"). The keys are lent for an hour, with a session token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::models::AwsKeys;
use crate::serve::listen;

/// What a container proves with that it may ask (`AWS_CONTAINER_AUTHORIZATION_TOKEN`).
pub const CONTAINER_TOKEN: &str = "container-rig";
const INSTANCE_TOKEN: &str = "instance-session-rig";
const ROLE: &str = "rig-role";

/// Both endpoints, until this is dropped.
#[derive(Debug)]
pub struct AwsRoles {
    port: u16,
    lent: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Lender {
    keys: Arc<AwsKeys>,
    lent: Arc<AtomicUsize>,
}

impl AwsRoles {
    /// Lends `keys` to who asks as a container or an instance does.
    pub async fn start(keys: AwsKeys) -> Self {
        let lent = Arc::new(AtomicUsize::new(0));
        let lender = Lender { keys: Arc::new(keys), lent: Arc::clone(&lent) };
        let listener = listen(None).await;
        let port = listener.local_addr().expect("address of a bound listener").port();
        Self { port, lent, serving: tokio::spawn(run(listener, lender)) }
    }

    /// For `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn container_url(&self) -> String {
        format!("http://127.0.0.1:{}/container", self.port)
    }

    /// For `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    pub fn instance_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How often keys were lent.
    pub fn lent(&self) -> usize {
        self.lent.load(Ordering::Relaxed)
    }
}

impl Drop for AwsRoles {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn run(listener: TcpListener, lender: Lender) {
    let below = "/latest/meta-data/iam/security-credentials";
    let router = Router::new()
        .route("/container", get(container))
        .route("/latest/api/token", put(session))
        .route(&format!("{below}/"), get(role))
        .route(&format!("{below}/{ROLE}"), get(instance))
        .with_state(lender);
    axum::serve(listener, router).await.expect("a listener that accepts");
}

impl Lender {
    fn lend(&self) -> Value {
        self.lent.fetch_add(1, Ordering::Relaxed);
        let ends = Timestamp::now() + SignedDuration::from_hours(1);
        json!({
            "AccessKeyId": self.keys.key_id,
            "SecretAccessKey": self.keys.secret,
            "Token": self.keys.session_token,
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        })
    }
}

async fn container(State(lender): State<Lender>, headers: HeaderMap) -> Response {
    if !shows(&headers, "authorization", CONTAINER_TOKEN) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut keys = lender.lend();
    keys["RoleArn"] = json!(format!("arn:aws:iam::123456789012:role/{ROLE}"));
    Json(keys).into_response()
}

async fn session(headers: HeaderMap) -> Response {
    let Some(seconds) = headers.get("x-aws-ec2-metadata-token-ttl-seconds") else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    ([("x-aws-ec2-metadata-token-ttl-seconds", seconds.clone())], INSTANCE_TOKEN).into_response()
}

async fn role(headers: HeaderMap) -> Response {
    if in_session(&headers) { ROLE.into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn instance(State(lender): State<Lender>, headers: HeaderMap) -> Response {
    if !in_session(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut keys = lender.lend();
    keys["Code"] = json!("Success");
    keys["Type"] = json!("AWS-HMAC");
    keys["LastUpdated"] = json!("2026-01-01T00:00:00Z");
    Json(keys).into_response()
}

fn in_session(headers: &HeaderMap) -> bool {
    shows(headers, "x-aws-ec2-metadata-token", INSTANCE_TOKEN)
}

fn shows(headers: &HeaderMap, name: &str, token: &str) -> bool {
    headers.get(name).is_some_and(|value| value == token)
}
