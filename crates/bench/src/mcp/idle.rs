//! What a session costs that waits: memory of this process for each, with its list of one tool, after one call.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use toolgate_http_client::HttpClient;
use toolgate_mcp_bridge::Bridge;
use toolgate_tool_types::{JsonObject, ToolName};

use super::{bridge, http, medians, on_one_thread, row};
use crate::table;

const SESSIONS: usize = 1_000;

pub(super) fn table(port: &str) {
    let mut rows = Vec::new();
    for (generation, version) in [("modern", "2026-07-28"), ("legacy", "2025-11-25")] {
        for (listening, stream) in [("quiet", "none"), ("listen", "open")] {
            rows.push(row(&[version, stream], &medians(&["idle", generation, listening, port])[0]));
        }
    }
    table::print(
        "1,000 sessions that wait",
        &["protocol", "stream for changes", "KiB each", "MiB before"],
        &rows,
    );
}

/// Prints KiB per session, and MiB before there was any but one.
pub(super) fn measure(generation: &str, listening: &str, port: &str) {
    on_one_thread(async {
        let (http, url) = (http(), [format!("http://127.0.0.1:{port}/{generation}/1/{listening}")]);
        // What is set up once is not the sessions', and one after the other they share what connections can be shared.
        let mut bridges = vec![used(&http, &url).await];
        let before = resident();
        for _ in 0..SESSIONS {
            bridges.push(used(&http, &url).await);
        }
        // The streams for changes are opened on the side.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let after = resident();
        println!("{} {}", (after - before) as f64 / SESSIONS as f64, before as f64 / 1024.0);
        drop(bridges);
    });
}

/// A bridge whose session has listed and called.
async fn used(http: &Arc<dyn HttpClient>, url: &[String]) -> Bridge {
    let bridge = bridge(http, url);
    bridge.tools().await.unwrap();
    let name = ToolName::new("search_orders_00").unwrap();
    let arguments = JsonObject::parse(r#"{"customer_id":"C-1"}"#).unwrap();
    bridge.call(bridge.check(&name, arguments).unwrap()).await.unwrap();
    bridge
}

/// The memory of this process that is in use, in KiB, as Linux tells it.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
