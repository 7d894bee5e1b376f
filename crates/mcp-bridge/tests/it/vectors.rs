//! The shared vectors of tool definitions, where they are at hand.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use toolgate_mcp_bridge::ToolSet;

use crate::liar::{Liar, response};
use crate::support::{bridge, names};

fn folder() -> PathBuf {
    std::env::var_os("TOOLGATE_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    )
}

/// What becomes of the tools of a set, in the words of the verdicts: all of them share one fate.
fn fate(set: &ToolSet) -> &'static str {
    match (set.tools().len(), set.withheld().len(), set.skipped().len()) {
        (1.., 0, 0) => "expose",
        (0, 1.., 0) => "flag",
        (0, 0, 1..) if set.skipped().iter().all(|skipped| !skipped.reason.is_empty()) => "hide",
        _ => "neither",
    }
}

/// What becomes of a tool after a list of `approved` was followed by a list of `changed`.
async fn fate_after(approved: &Value, changed: &Value) -> &'static str {
    let lists = [approved.to_string(), changed.to_string()];
    let asked = AtomicUsize::new(0);
    let liar = Liar::legacy(move |ask| {
        let tool = &lists[asked.fetch_add(1, Ordering::Relaxed).min(1)];
        let body = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":[{tool}]}}}}"#, ask.id);
        response(200, "application/json", body)
    })
    .await;
    let bridge = bridge(&liar.url);
    assert_eq!(names(&bridge).await.len(), 1);
    fate(&bridge.refresh().await.unwrap())
}

/// What becomes of the tools of this definition, or pair of definitions.
async fn fate_of(definition: &str) -> &'static str {
    let tools = if definition.starts_with('[') { definition.to_owned() } else { format!("[{definition}]") };
    let liar = Liar::legacy(move |ask| {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":{tools}}}}}"#, ask.id);
        response(200, "application/json", body)
    })
    .await;
    fate(&bridge(&liar.url).tool_set().await.unwrap())
}

#[tokio::test]
async fn tool_definitions() {
    let path = folder().join("mcp-tools.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("mcp-tools: no vectors at {}; set TOOLGATE_VECTORS to their folder", path.display());
        return;
    };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let tests = vectors["tests"].as_array().unwrap();
    let (mut right, mut misses) = (0, Vec::new());
    for test in tests {
        let verdict = test["verdict"].as_str().unwrap();
        let pair: Option<Vec<Value>> = (test["kind"] == "change")
            .then(|| serde_json::from_str(test["tool_json"].as_str().unwrap()).unwrap());
        let fate = match &pair {
            Some(pair) => fate_after(&pair[0], &pair[1]).await,
            None => fate_of(test["tool_json"].as_str().unwrap()).await,
        };
        if verdict.split('|').any(|one| one == fate) {
            right += 1
        } else {
            misses.push((verdict, fate, &test["id"]))
        }
    }
    println!("mcp-tools: {right} of {} as the verdict says", tests.len());
    for (verdict, fate, id) in &misses {
        println!("  missed: {id} should be {verdict}, is {fate}");
    }
    assert!(misses.is_empty(), "{misses:?}");
}
