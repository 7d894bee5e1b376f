//! Calls and their results.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use toolgate_http_client::{HttpClient, HttpError, Request, Response};
use toolgate_mcp_bridge::{Bridge, BridgeError, Server};
use toolgate_tool_types::{Content, JsonObject, ToolName};

use crate::liar::{Liar, text, with_tool};
use crate::support::{bridge, call, http, server};

#[tokio::test]
async fn arguments_are_checked_before_anything_is_sent() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text("ran")))).await;
    let bridge = bridge(&liar.url);
    let error = call(&bridge, "t", r#"{"n": "canary"}"#).await.unwrap_err();
    let BridgeError::InvalidArguments { pointer, .. } = &error else { panic!("{error}") };
    assert_eq!(pointer, "/n");
    assert!(!error.to_string().contains("canary"), "{error}");
    let unknown = bridge.check(&ToolName::new("T").unwrap(), JsonObject::empty()).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no tool \"T\"; the tools are: t");
    assert!(liar.asked("tools/call").is_empty());
    assert_eq!(call(&bridge, "t", r#"{"n": 1}"#).await.unwrap().to_text("t"), "ran");
    assert_eq!(liar.asked("tools/call")[0].params["arguments"], json!({"n": 1}));
}

/// A person, and a condition of the policy, are shown this text and not the one that came from the model.
#[tokio::test]
async fn the_arguments_of_a_checked_call_are_those_that_are_sent() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text("ran")))).await;
    let bridge = bridge(&liar.url);
    bridge.tools().await.unwrap();
    let given = r#"{"x": {"to": "a friend"}, "y": 12345678901234567890123}"#;
    let checked = bridge.check(&ToolName::new("t").unwrap(), JsonObject::parse(given).unwrap()).unwrap();
    let shown = checked.arguments().clone();
    assert_eq!(shown.as_str(), r#"{"x":{"to":"a friend"},"y":1.2345678901234568e+22}"#);
    bridge.call(checked).await.unwrap();
    assert_eq!(liar.asked("tools/call")[0].params["arguments"], shown.read::<serde_json::Value>().unwrap());
}

/// Adds a header to the requests that say so in their extensions.
pub(crate) struct Marking(pub(crate) Arc<dyn HttpClient>);

#[derive(Clone)]
pub(crate) struct Mark(pub(crate) &'static str);

#[async_trait::async_trait]
impl HttpClient for Marking {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        if let Some(Mark(mark)) = request.extensions().get().cloned() {
            request.headers_mut().insert("mark", mark.parse().unwrap());
        }
        self.0.send(request).await
    }
}

#[tokio::test]
async fn the_http_client_is_told_what_a_call_carries_and_no_other_request() {
    let liar = Liar::modern(with_tool(|ask| ask.result(text("ran")))).await;
    let bridge =
        Bridge::new(vec![Server::new("one", &liar.url, Arc::new(Marking(http()))).unwrap()]).unwrap();
    bridge.tools().await.unwrap();
    let call = || bridge.check(&ToolName::new("t").unwrap(), JsonObject::empty()).unwrap();
    bridge.call(call().with_extension(Mark("a"))).await.unwrap();
    bridge.call(call()).await.unwrap();
    let marks =
        |method| liar.asked(method).iter().map(|ask| ask.header("mark").is_some()).collect::<Vec<_>>();
    assert_eq!(marks("tools/call"), [true, false]);
    assert_eq!(marks("tools/list"), [false]);
}

#[tokio::test]
async fn what_a_call_says_about_itself_is_in_its_meta_beside_the_protocols_own() {
    let liar = Liar::modern(with_tool(|ask| ask.result(text("ran")))).await;
    let bridge = bridge(&liar.url);
    bridge.tools().await.unwrap();
    let call = bridge.check(&ToolName::new("t").unwrap(), JsonObject::empty()).unwrap();
    let call = call.with_meta("traceparent", "00-a-b-01").with_meta("progressToken", "not ours to set");
    bridge.call(call).await.unwrap();
    let asked = liar.asked("tools/call");
    let meta = &asked[0].params["_meta"];
    assert_eq!(meta["traceparent"], "00-a-b-01");
    assert_ne!(meta["progressToken"], "not ours to set");
    assert!(meta["io.modelcontextprotocol/protocolVersion"].is_string(), "{meta}");
}

