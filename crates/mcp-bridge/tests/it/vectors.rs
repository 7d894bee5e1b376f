//! The shared vectors of tool definitions, where they are at hand.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::liar::{Liar, response};
use crate::support::{bridge, names};

fn folder() -> PathBuf {
    std::env::var_os("TOOLGATE_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    )
}

/// How many tools are offered after a list of `approved` was followed by a list of `changed`.
async fn offered_after(approved: &Value, changed: &Value) -> usize {
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
    bridge.refresh().await.unwrap().tools().len()
}

/// How many tools of this definition, or pair of definitions, are offered.
async fn offered(definition: &str) -> usize {
    let tools = if definition.starts_with('[') { definition.to_owned() } else { format!("[{definition}]") };
    let liar = Liar::legacy(move |ask| {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":{tools}}}}}"#, ask.id);
        response(200, "application/json", body)
    })
    .await;
    names(&bridge(&liar.url)).await.len()
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
        let offered = match &pair {
            Some(pair) => offered_after(&pair[0], &pair[1]).await,
            None => offered(test["tool_json"].as_str().unwrap()).await,
        };
        if (verdict == "expose") == (offered > 0) { right += 1 } else { misses.push((verdict, &test["id"])) }
    }
    println!("mcp-tools: {right} of {} as the verdict says", tests.len());
    for (verdict, id) in &misses {
        println!("  missed: {id} should be {verdict}");
    }
    assert!(misses.is_empty(), "{misses:?}");
}
