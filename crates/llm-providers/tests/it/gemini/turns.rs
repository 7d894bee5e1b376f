//! Which content a part of the conversation stands in.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Media, Message, Part};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, encode, losses, user};

/// The contents that are sent, and the places of the losses.
fn contents(messages: Vec<Message>) -> (Value, Vec<String>) {
    let encoded = encode("gemini", "gemini-3.6-flash", &ChatRequest::new(messages)).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    (body["contents"].clone(), losses(&encoded).into_iter().map(str::to_owned).collect())
}

/// Each content's role with what its parts are.
fn shape(contents: &Value) -> Vec<String> {
    let kind = |part: &Value| {
        let kinds = ["text", "inlineData", "functionCall", "functionResponse"];
        kinds.into_iter().find(|kind| part.get(kind).is_some()).unwrap_or("?")
    };
    let shown = |content: &Value| {
        let parts: Vec<&str> = content["parts"].as_array().unwrap().iter().map(kind).collect();
        format!("{} {}", content["role"].as_str().unwrap(), parts.join(" "))
    };
    contents.as_array().unwrap().iter().map(shown).collect()
}

/// Gemini from 3.6 on takes a text or a picture before results, and refuses it behind them.
#[test]
fn what_is_said_behind_results_stands_apart_from_them() {
    let (first, second) = (call("a", "t", "{}"), call("b", "t", "{}"));
    let result = |call| Message::tool_result(call, ToolResult::text("ok"));
    let media = Media::Inline { media_type: "image/png".into(), data: "iVBORw0=".into() };
    let asked = || vec![Message::user("u"), asks(&[&first, &second]), result(&first), result(&second)];
    let results = "user functionResponse functionResponse";
    let before = ["user text", "model functionCall functionCall", results];
    for (behind, expected) in [
        (vec![], None),
        (vec![Message::user("a"), Message::user("b")], Some("user text text")),
        (vec![user(vec![Part::Image { media }, Part::text("a")])], Some("user inlineData text")),
        (vec![Message::system("s"), Message::user("a")], Some("user text text")),
    ] {
        let (contents, _) = contents([asked(), behind].concat());
        let expected: Vec<&str> = before.into_iter().chain(expected).collect();
        assert_eq!(shape(&contents), expected);
    }
}

/// "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
#[test]
fn a_conversation_does_not_begin_with_a_call() {
    let call = call("a", "t", "{}");
    let messages = |before: Vec<Message>| {
        [before, vec![asks(&[&call]), Message::tool_result(&call, ToolResult::text("ok"))]].concat()
    };
    let (begun, lost) = contents(messages(vec![Message::system("s")]));
    assert_eq!(shape(&begun), ["user text", "model functionCall", "user functionResponse"]);
    assert_eq!(begun[0]["parts"], json!([{"text": "."}]));
    assert_eq!(lost, ["messages[1].parts[0]", "messages"]);
    // What the model said is one content with the call, and no call alone may begin.
    let said = vec![Message::assistant("a")];
    assert_eq!(shape(&contents(messages(said)).0)[..2], ["user text", "model text functionCall"]);
    let greeted = vec![Message::assistant("Hello!"), Message::user("u")];
    assert_eq!(shape(&contents(greeted).0), ["model text", "user text"]);
    let (asked, lost) = contents(messages(vec![Message::user("u")]));
    assert_eq!((shape(&asked).len(), lost.len()), (3, 1));
}
