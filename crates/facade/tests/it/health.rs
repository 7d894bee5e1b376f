//! What is known without asking anybody.

use toolgate::{ModelHealth, TargetConfig, Toolgate};

use crate::Bench;

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_and_what_was_learned_is_told() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let fresh = toolgate.health();
    assert!(fresh.is_well() && !fresh.audit.open, "{fresh:?}");
    assert_eq!(bench.rig.oauth().controls().token_requests(), 0);

    toolgate.chat(&toolgate.models().unwrap(), LOOK_UP).await.unwrap();
    let asked = bench.rig.oauth().controls().token_requests();
    let health = toolgate.health();
    let server = &health.servers["mcp"];
    assert!(health.is_well() && health.audit.open && server.tools > 0, "{health:?}");
    assert!(server.token_seconds.is_some_and(|left| left > 0));
    assert_eq!(server.keys.as_ref().unwrap().usable, 1);
    assert_eq!(bench.rig.oauth().controls().token_requests(), asked);
    let (token, _) = toolgate.token().await.unwrap();
    let told = serde_json::to_string(&health).unwrap();
    assert!(!told.contains(token.expose_secret()) && !told.contains("openai-client-secret"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_and_a_model_that_fails_are_told() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.models = vec![TargetConfig::new("openai/gpt-rig")];
    config.failover.breaker_failures = std::num::NonZeroU32::MIN;
    config.failover.attempts = std::num::NonZeroU32::MIN;
    let toolgate = Toolgate::open(config).unwrap();
    bench.rig.models().controls().fail_next(toolgate_testkit::models::Dialect::OpenAi, 99, 503);
    assert!(toolgate.chat(&toolgate.models().unwrap(), LOOK_UP).await.is_err());
    let health = toolgate.health();
    assert_eq!(health.models["openai/gpt-rig"], ModelHealth::LeftAlone);
    assert!(!health.is_well());

    // Models that are asked no more are of no concern, and those that are have begun anew.
    let mut config = bench.config();
    config.models = vec![TargetConfig::new("anthropic/claude-rig")];
    config.failover.breaker_failures = std::num::NonZeroU32::MIN;
    toolgate.prepare_reload(config.clone()).unwrap().client().models().unwrap();
    assert!(!toolgate.health().is_well(), "what was only looked at changes nothing");
    toolgate.reload(config).await.unwrap();
    drop(toolgate.models().unwrap());
    let health = toolgate.health();
    assert_eq!(
        health.models.into_iter().collect::<Vec<_>>(),
        [("anthropic/claude-rig".into(), ModelHealth::Asked)]
    );
    let numbers = format!("{:?}", toolgate.metrics());
    assert!(!numbers.contains("openai/gpt-rig"), "{numbers}");

    let mut config = bench.config();
    config
        .mcp
        .values_mut()
        .for_each(|server| *server = toolgate::ServerConfig::new("https://localhost:1/mcp"));
    config.audit.file = bench.folder.path().join("second.jsonl");
    let toolgate = Toolgate::open(config).unwrap();
    assert!(toolgate.tools().await.is_err());
    let health = toolgate.health();
    assert!(!health.is_well() && health.servers["mcp"].failure.is_some(), "{health:?}");
}
