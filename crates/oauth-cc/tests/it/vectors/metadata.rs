//! metadata.json: each document served where discovery looks for it, by a client without a network.

use std::sync::Arc;

use serde_json::Value;
use toolgate_oauth_cc::discovery::{AuthorizationServerMetadata, Discovery, Trust};
use toolgate_oauth_cc::{Challenge, TokenError};

use super::{Verdict, cases, id, judge, report};
use crate::script::{Script, Step};

const TRUSTED: &str = "https://as.rig.test/t1";
const METHODS: [&str; 5] = [
    "private_key_jwt",
    "client_secret_basic",
    "client_secret_post",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

#[tokio::test(start_paused = true)]
async fn metadata() {
    let Some(cases) = cases("metadata.json") else { return };
    let mut results = Vec::new();
    for case in &cases {
        let outcome = match case["kind"].as_str().unwrap() {
            "as" => server(case).await.map(|_| ()),
            _ => resource(case).await,
        };
        let verdict: Verdict = outcome.map_err(|error| error.kind().to_owned());
        results.push((id(case), judge(case, &verdict)));
    }
    report("metadata.json", results);
}

fn step(case: &Value) -> Step {
    let status = u16::try_from(case["status"].as_u64().unwrap_or(200)).unwrap();
    let mut step = Step::json(status, case["body"].as_str().unwrap());
    step.headers =
        case["content_type"].as_str().map(|value| ("content-type", value.to_owned())).into_iter().collect();
    step
}

async fn server(case: &Value) -> Result<AuthorizationServerMetadata, TokenError> {
    let http = Script::new([step(case)]);
    let metadata = Discovery::new(http).from_issuer(case["requested_identifier"].as_str().unwrap()).await?;
    metadata.common_method(&METHODS)?;
    Ok(metadata)
}

/// The resource's document, then a good one of the trusted server.
async fn resource(case: &Value) -> Result<(), TokenError> {
    let good = format!(r#"{{"issuer":"{TRUSTED}","token_endpoint":"{TRUSTED}/token"}}"#);
    let http = Script::new([Step::json(401, ""), step(case), Step::json(200, good)]);
    let url = case["requested_identifier"].as_str().unwrap();
    let found = Discovery::new(Arc::<Script>::clone(&http))
        .from_resource(url, &Trust::Issuer(TRUSTED.to_owned()))
        .await;
    let asked = http.requests.lock().unwrap();
    let strangers = asked.iter().map(|request| request.uri().host().unwrap_or_default());
    assert!(
        strangers.into_iter().all(|host| host.ends_with(".rig.test")),
        "{}: a stranger was asked",
        id(case)
    );
    found.map(|found| assert_eq!(found.server.issuer, TRUSTED))
}

#[test]
fn a_challenge_without_metadata_names_no_url() {
    let discovery = Discovery::new(super::silent());
    let named = discovery.metadata_url("https://mcp.rig.test/a", &Challenge::default()).unwrap();
    assert_eq!(named, None);
}
