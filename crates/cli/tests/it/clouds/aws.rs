//! Bedrock, by signature: keys of the environment, of a container's role and of an instance's.

use toolgate_testkit::AwsRoles;
use toolgate_testkit::aws_roles::CONTAINER_TOKEN;
use toolgate_testkit::models::{AwsKeys, Dialect, Keys, ModelControls, ModelServer, Script};

use crate::{Bench, Ran};

/// With a colon, which is escaped in the path and once more in the signature.
const MODEL: &str = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn keys(session_token: Option<&str>) -> AwsKeys {
    AwsKeys {
        key_id: "AKIAEXAMPLE".to_owned(),
        secret: "canary/secret+key".to_owned(),
        session_token: session_token.map(str::to_owned),
    }
}

/// A Bedrock that takes requests that are signed with `keys` only.
async fn bedrock(bench: &Bench, keys: &AwsKeys) -> ModelServer {
    let keys = Keys { aws: keys.clone(), ..Keys::default() };
    let controls = ModelControls::new(Script::demo(), keys);
    ModelServer::start_with(bench.rig.ca().server_config(), None, controls).await
}

/// Asks it, for a streamed answer and for a whole one.
async fn ask(bench: &Bench, models: &ModelServer, variables: &[(&str, &str)]) -> [Ran; 2] {
    let base_url = models.anthropic_base_url();
    // Without the rig's own key, which would stand in for all others.
    let own = [
        ("BEDROCK_BASE_URL", base_url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_BEARER_TOKEN_BEDROCK", ""),
    ];
    let variables = [&own, variables].concat();
    super::ask(bench, MODEL, &variables).await
}

fn assert_answered(ran: &[Ran; 2], models: &ModelServer) {
    for ran in ran {
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("customerjohndoe123@example.com"), "{}", ran.out);
    }
    assert_eq!(models.controls().requests(Dialect::Bedrock), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_environment_sign_every_request() {
    for session in [None, Some("session/canary==")] {
        let bench = Bench::start().await;
        let keys = keys(session);
        let models = bedrock(&bench, &keys).await;
        let mut variables =
            vec![("AWS_ACCESS_KEY_ID", keys.key_id.as_str()), ("AWS_SECRET_ACCESS_KEY", &keys.secret)];
        variables.extend(session.map(|token| ("AWS_SESSION_TOKEN", token)));
        assert_answered(&ask(&bench, &models, &variables).await, &models);

        variables[1].1 = "canary/another";
        for ran in ask(&bench, &models, &variables).await {
            assert_ne!(ran.code, 0);
            assert!(ran.err.contains("signature we calculated does not match"), "{}", ran.err);
            assert!(!ran.err.contains("canary"), "{}", ran.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_role_are_lent_once_for_all_requests() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let keys = keys(Some("session/canary=="));
    for instance in [false, true] {
        let (models, roles) = (bedrock(&bench, &keys).await, AwsRoles::start(keys.clone()).await);
        let url = if instance { roles.instance_url() } else { roles.container_url() };
        let variables: &[(&str, &str)] = match instance {
            true => &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)],
            false => &[
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN),
            ],
        };
        assert_answered(&ask(&bench, &models, variables).await, &models);
        assert_eq!(roles.lent(), 2, "once for each of two processes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_not_lent_is_told() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let keys = keys(Some("session/canary=="));
    let (models, roles) = (bedrock(&bench, &keys).await, AwsRoles::start(keys).await);
    let url = roles.container_url();
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "wrong"),
    ];
    for ran in ask(&bench, &models, &variables).await {
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains("no AWS keys"), "{}", ran.err);
    }
    assert_eq!((roles.lent(), models.controls().requests(Dialect::Bedrock)), (0, 0));
}
