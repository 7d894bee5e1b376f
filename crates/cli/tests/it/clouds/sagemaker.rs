//! SageMaker endpoints, by signature.

use toolgate_testkit::models::Dialect;

use super::ask;
use crate::Bench;

const MODEL: &str = "sagemaker/our-endpoint";

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_signed_for_the_service_and_streams_are_read_out_of_their_frames() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let base_url = models.anthropic_base_url();
    let mut variables = vec![
        ("SAGEMAKER_BASE_URL", base_url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIARIG"),
        ("AWS_SECRET_ACCESS_KEY", "aws-secret-rig"),
    ];
    for ran in ask(&bench, MODEL, &variables).await {
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("customerjohndoe123@example.com"), "{}", ran.out);
    }
    assert_eq!(models.controls().requests(Dialect::SageMaker), 4);

    variables[3].1 = "canary/another";
    for ran in ask(&bench, MODEL, &variables).await {
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains("signature we calculated does not match"), "{}", ran.err);
        assert!(!ran.err.contains("canary"), "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_container_said_is_told() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let base_url = models.anthropic_base_url();
    let variables = [
        ("SAGEMAKER_BASE_URL", base_url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIARIG"),
        ("AWS_SECRET_ACCESS_KEY", "aws-secret-rig"),
    ];
    models.controls().fail_next(Dialect::SageMaker, 1, 400);
    let ran = bench.run(&["chat", "--model", MODEL, "Hello"], &variables).await;
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("Received client error (400) from primary"), "{}", ran.err);
}
