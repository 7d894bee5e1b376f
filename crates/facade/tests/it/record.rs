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
    let error = ask(config, LOOK_UP).await.unwrap_err();
    assert!(matches!(error.failure, ChatFailure::Audit(_)), "{error}");
    assert_eq!(bench.rig.mcp().controls().calls(), 0);
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
    let report = audit::verify(&bench.audit()).unwrap();
    assert!(report.is_intact() && report.allowed == 1);
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
    assert!(audit::verify(&bench.audit()).unwrap().is_intact());
}
