//! `tools/list` from servers that are wrong, endless or down.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use toolgate_mcp_bridge::{Bridge, BridgeError, Server, ToolSet};

use crate::liar::{Liar, json_response, text, tool};
use crate::support::{bridge, call, http, names, server};

#[tokio::test]
async fn a_malformed_tool_costs_only_itself() {
    let liar = Liar::legacy(|ask| {
        ask.result(
            json!({"tools": [tool("b"), {"name": "bad", "inputSchema": "x"}, 7, tool("a b"), tool("a"),
            tool("twice"), tool("twice"), tool("again"), {"name": "again", "inputSchema": {"type": "array"}}]}),
        )
    })
    .await;
    let bridge = bridge(&liar.url);
    assert_eq!(names(&bridge).await, ["a", "b"]);
    let set = bridge.tool_set().await.unwrap();
    let skipped: Vec<&str> = set.skipped().iter().map(|skipped| skipped.tool.as_str()).collect();
    assert_eq!(skipped, ["(no name)", "again", "again", "bad", "twice", "a b"]);
    assert!(set.skipped()[3].reason.contains("expected a JSON object"), "{:?}", set.skipped());
    assert_eq!(liar.asked("tools/list").len(), 1, "the list is kept");
}

#[tokio::test]
async fn schemas_keep_their_text() {
    let schema =
        r#"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"number","minimum":1e3}}}"#;
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":ID,"result":{{"tools":[{{"inputSchema":{schema},"name":"t"}}]}}}}"#
    );
    let liar = Liar::legacy(move |ask| {
        crate::liar::response(200, "application/json", body.replace("ID", &ask.id.to_string()))
    })
    .await;
    let tools = bridge(&liar.url).tools().await.unwrap();
    assert_eq!(tools[0].input_schema.as_str(), schema);
    assert_eq!(&*tools[0].description, "");
}