/// There are servers that keep 32 bits of it, and answer with another one.
#[tokio::test]
async fn the_id_of_a_call_fits_32_bits() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text("ok")))).await;
    call(&bridge(&liar.url), "t", "{}").await.unwrap();
    let id = liar.asked("tools/call")[0].id.as_i64().unwrap();
    assert!(i32::try_from(id).is_ok_and(|id| id > 1_000_000), "{id}");
}

#[tokio::test]
async fn a_tool_that_says_no_is_a_result() {
    let liar = Liar::legacy(with_tool(|ask| {
        ask.result(json!({"content": [{"type": "text", "text": "no such customer"}], "isError": true}))
    }))
    .await;
    let result = call(&bridge(&liar.url), "t", "{}").await.unwrap();
    assert!(result.is_error);
    assert_eq!(result.to_text("t"), "no such customer");
}

#[tokio::test]
async fn an_unknown_content_kind_costs_nothing() {
    let liar = Liar::legacy(with_tool(|ask| {
        ask.result(json!({"content": [{"type": "smell", "ppm": 3}, {"type": "text", "text": "a"}]}))
    }))
    .await;
    let result = call(&bridge(&liar.url), "t", "{}").await.unwrap();
    assert!(
        matches!(&result.content[0], Content::Other { kind, json } if &**kind == "smell" && json.contains("ppm"))
    );
    assert_eq!(result.to_text("t"), "a");
}

/// No clock shows the time that is so far ahead.
#[tokio::test]
async fn a_deadline_may_be_as_long_as_a_duration_can_be() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text("a")))).await;
    let server = server("one", &liar.url).with_call_timeout(Duration::MAX).with_longest_call(Duration::MAX);
    let bridge = Bridge::new(vec![server]).unwrap();
    assert_eq!(call(&bridge, "t", "{}").await.unwrap().to_text("t"), "a");
}

#[tokio::test]
async fn structured_results_must_fit_the_output_schema() {
    let listed = json!({"name": "t", "inputSchema": {"type": "object"},
        "outputSchema": {"type": "object", "properties": {"total": {"type": "number"}}}});
    let liar = Liar::legacy(move |ask| match ask.method.as_str() {
        "tools/list" => ask.result(json!({"tools": [listed.clone()]})),
        _ if ask.params["arguments"]["good"] == true => {
            ask.result(json!({"structuredContent": {"total": 552.0}}))
        }
        _ => ask.result(json!({"structuredContent": {"total": "canary"}})),
    })
    .await;
    let bridge = bridge(&liar.url);
    let good = call(&bridge, "t", r#"{"good": true}"#).await.unwrap();
    assert_eq!(good.to_text("t"), r#"{"total":552.0}"#);
    let bad = call(&bridge, "t", "{}").await.unwrap_err();
    assert!(matches!(&bad, BridgeError::InvalidResult { pointer, .. } if pointer == "/total"), "{bad}");
    assert!(bad.may_have_run() && !bad.to_string().contains("canary"));
}

#[tokio::test]
async fn a_large_result_is_cut_and_says_so_and_a_huge_one_is_refused() {
    let liar = Liar::legacy(with_tool(|ask| {
        let size = ask.params["arguments"]["n"].as_u64().unwrap();
        ask.result(text(&"x".repeat(usize::try_from(size).unwrap())))
    }))
    .await;
    let bridge = Bridge::new(vec![server("one", &liar.url).with_max_result(1000)]).unwrap();
    let cut = call(&bridge, "t", r#"{"n": 5000}"#).await.unwrap().to_text("t");
    assert!(cut.ends_with("[cut: 1000 of 5000 bytes of this text are shown]"), "{cut}");
    let huge = call(&bridge, "t", r#"{"n": 17000000}"#).await.unwrap_err();
    assert!(matches!(huge, BridgeError::TooLarge { .. }) && huge.may_have_run(), "{huge}");
}

#[tokio::test]
async fn a_json_rpc_error_is_the_servers_refusal() {
    let liar = Liar::legacy(with_tool(|ask| ask.error(-32602, "bad\u{1b}[31m thing"))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    let BridgeError::Refused { code, message, .. } = &error else { panic!("{error}") };
    assert_eq!((*code, message.as_str()), (-32602, "bad\\u{1b}[31m thing"));
    assert!(!error.may_have_run());
    for code in [-32603, -32000, 1] {
        let liar = Liar::legacy(with_tool(move |ask| ask.error(code, "broke down"))).await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::Refused { .. }) && error.may_have_run(), "{error}");
    }
}
