//! What is recorded, and that nothing happens unrecorded.

use toolgate::{ChatFailure, audit};

use crate::{Bench, ask};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123'";

/// On Linux `/dev/full` takes no byte.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_recorded_is_not_made() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.audit.file = "/dev/full".into();
    let toolgate = toolgate::Toolgate::open(config).unwrap();
    let error = toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap_err();
    assert!(matches!(error.failure, ChatFailure::Audit(_)), "{error}");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
    let counted = toolgate.metrics().total("toolgate_tool_calls_total", &[]);
    assert_eq!(counted, 0.0, "nor is it counted or recorded as one that failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_and_an_outcome_stand_in_the_file() {
    let bench = Bench::start().await;
    ask(bench.config(), LOOK_UP).await.unwrap();
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    for (line, words) in [
        (lines[0], ["\"verdict\":\"allowed\"", "\"scopes_needed\":[\"customer:read\"]", "\"token_id\":"]),
        (lines[1], ["\"outcome\":\"succeeded\"", "\"duration_us\":", "\"result\":{\"sha256\":"]),
    ] {
        words.iter().for_each(|word| assert!(line.contains(word), "{word} is missing: {line}"));
    }
    for foreign in ["openai", "gpt-rig", "JOHNDOE123", "eyJ"].map(str::to_owned) {
        let allowed = text.matches("openai-mcp-client").count() * usize::from(foreign == "openai");
        assert_eq!(text.matches(&foreign).count(), allowed, "{foreign} stands in the record");
    }
    let report = audit::verify(bench.audit()).unwrap();
    assert!(report.is_intact() && report.allowed == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_is_a_decision_and_has_no_outcome() {
    let bench = Bench::start().await;
    ask(bench.config(), "Drop all tables.").await.unwrap();
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(text.contains("\"verdict\":\"denied\"") && !text.contains("\"outcome\":"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("\"rule\":\"no_rule\""), "why, where there is no rule: {text}");

    let mut config = bench.config();
    config.policy = toolgate::Policy::deny_all().with_rule("drop_*", ["customer:audit"]);
    ask(config, "Drop all tables.").await.unwrap();
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(text.lines().nth(1).unwrap().contains("\"rule\":\"drop_*\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_fails_is_recorded_as_that_and_told_to_the_model() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_failure("get_customer_info", Some("the database is away"));
    let answer = ask(bench.config(), LOOK_UP).await.unwrap();
    assert!(answer.passages[0].result.is_error && answer.passages[0].failure.is_none());
    assert!(answer.text.contains("the database is away"), "{}", answer.text);
    assert!(std::fs::read_to_string(bench.audit()).unwrap().contains("\"outcome\":\"tool_error\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_waits_for_any_more_is_recorded_as_unknown() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_delay("get_customer_info", std::time::Duration::from_secs(20));
    let mut config = bench.config();
    config.limits.wall_time_seconds = 1;
    let error = ask(config, LOOK_UP).await.unwrap_err();
    assert!(error.to_string().contains("wall_time_seconds"), "{error}");
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(text.contains("\"outcome\":\"unknown\"") && text.contains("given up"), "{text}");
    assert!(text.contains("\"error_class\":\"given_up\""), "{text}");
    assert!(audit::verify(bench.audit()).unwrap().is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_failed_is_recorded_with_the_kind_of_its_failure() {
    let bench = Bench::start().await;
    let toolgate = toolgate::Toolgate::open(bench.config()).unwrap();
    toolgate.tools().await.unwrap();
    bench.rig.mcp().controls().set_outage(toolgate_testkit::Outage::Unavailable);
    let answer = toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
    assert!(answer.passages[0].failure.as_ref().unwrap().may_have_run());
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(text.contains("\"error_class\":\"outcome_unknown\""), "{text}");
    assert!(text.contains("HTTP status 503"), "{text}");
}

/// Asks a person who never answers.
struct Away;

#[async_trait::async_trait]
impl toolgate::Approve for Away {
    async fn approve(&self, _: toolgate::ApprovalRequest<'_>) -> bool {
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_nobody_answered_is_recorded() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.policy = toolgate::Policy::deny_all();
    let mut rule = toolgate::Rule::new(["customer:read"]);
    rule.require_approval = true;
    config.policy.tools.insert("get_*".into(), rule);
    config.limits.wall_time_seconds = 1;
    let toolgate = toolgate::Toolgate::open(config).unwrap().with_approval(std::sync::Arc::new(Away));
    toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap_err();
    drop(toolgate);
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains("\"verdict\":\"denied\"") && text.contains("given up before it was decided"),
        "{text}"
    );
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
}

/// Every setting of `[audit]` at once: signed, in batches, with contents.
#[tokio::test(flavor = "multi_thread")]
async fn records_are_signed_and_show_contents_where_that_was_asked_for() {
    let bench = Bench::start().await;
    let key = bench.folder.path().join("key.pem");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let mut config = bench.config();
    config.audit.durable = toolgate::Durable::Batch;
    config.audit.checkpoint_key_file = Some(key.clone());
    config.audit.checkpoint_every = Some(1);
    config.audit.contents = true;
    config.audit.rotate_mib = Some(64);
    let toolgate = toolgate::Toolgate::open(config).unwrap();
    toolgate.chat(&toolgate.model(None).unwrap(), LOOK_UP).await.unwrap();
    let locked = serde_json::to_string(&toolgate::ToolLock::of(&toolgate.tool_set().await.unwrap())).unwrap();
    drop(toolgate);
    let text = std::fs::read_to_string(bench.audit()).unwrap();
    assert!(text.contains("JOHNDOE123") && text.contains("premium"), "{text}");
    let definition = text.split("\"definition\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(definition.len() == 64 && locked.contains(definition), "{definition} is not in {locked}");
    let key = audit::CheckpointKey::from_file(&key).unwrap().verifier();
    let report = audit::verify_signed(bench.audit(), &key).unwrap();
    assert!(report.is_intact() && report.signed >= 3, "{report:?}");
}