#[tokio::test]
async fn pages_are_followed_and_an_empty_cursor_is_a_cursor() {
    let liar = Liar::legacy(|ask| match ask.params["cursor"].as_str() {
        None => ask.result(json!({"tools": [tool("a")], "nextCursor": ""})),
        Some("") => ask.result(json!({"tools": [tool("b")], "nextCursor": "x"})),
        Some(_) => ask.result(json!({"tools": [tool("c")]})),
    })
    .await;
    assert_eq!(names(&bridge(&liar.url)).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn endless_lists_end() {
    let page = AtomicUsize::new(0);
    let fresh = Liar::legacy(move |ask| {
        let page = page.fetch_add(1, Ordering::Relaxed);
        ask.result(json!({"tools": [], "nextCursor": format!("c{page}")}))
    })
    .await;
    let endless = bridge(&fresh.url).tools().await.unwrap_err();
    assert!(matches!(&endless, BridgeError::TooLarge { limit, .. } if limit == "100 pages"), "{endless}");

    let page = AtomicUsize::new(0);
    let repeated = Liar::legacy(move |ask| {
        let page = page.fetch_add(1, Ordering::Relaxed);
        ask.result(json!({"tools": [tool(&format!("t{page}"))], "nextCursor": "same"}))
    })
    .await;
    let repeated = bridge(&repeated.url).tools().await.unwrap_err();
    assert!(
        matches!(&repeated, BridgeError::Protocol { reason, .. } if reason.contains("twice")),
        "{repeated}"
    );

    let many = Liar::legacy(|ask| {
        let tools: Vec<_> = (0..1001).map(|n| tool(&format!("t{n}"))).collect();
        ask.result(json!({"tools": tools}))
    })
    .await;
    let many = bridge(&many.url).tools().await.unwrap_err();
    assert!(matches!(&many, BridgeError::TooLarge { limit, .. } if limit == "1000 tools"), "{many}");
    let many = Liar::legacy(|ask| match ask.params["cursor"].as_str() {
        None => ask.result(json!({"tools": vec![json!(7); 500], "nextCursor": "x"})),
        Some(_) => ask.result(json!({"tools": vec![tool("a"); 501]})),
    })
    .await;
    let many = bridge(&many.url).tools().await.unwrap_err();
    assert!(matches!(&many, BridgeError::TooLarge { limit, .. } if limit == "1000 tools"), "{many}");
}

/// Servers exist that name a cursor on their only page, or the empty text on each.
#[tokio::test]
async fn a_list_that_begins_anew_has_ended() {
    for cursor in ["", "0"] {
        let liar = Liar::legacy(move |ask| {
            ask.result(json!({"tools": [tool("a"), json!({"name": "bad"}), tool("b")], "nextCursor": cursor}))
        })
        .await;
        let bridge = bridge(&liar.url);
        assert_eq!(names(&bridge).await, ["a", "b"], "{cursor:?}");
        assert_eq!(bridge.tool_set().await.unwrap().skipped().len(), 1);
        assert_eq!(liar.asked("tools/list").len(), 2);
    }
    // Two pages, again and again.
    let liar = Liar::legacy(|ask| match ask.params["cursor"].as_str() {
        Some("2") => ask.result(json!({"tools": [tool("b")], "nextCursor": "1"})),
        _ => ask.result(json!({"tools": [tool("a")], "nextCursor": "2"})),
    })
    .await;
    assert_eq!(names(&bridge(&liar.url)).await, ["a", "b"]);
    // The same name with other words is no repetition.
    let page = AtomicUsize::new(0);
    let other = Liar::legacy(move |ask| {
        let description = page.fetch_add(1, Ordering::Relaxed).to_string();
        let tool = json!({"name": "a", "description": description, "inputSchema": {"type": "object"}});
        ask.result(json!({"tools": [tool], "nextCursor": ""}))
    })
    .await;
    let error = bridge(&other.url).tools().await.unwrap_err();
    assert!(matches!(&error, BridgeError::Protocol { reason, .. } if reason.contains("twice")), "{error}");
}

/// As PHP writes a tool without arguments, and Java one with what it has not.
#[tokio::test]
async fn a_schema_in_another_languages_nothing_is_one() {
    let tools = ["[]", r#"{"a":{"type":"integer","minimum":0,"exclusiveMinimum":true,"enum":null}}"#].map(
        |properties| {
            let schema = format!(r#"{{"type":"object","properties":{properties},"required":null}}"#);
            let schema: Value = serde_json::from_str(&schema).unwrap();
            json!({"name": if properties == "[]" { "php" } else { "java" }, "inputSchema": schema})
        },
    );
    let liar = Liar::legacy(move |ask| match ask.method.as_str() {
        "tools/list" => ask.result(json!({"tools": tools})),
        _ => ask.result(text("ok")),
    })
    .await;
    let bridge = bridge(&liar.url);
    assert_eq!(names(&bridge).await, ["java", "php"]);
    for (tool, arguments) in [("php", "{}"), ("java", r#"{"a":1}"#)] {
        assert_eq!(call(&bridge, tool, arguments).await.unwrap().to_text(tool), "ok");
    }
    let refused = call(&bridge, "java", r#"{"a":0}"#).await.unwrap_err();
    assert!(matches!(&refused, BridgeError::InvalidArguments { .. }), "{refused}");
}

/// As servers in Go write a list that was never filled.
#[tokio::test]
async fn no_tools_may_be_null() {
    let liar = Liar::legacy(|ask| ask.result(json!({"tools": null, "nextCursor": null}))).await;
    assert!(bridge(&liar.url).tools().await.unwrap().is_empty());
    let missing = Liar::legacy(|ask| ask.result(json!({}))).await;
    assert!(matches!(bridge(&missing.url).tools().await.unwrap_err(), BridgeError::Protocol { .. }));
}

#[tokio::test]
async fn large_lists_end() {
    let described = |name: &str, bytes: usize| json!({"name": name, "description": "x".repeat(bytes), "inputSchema": {"type": "object"}});
    let one = Liar::legacy(move |ask| {
        ask.result(json!({"tools": [described("large", 500 << 10), described("larger", 512 << 10)]}))
    })
    .await;
    let set = bridge(&one.url).tool_set().await.unwrap();
    assert!(set.get("large").is_some());
    let [left_out] = set.skipped() else { panic!("{:?}", set.skipped()) };
    assert!(left_out.tool == "larger" && left_out.reason.contains("512 KiB"), "{left_out:?}");

    let page = AtomicUsize::new(0);
    let all = Liar::legacy(move |ask| {
        let page = page.fetch_add(1, Ordering::Relaxed);
        ask.result(json!({"tools": [described("a", 12 << 20)], "nextCursor": page.to_string()}))
    })
    .await;
    let error = bridge(&all.url).tools().await.unwrap_err();
    assert!(matches!(&error, BridgeError::TooLarge { limit, .. } if limit == "32 MiB"), "{error}");
    assert_eq!(all.asked("tools/list").len(), 3);
}

#[tokio::test]
async fn several_servers_share_one_namespace() {
    let (one, two) = (
        Liar::legacy(|ask| ask.result(json!({"tools": [tool("search"), tool("a.b")]}))).await,
        Liar::modern(|ask| ask.result(json!({"tools": [tool("search")], "resultType": "complete"}))).await,
    );
    let bridge = Bridge::new(vec![server("crm", &one.url), server("wiki", &two.url)]).unwrap();
    let names = names(&bridge).await;
    assert_eq!(names.len(), 3);
    assert!(names[0].starts_with("crm__a_b_"), "{names:?}");
    assert_eq!(names[1..], ["crm__search", "wiki__search"]);
    let entry = bridge.lookup(&names[0]).unwrap();
    assert_eq!((entry.server(), entry.remote_name()), ("crm", "a.b"));
    let set = bridge.tool_set().await.unwrap();
    let namesakes = |name| {
        let others = set.namesakes(set.get(name).unwrap());
        others.iter().map(|other| other.name().as_str()).collect::<Vec<_>>()
    };
    assert_eq!(namesakes("crm__search"), ["wiki__search"]);
    assert!(namesakes(&names[0]).is_empty());
    assert!(bridge.lookup("search").is_none() && bridge.lookup("crm__searc").is_none());
}

#[tokio::test]
async fn a_server_that_is_down_does_not_take_the_others_along() {
    let up = Liar::legacy(|ask| ask.result(json!({"tools": [tool("a")]}))).await;
    let bridge = Bridge::new(vec![server("down", "http://127.0.0.1:1/mcp"), server("up", &up.url)]).unwrap();
    assert_eq!(names(&bridge).await, ["up__a"]);
    let set = bridge.tool_set().await.unwrap();
    assert_eq!(&*set.failed()[0].server, "down");
    assert!(matches!(&*set.failed()[0].error, BridgeError::Unreachable { .. }));
    let alone =
        Bridge::new(vec![server("down", "http://127.0.0.1:1/mcp")]).unwrap().tools().await.unwrap_err();
    assert!(alone.is_transient() && alone.to_string().contains("127.0.0.1:1"), "{alone}");
}

#[tokio::test]
async fn what_a_server_repeats_to_the_letter_is_not_judged_again() {
    let lists = AtomicUsize::new(0);
    let liar = Liar::legacy(move |ask| {
        let n = lists.fetch_add(1, Ordering::Relaxed);
        let schema = json!({"type": "object", "description": n.to_string()});
        ask.result(json!({"tools": [tool("same"), {"name": "other", "inputSchema": schema}]}))
    })
    .await;
    let bridge = bridge(&liar.url);
    let first = bridge.tool_set().await.unwrap();
    let second = bridge.refresh().await.unwrap();
    assert_eq!(liar.asked("tools/list").len(), 2);
    let is_kept = |name| {
        let of = |set: &ToolSet| {
            let mut all = set.withheld().iter().chain(set.get(name));
            all.find(|entry| entry.name().as_str() == name).unwrap().clone()
        };
        let (before, now) = (of(&first), of(&second));
        std::ptr::eq(before.definition(), now.definition())
    };
    assert!(is_kept("same") && !is_kept("other"));
    assert_eq!(second.withheld()[0].name().as_str(), "other", "a change is seen all the same");
}

#[tokio::test]
async fn the_list_is_asked_for_once_by_all_who_wait_and_again_on_refresh() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let liar = Liar::legacy(move |ask| {
        let n = counted.fetch_add(1, Ordering::Relaxed);
        ask.result(json!({"tools": [tool(&format!("t{n}"))]}))
    })
    .await;
    let bridge = bridge(&liar.url);
    let (a, b) = tokio::join!(bridge.tools(), bridge.tools());
    assert_eq!(a.unwrap(), b.unwrap());
    assert_eq!((count.load(Ordering::Relaxed), liar.asked("initialize").len()), (1, 1));
    bridge.refresh().await.unwrap();
    assert_eq!(bridge.names(), ["t1"]);
}

#[tokio::test]
async fn a_server_answer_that_is_no_answer_is_a_protocol_error() {
    for body in
        [json!({}), json!([]), json!({"jsonrpc": "2.0", "id": 9999, "result": {"tools": []}}), json!(null)]
    {
        let shown = body.to_string();
        let liar = Liar::legacy(move |_| json_response(200, &body)).await;
        let error = bridge(&liar.url).tools().await.unwrap_err();
        assert!(matches!(error, BridgeError::Protocol { .. }), "{shown}: {error}");
    }
}

#[test]
fn unusable_settings_are_refused() {
    for (name, url) in
        [("", "https://a"), ("A", "https://a"), ("a_b", "https://a"), ("a", "ftp://a"), ("a", "/mcp")]
    {
        assert!(
            matches!(Server::new(name, url, http()), Err(BridgeError::Configuration { .. })),
            "{name} {url}"
        );
    }
    assert!(!format!("{:?}", server("a", "https://a/mcp?key=canary")).contains("canary"));
    let twice = Bridge::new(vec![server("a", "https://a"), server("a", "https://b")]);
    assert!(matches!(twice, Err(BridgeError::Configuration { .. })));
}
