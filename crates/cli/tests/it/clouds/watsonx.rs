//! watsonx, with an API key that IBM's IAM gives tokens for.

use toolgate_testkit::models::Dialect;

use super::ask;
use crate::Bench;

const MODEL: &str = "watsonx/ibm/granite-4-h-small";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_the_key_is_shown_and_the_project_stands_in_the_body() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let (base_url, token_url) =
        (models.anthropic_base_url(), format!("{}/identity/token", models.anthropic_base_url()));
    let mut variables = vec![
        ("WATSONX_BASE_URL", base_url.as_str()),
        ("WATSONX_IAM_URL", &token_url),
        ("WATSONX_API_KEY", "watsonx-rig"),
        ("WATSONX_PROJECT_ID", "63dc4cf1-252f-424b-b52d-5cdd9814987f"),
    ];
    for ran in ask(&bench, MODEL, &variables).await {
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("customerjohndoe123@example.com"), "{}", ran.out);
    }
    let controls = models.controls();
    assert_eq!((controls.requests(Dialect::Watsonx), controls.ibm_tokens().len()), (4, 2));

    variables[2].1 = "canary";
    for ran in ask(&bench, MODEL, &variables).await {
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains("no access token: 400 Provided API key could not be found"), "{}", ran.err);
        assert!(!ran.err.contains("canary"), "{}", ran.err);
    }
    variables.truncate(3);
    let ran = bench.run(&["chat", "--model", MODEL, "Hello"], &variables).await;
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("set WATSONX_PROJECT_ID or WATSONX_SPACE_ID"), "{}", ran.err);
    assert_eq!((controls.requests(Dialect::Watsonx), controls.ibm_tokens().len()), (4, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_name_a_space_or_a_project_and_not_both() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let base_url = models.anthropic_base_url();
    let token_url = format!("{base_url}/identity/token");
    let variables = [("WATSONX_IAM_URL", token_url.as_str()), ("WATSONX_API_KEY", "watsonx-rig")];
    let settings = |parameters: &str| {
        let text =
            format!("[providers.watsonx]\nbase_url = \"{base_url}\"\nparameters = {{ {parameters} }}\n");
        std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    };
    settings("space_id = \"s-1\"");
    for ran in ask(&bench, MODEL, &variables).await {
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let bodies = models.controls().bodies(Dialect::Watsonx);
    assert!(bodies.iter().all(|body| body["space_id"] == "s-1"), "{bodies:?}");
    settings("space_id = \"s-1\", project_id = \"p-1\"");
    let ran = bench.run(&["chat", "--model", MODEL, "Hello"], &variables).await;
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("parameters of [providers.watsonx]"), "{}", ran.err);
}
