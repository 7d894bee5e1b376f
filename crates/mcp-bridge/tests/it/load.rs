//! Many servers, many tools, many calls at once: nothing is lost or crossed.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use toolgate_mcp_bridge::Bridge;
use toolgate_tool_types::{JsonObject, ToolName};

use crate::liar::{Liar, text, tool, with_tool};
use crate::support::server;

const CALLS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_at_once_get_each_their_own_answer() {
    let echo = with_tool(|ask| ask.result(text(&ask.params["arguments"]["n"].to_string())));
    let liar = Liar::modern(echo).await;
    let bridge =
        Bridge::new(vec![server("one", &liar.url).with_call_timeout(Duration::from_secs(120))]).unwrap();
    bridge.tools().await.unwrap();
    let start = Instant::now();
    let calls = (0..CALLS).map(|n| {
        let bridge = &bridge;
        async move {
            let arguments = JsonObject::parse(&format!(r#"{{"n": {n}}}"#)).unwrap();
            let call = bridge.check(&ToolName::new("t").unwrap(), arguments).unwrap();
            assert_eq!(bridge.call(call).await.unwrap().to_text("t"), n.to_string());
        }
    });
    assert_eq!(join_all(calls).await.len(), CALLS);
    println!("{CALLS} calls at once: {:?}", start.elapsed());
    assert_eq!(liar.asked("tools/call").len(), CALLS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tools_of_twenty_servers_make_one_set() {
    let mut servers = Vec::new();
    for n in 0..20 {
        let tools: Vec<_> = (0..50).map(|t| tool(&format!("tool_{t:02}"))).collect();
        let liar = Liar::modern(move |ask| ask.result(json!({"tools": tools}))).await;
        servers.push(server(&format!("s{n:02}"), &liar.url));
    }
    let bridge = Bridge::new(servers).unwrap();
    let start = Instant::now();
    let tools = bridge.tools().await.unwrap();
    println!("1,000 tools of 20 servers: {:?}", start.elapsed());
    assert_eq!(tools.len(), 1_000);
    assert!(tools.is_sorted_by(|a, b| a.name < b.name));
    assert_eq!(bridge.lookup("s07__tool_13").unwrap().server(), "s07");
}
