//! Bounds, and an end that lets conversations end.

use std::time::Duration;

use serde_json::json;
use toolgate::ServerConfig;
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
    assert_eq!((answer.status, answer.code()), (503, "not_recorded".to_owned()));
    assert_eq!(answer.headers["x-should-retry"], "false", "{answer:?}");
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
