//! Answers that one Claude began and another went on with, because the first declined ("Refusals and fallback").

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, ChatResponse, FinishReason, Message};
use toolgate_tool_types::ToolResult;

use crate::sample::{decode, encoded, streamed, text};

/// The answer as a whole, and in events.
fn both(blocks: &[Value], reason: &str) -> [ChatResponse; 2] {
    let ask = || ChatRequest::new(vec![Message::user("u")]);
    let whole = json!({"model": "claude-opus-4-8", "content": blocks, "stop_reason": reason}).to_string();
    let starts = blocks.iter().enumerate().flat_map(|(index, block)| {
        let start = json!({"type": "content_block_start", "index": index, "content_block": block});
        // A block that the model declined in does not always stop.
        let stop = (index != 0).then(|| json!({"type": "content_block_stop", "index": index}));
        [Some(start), stop].into_iter().flatten()
    });
    let end =
        [json!({"type": "message_delta", "delta": {"stop_reason": reason}}), json!({"type": "message_stop"})];
    let events: String = starts.chain(end).map(|event| format!("data: {event}\n\n")).collect();
    [decode("anthropic", &ask(), &whole).unwrap(), streamed("anthropic", &ask(), &events).unwrap()]
}

fn hop() -> Value {
    json!({"type": "fallback", "from": {"model": "claude-fable-5"}, "to": {"model": "claude-opus-4-8"}})
}

#[test]
fn what_was_thought_and_called_before_is_taken_back() {
    let blocks = [
        json!({"type": "thinking", "thinking": "hm", "signature": "c2ln"}),
        json!({"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}),
        json!({"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}),
        json!({"type": "text", "text": "Half"}),
        json!({"type": "server_tool_use", "id": "s2", "name": "web_search", "input": {}}),
        json!({"type": "tool_use", "id": "t1", "name": "drop", "input": {}}),
        hop(),
        json!({"type": "text", "text": " and whole."}),
        json!({"type": "tool_use", "id": "t2", "name": "look", "input": {"a": 1}}),
    ];
    for answer in both(&blocks, "tool_use") {
        assert_eq!((answer.text().as_str(), &answer.finish), ("Half and whole.", &FinishReason::ToolCalls));
        let calls: Vec<_> = answer.tool_calls().cloned().collect();
        assert!(calls.len() == 1 && calls[0].id.as_str() == "t2", "{calls:?}");
        let told: Vec<String> = answer.lossiness.iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].contains("before it declined"), "{told:?}");

        let result = Message::tool_result(&calls[0], ToolResult::text("ok"));
        let request = ChatRequest::new(vec![Message::user("u"), answer.message.into(), result]);
        let sent = &encoded("anthropic", "claude-fable-5", &request)["messages"][1]["content"];
        let kinds: Vec<&str> =
            sent.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
        assert_eq!(
            kinds,
            ["server_tool_use", "web_search_tool_result", "text", "text", "tool_use"],
            "{sent}"
        );
    }
}

#[test]
fn a_call_that_is_taken_back_awaits_nothing() {
    let blocks = [
        json!({"type": "tool_use", "id": "t1", "name": "drop", "input": {}}),
        hop(),
        json!({"type": "text", "text": "Gladly."}),
    ];
    for answer in both(&blocks, "end_turn") {
        assert_eq!((answer.message.parts, answer.finish), (vec![text("Gladly.")], FinishReason::Stop));
    }
}

#[test]
fn where_nothing_was_said_before_nothing_is_lost() {
    for answer in both(&[hop(), json!({"type": "text", "text": "Gladly."})], "end_turn") {
        assert_eq!(&*answer.message.parts, [text("Gladly.")]);
        assert!(answer.lossiness.is_empty(), "{:?}", answer.lossiness);
    }
}
