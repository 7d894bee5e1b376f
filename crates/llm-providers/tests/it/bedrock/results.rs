//! Results of tools, as the families of models behind Converse take them.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Media, Message, Part};
use toolgate_tool_types::{Content, ToolResult};

use super::{CLAUDE, NOVA, encoded};
use crate::sample::{asks, call, encode, user};

/// "Conversation blocks and tool result blocks cannot be provided in the same turn": of Llama and its like no block, of Claude no
/// document.
#[test]
fn results_stand_apart_from_what_a_model_does_not_take_beside_them() {
    let one = call("c1", "t", "{}");
    let result = || Message::tool_result(&one, ToolResult::text("ok"));
    let turns = |model: &str, next: Message| {
        let request = ChatRequest::new(vec![Message::user("u"), asks(&[&one]), result(), next]);
        let said = encode("bedrock", model, &request).unwrap();
        let body: Value = serde_json::from_slice(&said.body).unwrap();
        let kinds = |turn: &Value| {
            let blocks = turn["content"].as_array().unwrap().iter();
            blocks.map(|block| block.as_object().unwrap().keys().next().unwrap().clone()).collect::<Vec<_>>()
        };
        let turns: Vec<_> = body["messages"].as_array().unwrap()[2..].iter().map(kinds).collect();
        (turns, said.lossiness.iter().any(|loss| loss.what.contains("results apart")))
    };
    let file = || Part::File {
        name: "a".into(),
        media: Media::Inline { media_type: "application/pdf".into(), data: "AA==".into() },
    };
    for model in [
        "us.meta.llama4-maverick-17b-instruct-v1:0",
        "mistral.mistral-large-3-675b-instruct",
        "writer.palmyra-x5-v1:0",
    ] {
        let (parted, told) = turns(model, Message::user("v"));
        assert_eq!(
            (parted, told),
            (vec![vec!["toolResult".into()], vec!["text".into()], vec!["text".into()]], true)
        );
        // Instructions in mid-conversation are a note of the user's.
        assert_eq!(turns(model, Message::system("s")).0.len(), 3, "{model}");
        assert_eq!(turns(model, Message::assistant("a")).0.len(), 2, "{model}");
    }
    let together = |first: &str, second: &str| vec![vec![first.to_owned(), second.to_owned()]];
    for model in [CLAUDE, NOVA, "qwen.qwen3-32b-v1:0"] {
        let (one_turn, told) = turns(model, Message::user("v"));
        assert_eq!((one_turn, told), (together("toolResult", "text"), false), "{model}");
    }
    let (parted, told) = turns(CLAUDE, user(vec![Part::text("read"), file()]));
    let document = vec!["text".to_owned(), "document".to_owned()];
    assert_eq!(
        (parted, told),
        (vec![vec!["toolResult".to_owned()], vec!["text".to_owned()], document], true)
    );
    assert_eq!(turns(NOVA, user(vec![Part::text("read"), file()])).0.len(), 1);
}

#[test]
fn a_result_shows_what_the_model_takes_of_one() {
    let one = call("c1", "t", "{}");
    let pdf = Content::Resource {
        uri: "f".into(),
        mime_type: Some("application/pdf".into()),
        text: None,
        blob: Some("AA==".into()),
    };
    let picture = Content::Image { data: "AA==".into(), mime_type: "image/png".into() };
    let failed = ToolResult::new(vec![picture, pdf]).with_is_error(true);
    let result = Message::tool_result(&one, failed);
    let request = ChatRequest::new(vec![Message::user("u"), asks(&[&one]), result]);
    for (model, expected, status) in [
        // It takes the mark beside text alone.
        (CLAUDE, vec!["text", "image", "document"], false),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", vec!["image", "document"], true),
        (NOVA, vec!["image", "text"], true),
        ("us.mistral.pixtral-large-2502-v1:0", vec!["text", "document"], true),
        ("moonshotai.kimi-k2.5", vec!["text", "text"], true),
        ("qwen.qwen3-vl-235b-a22b", vec!["text", "text"], true),
        ("writer.palmyra-x5-v1:0", vec!["text", "image", "document"], false),
    ] {
        let body = encoded(model, &request);
        let result = &body["messages"][2]["content"][0]["toolResult"];
        let blocks = result["content"].as_array().unwrap().iter();
        let kinds: Vec<&str> =
            blocks.map(|block| block.as_object().unwrap().keys().next().unwrap().as_str()).collect();
        assert_eq!((kinds, result.get("status").is_some()), (expected, status), "{model}");
    }
}

/// Nemotron refuses a result without content, and Claude a failure without: with it, the conversation.
#[test]
fn a_blank_result_has_content_where_some_is_demanded() {
    let one = call("c1", "t", "{}");
    let content = |model: &str, is_error| {
        let blank = ToolResult::new(vec![Content::text(" ")]).with_is_error(is_error);
        let result = Message::tool_result(&one, blank);
        let body = encoded(model, &ChatRequest::new(vec![Message::user("u"), asks(&[&one]), result]));
        body["messages"][2]["content"][0]["toolResult"]["content"].clone()
    };
    let done = json!([{"text": "Tool t executed successfully"}]);
    let failed = json!([{"text": "Tool t failed without saying why"}]);
    for model in ["nvidia.nemotron-super-3-120b", NOVA] {
        assert_eq!(content(model, false), done, "{model}");
    }
    assert_eq!(content(NOVA, true), failed);
    assert_eq!((content(CLAUDE, false), content(CLAUDE, true)), (json!([]), failed));
}
