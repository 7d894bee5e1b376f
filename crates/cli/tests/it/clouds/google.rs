//! Anthropic's models on Vertex AI, with the key file of a service account.

use toolgate_testkit::models::Dialect;

use crate::{Bench, Ran};

const MODEL: &str = "vertex_ai_anthropic/claude-sonnet-4-5@20250929";

async fn ask(bench: &Bench, file: &str) -> [Ran; 2] {
    let path = bench.folder().join("account.json");
    std::fs::write(&path, file).unwrap();
    let base_url = bench.rig.models().vertex_base_url();
    let variables = [
        ("VERTEX_AI_ANTHROPIC_BASE_URL", base_url.as_str()),
        ("GOOGLE_APPLICATION_CREDENTIALS", path.to_str().unwrap()),
    ];
    super::ask(bench, MODEL, &variables).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_asks_for_one_token_and_shows_it_with_every_request() {
    let bench = Bench::start().await;
    for ran in ask(&bench, &bench.rig.models().google_credentials()).await {
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("customerjohndoe123@example.com"), "{}", ran.out);
    }
    let controls = bench.rig.models().controls();
    assert_eq!(controls.requests(Dialect::Vertex), 4);
    assert_eq!(controls.google_tokens(), 2, "one for each of two processes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_of_another_account_gets_no_token() {
    let bench = Bench::start().await;
    let good = bench.rig.models().google_credentials();
    for (account, words) in [
        (good.replace("rig@rig.", "other@rig."), "InvalidIssuer"),
        (good.replace("rig-key-1", "rig-key-2"), "kid names no key"),
    ] {
        for ran in ask(&bench, &account).await {
            assert_ne!(ran.code, 0);
            assert!(ran.err.contains("no access token: 400") && ran.err.contains(words), "{}", ran.err);
            assert!(!ran.err.contains("PRIVATE KEY"), "{}", ran.err);
        }
    }
    let controls = bench.rig.models().controls();
    assert_eq!((controls.google_tokens(), controls.requests(Dialect::Vertex)), (0, 0));
}
