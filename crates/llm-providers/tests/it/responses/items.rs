//! Which item an event is about, at servers that do not say so by the book: in the shape of what they send, the words our own.

use toolgate_llm_providers::{AssistantPart, ChatResponse, ErrorKind, FinishReason};

use super::{ID, ask};
use crate::sample::streamed;

/// Events as data, each with what it is about beside its type.
fn read(events: &[String]) -> ChatResponse {
    let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    streamed(ID, &ask(), &body).unwrap()
}

/// What the answer says: text as it is, reasoning in brackets, calls as `name(arguments)`.
fn said(response: &ChatResponse) -> Vec<String> {
    let part = |part: &AssistantPart| match part {
        AssistantPart::Text { text } => text.to_string(),
        AssistantPart::Reasoning(reasoning) => format!("[{}]", reasoning.text),
        AssistantPart::ToolCall(call) => format!("{}({})", call.name, call.raw_arguments),
        other => format!("{other:?}"),
    };
    response.message.parts.iter().map(part).collect()
}

fn added(beside: &str, item: &str) -> String {
    format!(r#"{{"type":"response.output_item.added"{beside},"item":{{"status":"in_progress",{item}}}}}"#)
}

fn done(beside: &str, item: &str) -> String {
    format!(r#"{{"type":"response.output_item.done"{beside},"item":{{"status":"completed",{item}}}}}"#)
}

fn piece(kind: &str, beside: &str, delta: &str) -> String {
    let delta = serde_json::Value::from(delta);
    format!(r#"{{"type":"response.{kind}.delta"{beside},"delta":{delta}}}"#)
}

fn completed(output: &str) -> String {
    format!(r#"{{"type":"response.completed","response":{{"status":"completed","output":[{output}]}}}}"#)
}

const MESSAGE: &str =
    r#""type":"message","id":"m1","content":[{"type":"output_text","text":"I look","annotations":[]}]"#;
const REASONING: &str =
    r#""type":"reasoning","id":"r1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]"#;

fn called(name: &str, arguments: &str) -> String {
    let arguments = serde_json::Value::from(arguments);
    format!(r#""type":"function_call","call_id":"c_{name}","name":"{name}","arguments":{arguments}"#)
}

/// llama.cpp's server gives no index, no id to a call, and says that items are done when all have ended.
#[test]
fn items_without_an_index_go_by_their_ids() {
    let of = |id: &str| format!(r#","item_id":"{id}""#);
    let mut events = vec![
        added("", r#""type":"reasoning","id":"r1","summary":[],"content":[]"#),
        piece("reasoning_text", &of("r1"), "hm"),
        added("", r#""type":"message","id":"m1","content":[]"#),
        piece("output_text", &of("m1"), "I "),
        piece("output_text", &of("m1"), "look"),
    ];
    for (name, first, second) in [("f", "{\"a\":", "1}"), ("g", "{\"b\":", "2}")] {
        let id = of(&format!("c_{name}"));
        events.push(added("", &called(name, "")));
        events.extend([first, second].map(|part| piece("function_call_arguments", &id, part)));
    }
    events.extend([done("", REASONING), done("", MESSAGE)]);
    events.extend([done("", &called("f", "{\"a\":1}")), done("", &called("g", "{\"b\":2}"))]);
    let expected = ["[hm]", "I look", "f({\"a\":1})", "g({\"b\":2})"];
    for output in ["".to_owned(), format!("{{{MESSAGE}}},{{{}}}", called("f", "{\"a\":1}"))] {
        let response = read(&[events.clone(), vec![completed(&output)]].concat());
        assert_eq!(
            (said(&response), &response.finish),
            (expected.map(str::to_owned).into(), &FinishReason::ToolCalls)
        );
    }
    // What is done before the next is added, and named by nothing at all.
    let bare = |name: &str, arguments: &str| {
        format!(
            r#""type":"function_call","name":"{name}","arguments":{}"#,
            serde_json::Value::from(arguments)
        )
    };
    let bare: Vec<String> = [("f", "{\"a\":1}"), ("g", "{\"b\":2}")]
        .into_iter()
        .flat_map(|(name, arguments)| {
            let piece = piece("function_call_arguments", "", arguments);
            [added("", &bare(name, "")), piece, done("", &bare(name, arguments))]
        })
        .chain([completed("")])
        .collect();
    assert_eq!(said(&read(&bare)), ["f({\"a\":1})", "g({\"b\":2})"]);
}

/// Gateways count messages and calls apart from each other, or not at all.
#[test]
fn items_with_the_same_index_are_told_apart() {
    let zero = r#","output_index":0"#;
    let call = |name: &str, arguments: &str| {
        let piece = piece("function_call_arguments", zero, arguments);
        [added(zero, &called(name, "")), piece, done(zero, &called(name, arguments))]
    };
    let message =
        [added(zero, r#""type":"message","id":"m1","content":[]"#), piece("output_text", zero, "I look")];
    let thought = piece("reasoning_summary_text", zero, "hm");
    let (f, g) = (call("f", "{\"a\":1}"), call("g", "{\"b\":2}"));
    let end = [completed("")];
    let expected = ["[hm]", "I look", "f({\"a\":1})", "g({\"b\":2})"];
    let before = [
        vec![thought.clone()],
        message.to_vec(),
        vec![done(zero, MESSAGE)],
        f.to_vec(),
        g.to_vec(),
        end.to_vec(),
    ];
    let behind =
        [vec![thought], message.to_vec(), f.to_vec(), g.to_vec(), vec![done(zero, MESSAGE)], end.to_vec()];
    for events in [before, behind] {
        assert_eq!(said(&read(&events.concat())), expected);
    }
}

/// GitHub Copilot has another id for an item in every event about it.
#[test]
fn an_index_counts_more_than_an_id() {
    let first = |id: &str| format!(r#","output_index":0,"item_id":"{id}""#);
    let second = |id: &str| format!(r#","output_index":1,"item_id":"{id}""#);
    let message = |id: &str| MESSAGE.replace("m1", id);
    let events = [
        added(&first(""), r#""type":"reasoning","id":"a","summary":[]"#),
        piece("reasoning_summary_text", &first("b"), "hm"),
        done(&first(""), r#""type":"reasoning","id":"c","summary":[{"type":"summary_text","text":"hm"}]"#),
        added(&second(""), r#""type":"message","id":"d","content":[]"#),
        piece("output_text", &second("e"), "I "),
        piece("output_text", &second("f"), "look"),
        done(&second(""), &message("g")),
        completed(&format!("{{{}}}", message("h"))),
    ];
    assert_eq!(said(&read(&events)), ["[hm]", "I look"]);
}

/// vLLM tells of a call only where it tells of the whole answer, and of what it thought before.
#[test]
fn calls_that_no_event_told_of_are_taken_from_the_whole_answer() {
    let zero = r#","output_index":0"#;
    let told = [piece("reasoning_text", zero, "hm"), done(zero, REASONING)];
    let whole = |more: &str| completed(&format!("{{{REASONING}}},{more}"));
    let call = called("f", "{}");
    let response = read(&[told.to_vec(), vec![whole(&format!("{{{MESSAGE}}},{{{call}}}"))]].concat());
    assert_eq!(
        (said(&response), response.finish),
        (vec!["[hm]".to_owned(), "I look".into(), "f({})".into()], FinishReason::ToolCalls)
    );
    // One that was told of is the same, whatever it is called there.
    let one = r#","output_index":1"#;
    let events = [
        told.to_vec(),
        vec![added(one, &call), done(one, &call), whole(&format!("{{{}}}", call.replace("c_f", "d")))],
    ];
    assert_eq!(said(&read(&events.concat())), ["[hm]", "f({})"]);
}

#[test]
fn an_item_that_is_said_to_be_done_again_counts_once() {
    let zero = r#","output_index":0"#;
    let events =
        [done(zero, MESSAGE), done(zero, MESSAGE), done("", MESSAGE), completed(&format!("{{{MESSAGE}}}"))];
    assert_eq!(said(&read(&events)), ["I look"]);
}

/// What is said again at the end of its pieces counts where there were none, or where they only stood for it.
#[test]
fn what_comes_at_the_end_of_pieces_only_is_read() {
    let call = r#""type":"function_call","id":"f","call_id":"c","name":"t","arguments":"{}""#;
    let begun = added(r#","output_index":0"#, call);
    let whole = r#"{"type":"response.function_call_arguments.done","output_index":0,"item_id":"f","arguments":"{\"n\":1}"}"#;
    let stand_in = piece("function_call_arguments", r#","output_index":0,"item_id":"f""#, "{}");
    let told = piece("function_call_arguments", r#","output_index":0,"item_id":"f""#, r#"{"n":1}"#);
    let ended = done(r#","output_index":0"#, &call.replace(r#""{}""#, r#""{\"n\":1}""#));
    for events in [
        vec![begun.clone(), whole.to_owned()],
        vec![begun.clone(), stand_in.clone(), whole.to_owned()],
        vec![begun.clone(), stand_in, ended.clone()],
        vec![begun, told, whole.to_owned(), ended],
    ] {
        let response = read(&[&events[..], &[completed("")]].concat());
        assert_eq!(said(&response), [r#"t({"n":1})"#], "{events:?}");
    }
    let text =
        r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"hi"}"#.to_owned();
    assert_eq!(said(&read(&[text.clone(), completed("")])), ["hi"]);
    let other = text.replace(r#""output_index":0"#, r#""output_index":1"#);
    let delta = piece("output_text", r#","output_index":0"#, "hi");
    assert_eq!(said(&read(&[delta, other, completed("")])), ["hi"]);
}

#[test]
fn items_without_end_are_refused() {
    let event = |number: usize| {
        format!("data: {}\n\n", added(&format!(r#","output_index":{number}"#), r#""type":"other""#))
    };
    let body =
        |count| (0..count).map(event).chain([format!("data: {}\n\n", completed(""))]).collect::<String>();
    assert!(streamed(ID, &ask(), &body(2000)).is_ok());
    let error = streamed(ID, &ask(), &body(2100)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedOutput);
    assert!(error.to_string().contains("at most 2048 items"), "{error}");
}
