//! Events that say what they are beside their data, and ends in the words of another dialect.

use toolgate_llm_providers::{Dialect, ErrorKind, FinishReason};

use super::{arguments, plain, stream, told};

#[test]
fn an_event_is_what_it_is_called_where_its_data_do_not_say() {
    let anthropic = [
        ("message_start", r#"{"message":{"id":"m","content":[]}}"#),
        ("content_block_start", r#"{"index":0,"content_block":{"type":"text","text":""}}"#),
        ("content_block_delta", r#"{"index":0,"delta":{"type":"text_delta","text":"hi"}}"#),
        ("message_delta", r#"{"delta":{"stop_reason":"end_turn"}}"#),
        ("message_stop", "{}"),
    ];
    let responses = [
        ("response.output_text.delta", r#"{"output_index":0,"delta":"hi"}"#),
        ("response.completed", r#"{"response":{"id":"r","output":[]}}"#),
    ];
    for (dialect, events) in
        [(Dialect::AnthropicMessages, &anthropic as &[_]), (Dialect::OpenAiResponses, &responses)]
    {
        let body: String =
            events.iter().map(|(name, data)| format!("event: {name}\ndata: {data}\n\n")).collect();
        let response = told(dialect, &body).unwrap();
        assert_eq!((response.text().as_str(), response.finish), ("hi", FinishReason::Stop), "{dialect}");
    }
}

#[test]
fn an_event_that_is_called_an_error_is_one_in_every_dialect() {
    for dialect in [
        Dialect::OpenAiChat,
        Dialect::AnthropicMessages,
        Dialect::OpenAiResponses,
        Dialect::GeminiGenerate,
        Dialect::CohereChat,
    ] {
        for (data, kind, message) in [
            (r#"{"code":429,"message":"no"}"#, ErrorKind::RateLimited, "no"),
            (r#"{"error":{"message":"no","type":"overloaded_error"}}"#, ErrorKind::Overloaded, "no"),
            ("upstream went away", ErrorKind::Unavailable, "upstream went away"),
            ("", ErrorKind::Unavailable, ""),
        ] {
            let error = told(dialect, &format!("event: error\ndata: {data}\n\n")).unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, message), "{dialect} {data}");
        }
    }
}

/// Codex ends its responses so, and so do gateways.
#[test]
fn a_response_that_is_done_is_complete() {
    let delta = r#"{"type":"response.output_text.delta","output_index":0,"delta":"hi"}"#;
    let done = |members: &str| format!(r#"{{"type":"response.done","response":{{"id":"r"{members}}}}}"#);
    for (members, finish) in [
        ("", FinishReason::Stop),
        (r#","status":"completed""#, FinishReason::Stop),
        (
            r#","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#,
            FinishReason::Length,
        ),
    ] {
        let response = stream(Dialect::OpenAiResponses, &[delta, &done(members)]).unwrap();
        assert_eq!((response.text(), response.finish), ("hi".to_owned(), finish), "{members}");
    }
}

/// As a whole answer without a reason does; without its last event a stream broke off.
#[test]
fn a_message_that_stops_without_a_reason_is_over() {
    let text = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#;
    let call = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}"#;
    let (none, stop) =
        (r#"{"type":"message_delta","delta":{"stop_reason":null}}"#, r#"{"type":"message_stop"}"#);
    for (events, finish) in [
        (&[text, none, stop] as &[&str], FinishReason::Other("".into())),
        (&[text, call, stop], FinishReason::ToolCalls),
    ] {
        let response = stream(Dialect::AnthropicMessages, events).unwrap();
        assert_eq!((response.text(), response.finish), ("hi".to_owned(), finish), "{events:?}");
    }
    let error = stream(Dialect::AnthropicMessages, &[text, none]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TruncatedStream);
}

#[test]
fn messages_may_end_in_the_words_of_chat_completions() {
    let read = |content: &str, reason: &str| {
        let body = format!(r#"{{"content":[{content}],"stop_reason":{reason}}}"#);
        plain(Dialect::AnthropicMessages, &body).unwrap()
    };
    let text = r#"{"type":"text","text":"hi"}"#;
    for (reason, finish) in [
        (r#""stop""#, FinishReason::Stop),
        (r#""length""#, FinishReason::Length),
        (r#""content_filter""#, FinishReason::ContentFilter),
        ("null", FinishReason::Other("".into())),
    ] {
        assert_eq!(read(text, reason).finish, finish, "{reason}");
    }
    let call = r#"{"type":"tool_use","id":"t","name":"n","input":{}}"#;
    for reason in [r#""stop""#, r#""tool_calls""#, "null"] {
        let response = read(call, reason);
        assert_eq!(
            (arguments(&response), &response.finish),
            (vec!["{}"], &FinishReason::ToolCalls),
            "{reason}"
        );
    }
}

/// As in chat completions, where iFlytek has some.
#[test]
fn odd_counts_cost_themselves_and_not_the_answer() {
    for (dialect, body) in [
        (
            Dialect::AnthropicMessages,
            r#"{"content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":ODD}"#,
        ),
        (
            Dialect::OpenAiResponses,
            r#"{"status":"completed","output":[{"type":"message","content":"hi"}],"usage":ODD}"#,
        ),
        (
            Dialect::GeminiGenerate,
            r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}],"usageMetadata":ODD}"#,
        ),
        (
            Dialect::CohereChat,
            r#"{"finish_reason":"COMPLETE","message":{"content":[{"type":"text","text":"hi"}]},"usage":ODD}"#,
        ),
    ] {
        for odd in [
            "\"\"",
            "7",
            "[]",
            r#"{"output_tokens_details":"","input_tokens_details":7,"tokens":"","input_tokens":"x"}"#,
        ] {
            let response = plain(dialect, &body.replace("ODD", odd)).unwrap();
            assert_eq!((response.text().as_str(), response.usage.input), ("hi", None), "{dialect} {odd}");
        }
    }
}

/// A call whose arguments were taken for none would be run with none.
#[test]
fn a_piece_of_arguments_may_be_an_object() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"t","input":{}}}"#;
    let piece = |json: &str| {
        format!(
            r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":{json}}}}}"#
        )
    };
    let stop = r#"{"type":"message_stop"}"#;
    for (pieces, expected) in [
        ([r#"{"n":1}"#, "null"], r#"{"n":1}"#),
        ([r#""{}""#, r#""{\"n\":1}""#], r#"{"n":1}"#),
        ([r#""{\"n\":""#, r#""1}""#], r#"{"n":1}"#),
        (["null", r#""""#], "{}"),
    ] {
        let [first, second] = pieces.map(piece);
        let response = stream(Dialect::AnthropicMessages, &[start, &first, &second, stop]).unwrap();
        assert_eq!(arguments(&response), [expected], "{pieces:?}");
    }
}

#[test]
fn words_of_a_failure_without_a_type_are_one() {
    for dialect in [Dialect::AnthropicMessages, Dialect::OpenAiResponses] {
        for (event, kind) in [
            (r#"{"message":"Too many requests","code":429}"#, ErrorKind::RateLimited),
            (r#"{"detail":"no such model"}"#, ErrorKind::NotFound),
            (r#"{"id":"x"}"#, ErrorKind::TruncatedStream),
        ] {
            assert_eq!(stream(dialect, &[event]).unwrap_err().kind(), kind, "{dialect} {event}");
        }
    }
}
