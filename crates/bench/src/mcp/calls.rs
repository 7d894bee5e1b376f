//! Many calls at once through one bridge, each of which must get its own answer; beside them rmcp's own client on reqwest,
//! and the same bytes through our HTTP client alone, which is what no client of MCP can be faster than.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use toolgate_bench::measure::process_time;
use toolgate_http_client::HttpClient;
use toolgate_mcp_bridge::Bridge;
use toolgate_tls_config::ClientTls;
use toolgate_tool_types::{JsonObject, ToolName};

use super::{bridge, http, medians, on_one_thread, row};
use crate::table;

const CALLS: usize = 10_000;
/// As many as a session of ours has on the wire at once.
const ON_THE_WIRE: usize = 128;

pub(super) fn table(port: &str) {
    let mut rows = Vec::new();
    for (at_once, said) in [("1", "1"), ("10000", "10,000")] {
        for (who, generation, by) in [
            ("bridge", "modern", "the bridge, 2026-07-28"),
            ("bridge", "legacy", "the bridge, 2025-11-25"),
            ("rmcp", "modern", "rmcp's own client, 2026-07-28"),
            ("http", "modern", "the HTTP client alone"),
        ] {
            let measured = medians(&["calls", who, generation, at_once, port]);
            rows.push(row(&[said, by], &measured[0]));
        }
    }
    table::print("10,000 calls of one tool", &["at once", "by", "calls/s", "CPU µs each"], &rows);
}

/// Prints calls per second and processor time per call in microseconds.
pub(super) fn measure(who: &str, generation: &str, at_once: &str, port: &str) {
    let at_once: usize = at_once.parse().unwrap();
    on_one_thread(async {
        let url = format!("http://127.0.0.1:{port}/{generation}/1/quiet");
        let (http, name) = (http(), ToolName::new("search_orders_00").unwrap());
        let bridge = bridge(&http, std::slice::from_ref(&url));
        bridge.tools().await.unwrap();
        let rmcp = if who == "rmcp" { Some(rmcp(&url).await) } else { None };
        let run = async |calls: usize| {
            let answered = stream::iter(0..calls).map(|number| {
                let (bridge, name, http, url, rmcp) = (&bridge, &name, &http, &url, &rmcp);
                async move {
                    match who {
                        "bridge" => call(bridge, name, number).await,
                        "rmcp" => call_by_rmcp(rmcp, number).await,
                        _ => post(http, url, number).await,
                    }
                }
            });
            let at_once = if who == "http" { at_once.min(ON_THE_WIRE) } else { at_once };
            assert_eq!(answered.buffer_unordered(at_once).count().await, calls);
        };
        run(500).await;
        let (start, cpu) = (Instant::now(), process_time());
        run(CALLS).await;
        let (wall, cpu) = (start.elapsed(), process_time() - cpu);
        println!("{} {}", CALLS as f64 / wall.as_secs_f64(), cpu.as_secs_f64() * 1e6 / CALLS as f64);
    });
}

fn arguments(number: usize) -> String {
    format!(
        r#"{{"customer_id":"C-{number}","state":"open","from":"2026-01-01","to":"2026-12-31","limit":50}}"#
    )
}

async fn call(bridge: &Bridge, name: &ToolName, number: usize) {
    let arguments = arguments(number);
    let checked = bridge.check(name, JsonObject::parse(&arguments).unwrap()).unwrap();
    let result = bridge.call(checked).await.unwrap();
    assert_eq!(result.to_text(name.as_str()), arguments, "an answer that belongs to another call");
}

type Rmcp = RunningService<RoleClient, ()>;

/// rmcp's client with as many requests on the wire as ours.
async fn rmcp(url: &str) -> Rmcp {
    let mode = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    let tls = Arc::unwrap_or_clone(ClientTls::new().with_mozilla_roots().build().unwrap());
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
    let config =
        StreamableHttpClientTransportConfig::with_uri(url.to_owned()).max_concurrent_requests(ON_THE_WIRE);
    let transport = StreamableHttpClientTransport::with_client(client, config);
    ().serve_with_lifecycle(transport, mode).await.unwrap()
}

async fn call_by_rmcp(rmcp: &Option<Rmcp>, number: usize) {
    let arguments = arguments(number);
    let params = CallToolRequestParams::new("search_orders_00")
        .with_arguments(serde_json::from_str(&arguments).unwrap());
    let result = rmcp.as_ref().unwrap().peer().call_tool(params).await.unwrap();
    assert_eq!(result.content[0].as_text().unwrap().text, arguments);
}

async fn post(http: &Arc<dyn HttpClient>, url: &str, number: usize) {
    let arguments = arguments(number);
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"search_orders_00","arguments":{arguments}}}}}"#
    );
    let request = http::Request::post(url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "search_orders_00")
        .body(Bytes::from(body))
        .unwrap();
    let answer = http.send(request).await.unwrap().into_body().bytes().await.unwrap();
    assert!(answer.len() > arguments.len());
}
