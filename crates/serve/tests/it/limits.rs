//! Bounds, and an end that lets conversations end.

use std::time::Duration;

use serde_json::json;
use toolgate::{ServerConfig, TargetConfig};
use toolgate_testkit::models::Dialect;

use crate::{Bench, LOOK_UP, question};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_or_wrong_is_refused_by_name() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.max_body_bytes = 1000;
    let server = bench.serve(config).await;
    let large = server.post(&question(&"x".repeat(2000))).await;
    assert_eq!((large.status, large.code()), (413, "payload_too_large".to_owned()));
    let mut body = question("hi");
    body["logit_bias"] = json!({"50256": -100});
    let refused = server.post(&body).await;
    assert_eq!((refused.status, refused.code()), (400, "unsupported_parameter".to_owned()));
    assert_eq!(refused.json()["error"]["param"], "logit_bias");
    assert_eq!(bench.rig.models().controls().requests(Dialect::OpenAi), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_conversations_than_allowed_are_told_to_come_back() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.concurrency = 1;
    let server = bench.serve(config).await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(2));
    let asked = question(LOOK_UP);
    let first = server.post(&asked);
    let second = async {
        while bench.rig.models().controls().requests(Dialect::OpenAi) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.post(&asked).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!((second.status, second.code()), (429, "server_busy".to_owned()));
    assert_eq!(second.headers["retry-after"], "1");
    assert_eq!(server.post(&asked).await.status, 200, "the place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_under_way_ends_and_nobody_new_is_let_in() {
    let bench = Bench::start().await;
    let mut server = bench.serve(bench.config()).await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(2));
    let stop = server.stop.take().unwrap();
    let asked = question(LOOK_UP);
    let stopping = async {
        while bench.rig.models().controls().requests(Dialect::OpenAi) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.send(()).unwrap();
    };
    let (answer, ()) = tokio::join!(server.post(&asked), stopping);
    assert_eq!(answer.status, 200, "{answer:?}");
    server.ended.await.unwrap();
    let again = http::Request::get(format!("{}/healthz", server.url)).body(bytes::Bytes::new()).unwrap();
    assert!(server.http.send(again).await.is_err());
}

/// A load balancer looks now and then: until it has seen the 503, it sends conversations here.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_drains_says_so_and_answers_meanwhile() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.drain_seconds = 3;
    let mut server = bench.serve(config).await;
    server.stop.take().unwrap().send(()).unwrap();
    while server.get("/healthz").await.status != 503 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);
    server.ended.await.unwrap();
    let again = http::Request::get(format!("{}/healthz", server.url)).body(bytes::Bytes::new()).unwrap();
    assert!(server.http.send(again).await.is_err(), "then nobody is let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_and_could_not_be_recorded_is_not_asked_for_again() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    // The file is set aside before each record but the first, which fails once it is gone.
    config.audit.rotate_mib = Some(0);
    let file = config.audit.file.clone();
    let server = bench.serve(config).await;
    let controls = bench.rig.mcp().controls();
    controls.set_delay("get_customer_info", Duration::from_secs(1));
    let asked = question(LOOK_UP);
    let losing = async {
        while controls.calls() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        std::fs::remove_file(file).unwrap();
    };
    let (answer, ()) = tokio::join!(server.post(&asked), losing);
    assert_eq!((answer.status, answer.code()), (400, "not_recorded".to_owned()));
    assert_eq!(answer.headers["x-should-retry"], "false", "{answer:?}");
}

