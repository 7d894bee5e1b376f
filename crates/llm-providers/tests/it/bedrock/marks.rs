//! Where Claude behind Converse takes a mark of its cache.

use serde_json::Value;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatRequest, Media, Message, Opaque, Part, Reasoning,
};
use toolgate_tool_types::ToolResult;

use super::{CLAUDE, NOVA, encoded};
use crate::sample::{asks, call, encode, losses, text, tool, user};

/// The kinds of the blocks of one turn.
fn kinds(turn: &Value) -> Vec<String> {
    let blocks = turn["content"].as_array().unwrap().iter();
    blocks.map(|block| block.as_object().unwrap().keys().next().unwrap().clone()).collect()
}

fn file(media_type: &str) -> Part {
    let media = Media::Inline { media_type: media_type.into(), data: "AA==".into() };
    Part::File { name: "a".into(), media }
}

/// "Cache point cannot be inserted after reasoning block."
#[test]
fn a_mark_stands_before_a_thought_of_claude() {
    let thought = |model: &str| {
        let thought = Reasoning::new("bedrock", "hm").with_model(model);
        AssistantPart::Reasoning(thought.with_opaque(Opaque::Signature("s".into())))
    };
    let marked = |parts| {
        ChatRequest::new(vec![
            Message::user("u"),
            AssistantMessage::new(parts).into(),
            Message::CachePoint,
            Message::user("v"),
        ])
    };
    let body = encoded(CLAUDE, &marked(vec![text("a"), thought(CLAUDE)]));
    assert_eq!(kinds(&body["messages"][1]), ["text", "cachePoint", "reasoningContent", "text"]);
    let body = encoded(NOVA, &marked(vec![text("a"), thought(NOVA)]));
    assert_eq!(kinds(&body["messages"][1]), ["text", "reasoningContent", "cachePoint"]);
    let alone = encode("bedrock", CLAUDE, &marked(vec![thought(CLAUDE)])).unwrap();
    assert!(losses(&alone).contains(&"messages[2]"), "{:?}", alone.lossiness);
}

#[test]
fn a_mark_stands_before_a_document_that_claude_reads_as_text() {
    let marked = |part| ChatRequest::new(vec![user(vec![Part::text("read"), part]), Message::CachePoint]);
    for (model, media_type, expected) in [
        (CLAUDE, "application/pdf", ["text", "document", "cachePoint"]),
        (CLAUDE, "text/plain", ["text", "cachePoint", "document"]),
        (NOVA, "text/plain", ["text", "document", "cachePoint"]),
    ] {
        let body = encoded(model, &marked(file(media_type)));
        assert_eq!(kinds(&body["messages"][0]), expected, "{model} {media_type}");
    }
}

/// "extraneous key [cachePoint] is not permitted" (Nova, of a turn with calls or results).
#[test]
fn a_mark_of_nova_stands_before_the_turns_of_tools() {
    let lookup = call("c", "t", "{}");
    let messages = vec![
        Message::system("s"),
        Message::CachePoint,
        Message::user("u"),
        Message::CachePoint,
        asks(&[&lookup]),
        Message::tool_result(&lookup, ToolResult::text("r")),
        Message::CachePoint,
    ];
    let request = ChatRequest::new(messages).with_tools(vec![tool("t", "{}")]).with_strict(true);
    let body = encoded(NOVA, &request);
    let turns: Vec<_> = body["messages"].as_array().unwrap().iter().map(kinds).collect();
    assert_eq!(turns, [vec!["text", "cachePoint"], vec!["toolUse"], vec!["toolResult"]]);
    assert_eq!(body["system"][1]["cachePoint"]["type"], "default");
    let body = encoded(CLAUDE, &request);
    assert_eq!(kinds(&body["messages"][2]), ["toolResult", "cachePoint"]);
}
