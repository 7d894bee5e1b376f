//! Calls whose arguments come in pieces (Vertex AI, `streamFunctionCallArguments`).

use toolgate_llm_providers::{ChatResponse, ErrorKind, FinishReason, ProviderError};

use super::ask;
use crate::sample::streamed;

/// The answer of these parts, one in each event.
fn answer(parts: &[&str], finish: &str) -> Result<ChatResponse, ProviderError> {
    let mut events: Vec<String> = parts
        .iter()
        .map(|part| format!(r#"data: {{"candidates":[{{"content":{{"parts":[{part}]}}}}]}}"#))
        .collect();
    events.push(format!(r#"data: {{"candidates":[{{"finishReason":"{finish}"}}]}}"#));
    streamed("gemini", &ask(), &(events.join("\n\n") + "\n\n"))
}

fn calls(response: &ChatResponse) -> Vec<(&str, &str)> {
    response.tool_calls().map(|call| (&*call.name, &*call.raw_arguments)).collect()
}

const BEGIN: &str = r#"{"functionCall":{"name":"t","willContinue":true},"thoughtSignature":"c2ln"}"#;
const END: &str = r#"{"functionCall":{}}"#;

fn piece(pieces: &str) -> String {
    format!(r#"{{"functionCall":{{"partialArgs":[{pieces}],"willContinue":true}}}}"#)
}

#[test]
fn pieces_become_the_arguments_that_they_were_cut_from() {
    let parts = [
        piece(r#"{"jsonPath":"$.city","stringValue":"Bos\n","willContinue":true}"#),
        piece(r#"{"jsonPath":"$.city","stringValue":"ton","willContinue":true}"#),
        piece(r#"{"jsonPath":"$.city","stringValue":""}"#),
        piece(
            r#"{"jsonPath":"$.rooms[0].beds","numberValue":2},{"jsonPath":"$.rooms[1]['two words']","boolValue":false}"#,
        ),
        piece(
            r#"{"jsonPath":"$.rooms[2]","nullValue":"NULL_VALUE"},{"jsonPath":"$.until","nullValue":null}"#,
        ),
    ];
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    parts.insert(0, BEGIN);
    parts.extend([END, BEGIN, END, r#"{"functionCall":{"name":"u","args":{"n":1}}}"#]);
    let response = answer(&parts, "STOP").unwrap();
    let whole = r#"{"city":"Bos\nton","rooms":[{"beds":2},{"two words":false},null],"until":null}"#;
    assert_eq!(calls(&response), [("t", whole), ("t", "{}"), ("u", r#"{"n":1}"#)]);
    assert_eq!(response.finish, FinishReason::ToolCalls);
}

#[test]
fn a_call_ends_with_the_next_one_or_with_the_answer() {
    let text = piece(r#"{"jsonPath":"$.a","stringValue":"x"}"#);
    let last = r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.b","numberValue":1}]}}"#;
    let response = answer(&[BEGIN, &text, BEGIN, &text, last, BEGIN, &text], "STOP").unwrap();
    assert_eq!(calls(&response), [("t", r#"{"a":"x"}"#), ("t", r#"{"a":"x","b":1}"#), ("t", r#"{"a":"x"}"#)]);
}

/// The empty text would mean no arguments, and a whole object that these are all.
#[test]
fn what_was_cut_off_does_not_look_whole() {
    let open = piece(r#"{"jsonPath":"$.a","stringValue":"x","willContinue":true}"#);
    let closed = piece(r#"{"jsonPath":"$.a","stringValue":"x"}"#);
    for (parts, finish) in [
        (vec![BEGIN, &open], "STOP"),
        (vec![BEGIN, &open], "MAX_TOKENS"),
        (vec![BEGIN, &closed], "MAX_TOKENS"),
        (vec![BEGIN], "SAFETY"),
    ] {
        let response = answer(&parts, finish).unwrap();
        let call = response.tool_calls().next().unwrap();
        assert!(call.arguments().is_err() && !call.raw_arguments.is_empty(), "{finish} {call:?}");
    }
}

#[test]
fn pieces_that_do_not_fit_are_refused() {
    for pieces in [
        r#"{"jsonPath":"$.a[1]","numberValue":1}"#,
        r#"{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a","numberValue":2}"#,
        r#"{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a","stringValue":"y"}"#,
        r#"{"jsonPath":"$.a","stringValue":"x","willContinue":true},{"jsonPath":"$.a","numberValue":2}"#,
        r#"{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a.b","numberValue":2}"#,
        r#"{"jsonPath":"$[0]","numberValue":1}"#,
        r#"{"jsonPath":"$","numberValue":1}"#,
        r#"{"jsonPath":"a","numberValue":1}"#,
        r#"{"jsonPath":"$..a","numberValue":1},{"jsonPath":"$[*]","numberValue":1}"#,
        r#"{"jsonPath":"$['a\\'b']","numberValue":1}"#,
        r#"{"numberValue":1}"#,
        "7",
    ] {
        let error = answer(&[BEGIN, &piece(pieces), END], "STOP").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedOutput, "{pieces}");
    }
    let deep = format!(r#"{{"jsonPath":"${}","numberValue":1}}"#, ".a".repeat(5000));
    assert_eq!(answer(&[BEGIN, &piece(&deep)], "STOP").unwrap_err().kind(), ErrorKind::MalformedOutput);
    let both = r#"{"functionCall":{"name":"t","args":{"n":1},"willContinue":true}}"#;
    assert_eq!(answer(&[both, END], "STOP").unwrap_err().kind(), ErrorKind::MalformedOutput);
}
