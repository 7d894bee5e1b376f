//! The numbers say what happened, and the dashboard asks for numbers that exist.

use std::collections::BTreeSet;

use toolgate::Toolgate;

use crate::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_counted_once() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let model = toolgate.model(None).unwrap();
    let total = |name: &str, labels: &[(&str, &str)]| toolgate.metrics().total(name, labels);
    assert_eq!(total("toolgate_decisions_total", &[]), 0.0);

    toolgate.chat(&model, "Look up information for customer 'JOHNDOE123'").await.unwrap();
    toolgate.chat(&model, "Drop all tables.").await.unwrap();
    for (name, labels, expected) in [
        ("toolgate_decisions_total", &[("rule", "get_customer_info"), ("verdict", "allowed")][..], 1.0),
        ("toolgate_decisions_total", &[("verdict", "denied")], 1.0),
        ("toolgate_denials_total", &[("rule", ""), ("reason", "no_rule")], 1.0),
        ("toolgate_denials_total", &[], 1.0),
        ("toolgate_tool_calls_total", &[("outcome", "succeeded")], 1.0),
        ("toolgate_tool_calls_total", &[], 1.0),
        ("toolgate_tool_call_duration_seconds", &[], 1.0),
        ("toolgate_token_requests_total", &[("result", "ok")], 1.0),
        ("toolgate_key_set_fetches_total", &[("result", "ok")], 1.0),
        ("toolgate_model_requests_total", &[("provider", "openai"), ("result", "ok")], 4.0),
        ("toolgate_conversations_total", &[("result", "answered")], 2.0),
        ("toolgate_open_conversations", &[], 0.0),
        ("toolgate_audit_failures_total", &[], 0.0),
    ] {
        assert_eq!(total(name, labels), expected, "{name} {labels:?}");
    }
    assert!(total("toolgate_model_tokens_total", &[("direction", "output")]) > 0.0);

    let took = std::time::Duration::from_millis(7);
    toolgate.count_request("/v1/models", 200, took);
    toolgate.count_request("/v1/models", 503, took);
    assert_eq!(total("toolgate_requests_total", &[("route", "/v1/models"), ("status", "503")]), 1.0);
    assert_eq!(total("toolgate_request_duration_seconds", &[("route", "/v1/models")]), 2.0);

    bench.rig.models().controls().fail_next(toolgate_testkit::models::Dialect::OpenAi, 1, 503);
    assert!(toolgate.chat(&model, "Drop all tables.").await.is_err());
    assert_eq!(total("toolgate_model_requests_total", &[("result", "failed")]), 1.0);
    assert_eq!(total("toolgate_conversations_total", &[("result", "failed")]), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waited_for_is_counted_too() {
    let bench = Bench::start().await;
    bench.rig.mcp().controls().set_delay("get_customer_info", std::time::Duration::from_secs(20));
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let model = toolgate.model(None).unwrap();
    let decided = async {
        while toolgate.metrics().total("toolgate_decisions_total", &[]) == 0.0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        ended = toolgate.chat(&model, "Look up information for customer 'JOHNDOE123'") => panic!("{ended:?}"),
        () = decided => {}
    }
    let numbers = toolgate.metrics();
    assert_eq!(numbers.total("toolgate_tool_calls_total", &[("outcome", "unknown")]), 1.0);
    assert_eq!(numbers.total("toolgate_conversations_total", &[("result", "given_up")]), 1.0);
    assert_eq!(numbers.total("toolgate_open_conversations", &[]), 0.0);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_written_is_counted() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.audit.file = "/dev/full".into();
    let toolgate = Toolgate::open(config).unwrap();
    assert!(toolgate.chat(&toolgate.model(None).unwrap(), "Drop all tables.").await.is_err());
    let numbers = toolgate.metrics();
    assert_eq!(numbers.total("toolgate_audit_failures_total", &[]), 1.0);
    assert_eq!(numbers.total("toolgate_decisions_total", &[]), 0.0, "what is not recorded is not decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_shows_every_family_and_no_other() {
    let bench = Bench::start().await;
    let toolgate = Toolgate::open(bench.config()).unwrap();
    let families: BTreeSet<String> =
        toolgate.metrics().families.iter().map(|family| family.name.to_owned()).collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/grafana/toolgate.json");
    let dashboard: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array());
    let asked: BTreeSet<String> =
        targets.flatten().flat_map(|target| names(target["expr"].as_str().unwrap())).collect();
    assert_eq!(asked, families);
}

/// The families that an expression names.
fn names(expression: &str) -> Vec<String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = words.filter(|word| word.starts_with("toolgate_"));
    ours.map(|word| word.trim_end_matches("_bucket").to_owned()).collect()
}
