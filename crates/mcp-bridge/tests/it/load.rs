//! Many servers, many tools, many calls at once: nothing is lost or crossed.

use std::time::Instant;

use futures_util::StreamExt;
use serde_json::json;
use toolgate_mcp_bridge::Bridge;
use toolgate_tool_types::{JsonObject, ToolName};

use crate::liar::{Liar, text, tool, with_tool};
use crate::support::{bridge, server};

/// One file descriptor each, on both sides: as many as a process may open on every system.
const AT_ONCE: usize = 256;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_get_each_their_own_answer() {
    for modern in [true, false] {
        let echo = with_tool(|ask| ask.result(text(&ask.params["arguments"]["n"].to_string())));
        let liar = if modern { Liar::modern(echo).await } else { Liar::legacy(echo).await };
        let bridge = bridge(&liar.url);
        bridge.tools().await.unwrap();
        let calls = futures_util::stream::iter(0..5_000).map(|n| {
            let bridge = &bridge;
            async move {
                let arguments = JsonObject::parse(&format!(r#"{{"n": {n}}}"#)).unwrap();
                let call = bridge.check(&ToolName::new("t").unwrap(), arguments).unwrap();
                assert_eq!(bridge.call(call).await.unwrap().to_text("t"), n.to_string());
            }
        });
        assert_eq!(calls.buffer_unordered(AT_ONCE).count().await, 5_000);
        assert_eq!(liar.asked("tools/call").len(), 5_000);
    }
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