/// What a client brings along, or does not want, is no way around what the operator pays for and waits for.
#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_for_clients_with_tools_of_their_own_too() {
    let bench = Bench::start().await;
    let controls = bench.rig.models().controls();
    let tools = json!([{"type": "function", "function": {"name": "look", "description": "x".repeat(400)}}]);
    let asked = |stream: bool| {
        let mut body = question("hello");
        (body["tools"], body["stream"]) = (tools.clone(), stream.into());
        body
    };
    let mut config = bench.config();
    config.limits.tokens = Some(300);
    let server = bench.serve(config).await;
    for stream in [false, true] {
        let refused = server.post(&asked(stream)).await;
        assert_eq!((refused.status, refused.code()), (422, "limit_reached".to_owned()), "{refused:?}");
    }
    assert_eq!(controls.requests(Dialect::OpenAi), 0);
    let mut alone = question("hello");
    alone["tool_choice"] = "none".into();
    assert_eq!(server.post(&alone).await.status, 200);
    let sent = controls.bodies(Dialect::OpenAi).pop().unwrap();
    assert!(sent.to_string().contains("_tokens\":2"), "the answer is bounded by what is left: {sent}");

    let mut config = bench.config();
    config.limits.wall_time_seconds = 1;
    config.audit.file = bench.folder.path().join("another.jsonl");
    let server = bench.serve(config).await;
    controls.delay(Dialect::OpenAi, Duration::from_secs(20));
    for stream in [false, true] {
        let refused = server.post(&asked(stream)).await;
        assert_eq!((refused.status, refused.code()), (422, "limit_reached".to_owned()), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_may_have_run_and_is_not_asked_for_again() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.limits.wall_time_seconds = 2;
    let server = bench.serve(config).await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(20));
    let ended = server.post(&question(LOOK_UP)).await;
    assert_eq!((ended.status, ended.code()), (400, "limit_reached".to_owned()), "{ended:?}");
    assert_eq!(bench.rig.mcp().controls().calls(), 1);
    assert_eq!(ended.headers["x-should-retry"], "false", "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_not_told_where_tools_would_be() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.mcp = [("crm".to_owned(), ServerConfig::new("https://localhost:1/inner/mcp"))].into();
    let server = bench.serve(config).await;
    let refused = server.post(&question(LOOK_UP)).await;
    assert_eq!((refused.status, refused.code()), (503, "tools_unavailable".to_owned()), "{refused:?}");
    assert!(!refused.text.contains("localhost"), "{}", refused.text);
}

/// Whoever brings the tools: another model stands in for one that fails, and one that failed is left alone for a while.
#[tokio::test(flavor = "multi_thread")]
async fn models_stand_in_for_each_other_for_clients_with_tools_of_their_own_too() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.models = ["openai/gpt-rig", "anthropic/claude-rig"].map(TargetConfig::new).into();
    config.models[1].order = 1;
    config.failover.breaker_failures = std::num::NonZeroU32::MIN;
    let server = bench.serve(config).await;
    let controls = bench.rig.models().controls();
    controls.fail_next(Dialect::OpenAi, 1, 500);
    for (stream, anthropic) in [(false, 1), (true, 2)] {
        let mut asked = question(LOOK_UP);
        asked["stream"] = stream.into();
        asked["tools"] = json!([{"type": "function", "function": {"name": "get_customer_info",
            "parameters": {"type": "object", "properties": {"customer_id": {"type": "string"}}}}}]);
        let answer = server.post(&asked).await;
        assert!(answer.status == 200 && answer.text.contains("\"get_customer_info\""), "{answer:?}");
        let requests = [Dialect::OpenAi, Dialect::Anthropic].map(|dialect| controls.requests(dialect));
        assert_eq!(requests, [1, anthropic], "the first one cools down");
    }
    assert_eq!(bench.rig.mcp().controls().requests(), 0, "the servers' tools are not even listed");
    let numbers = server.get("/metrics").await.text;
    assert!(numbers.contains("toolgate_failovers_total 1\n"), "{numbers}");
}

/// Clients of all replicas would come back at once, or give up, if nobody told them when.
#[tokio::test(flavor = "multi_thread")]
async fn where_every_model_cools_down_clients_are_told_when_to_come_back() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.models = vec![TargetConfig::new("openai/gpt-rig")];
    config.failover.breaker_failures = std::num::NonZeroU32::MIN;
    (config.failover.breaker_seconds, config.failover.patience_seconds) = (60, 0);
    let server = bench.serve(config).await;
    bench.rig.models().controls().fail_next(Dialect::OpenAi, 1, 500);
    assert_eq!(server.post(&question("hello")).await.status, 502, "the model itself failed");
    for stream in [false, true] {
        let mut asked = question("hello");
        asked["stream"] = stream.into();
        let refused = server.post(&asked).await;
        assert_eq!((refused.status, refused.code()), (503, "overloaded".to_owned()), "{refused:?}");
        let after: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((50..=60).contains(&after), "{refused:?}");
    }
    assert_eq!(bench.rig.models().controls().requests(Dialect::OpenAi), 1);
}
