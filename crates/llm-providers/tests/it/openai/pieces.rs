//! Pieces of a stream that say again what came before, or that say something else than they should.

use std::sync::Arc;

use toolgate_llm_providers::{
    ChatEvent, ChatResponse, ErrorKind, FinishReason, ProviderError, RenderedTools, StreamDecoder,
};

use super::ask;
use crate::sample::{decode, provider, streamed};

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn body(chunks: &[&str]) -> String {
    chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect()
}

fn stream(chunks: &[&str]) -> Result<ChatResponse, ProviderError> {
    streamed("openai", &ask(), &body(chunks))
}

/// A call whose arguments come so, each with the members that all calls have at first.
fn calls(pieces: &[&str]) -> Vec<String> {
    let begin = r#""id":"c","type":"function","function":{"name":"t","arguments":ARGS}"#;
    let more = r#""function":{"arguments":ARGS}"#;
    let chunk = |(nth, arguments): (usize, &&str)| {
        let call = if nth == 0 { begin } else { more };
        let call = call.replace("ARGS", &serde_json::to_string(arguments).unwrap());
        format!(r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,{call}}}]}}}}]}}"#)
    };
    pieces.iter().enumerate().map(chunk).chain([STOP.to_owned()]).collect()
}

/// What the events tell of a call's arguments, and whether they end where the call does.
fn told(chunks: &[&str]) -> String {
    let (openai, request) = (Arc::new(provider("openai")), ask());
    let tools = Arc::new(RenderedTools::new(openai.dialect(), request.tools.clone()));
    let mut decoder = StreamDecoder::new(openai, tools, &request, None);
    decoder.push(body(chunks).into());
    decoder.end();
    let (mut told, mut is_over) = (String::new(), false);
    while let Some(event) = decoder.next_event() {
        match event {
            ChatEvent::ToolCallDelta { delta, .. } => {
                assert!(!is_over, "{chunks:?}");
                told.push_str(&delta);
            }
            ChatEvent::ToolCallEnd { .. } => is_over = true,
            _ => {}
        }
    }
    assert!(is_over);
    told
}

/// Bedrock and Gemini behind gateways; Qianfan; hosts that end with all of it again.
#[test]
fn arguments_are_read_once_however_often_they_are_said() {
    for (pieces, arguments) in [
        (&["{}", r#"{"n":"#, "1}"] as &[&str], r#"{"n":1}"#),
        (&["{}", r#"{"n":1}"#], r#"{"n":1}"#),
        (&["{}"], "{}"),
        (&["", "{}"], "{}"),
        (&["{", r#"{"n"#, r#"{"n":1"#, r#"{"n":1}"#], r#"{"n":1}"#),
        (&[r#"{"n":"#, "1}", r#"{"n":1}"#], r#"{"n":1}"#),
        (&[r#"{"n":"#, r#"{"n":"#, "1}}"], r#"{"n":{"n":1}}"#),
        (&[r#"{"n":1}"#, r#"{"m":1}"#], r#"{"n":1}{"m":1}"#),
    ] {
        let chunks = calls(pieces);
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let response = stream(&chunks).unwrap();
        let read: Vec<&str> = response.tool_calls().map(|call| &*call.raw_arguments).collect();
        assert_eq!(read, [arguments], "{pieces:?}");
        assert_eq!(told(&chunks), arguments, "{pieces:?}");
    }
}

/// Alibaba ends a stream that failed so, and says why in place of text.
#[test]
fn an_end_in_an_error_is_none_of_the_answer() {
    let hi = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
    for (content, kind, message) in [
        (
            "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"Throttling.AllocationQuota\",\"message\":\"no\"}",
            ErrorKind::RateLimited,
            "no",
        ),
        (r#"{"code":"InvalidParameter","message":"no"}"#, ErrorKind::InvalidRequest, "no"),
        ("Throttling: TPM(10680324/10000000)", ErrorKind::RateLimited, "Throttling: TPM(10680324/10000000)"),
        ("", ErrorKind::Unavailable, ""),
    ] {
        let content = serde_json::to_string(content).unwrap();
        let members = format!(r#"{{"content":{content}}},"finish_reason":"error_finish""#);
        let [piece, whole] =
            ["delta", "message"].map(|name| format!(r#"{{"choices":[{{"index":0,"{name}":{members}}}]}}"#));
        for read in [stream(&[hi, &piece, "[DONE]"]), decode("dashscope", &ask(), &whole)] {
            let error = read.unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, message), "{content}");
        }
    }
}

/// DeepInfra's streams, which have begun with a 200.
#[test]
fn an_error_may_stand_in_a_chunk_without_choices() {
    let long = "This model's maximum context length is 163840 tokens. However, you requested 163841.";
    for (told, code, kind) in [
        (long, "BadRequestError", ErrorKind::ContextLength),
        ("no", "BadRequestError", ErrorKind::InvalidRequest),
        ("no", "RateLimitError", ErrorKind::RateLimited),
    ] {
        let chunk = format!(r#"{{"id":"c","choices":null,"error_type":"{code}","error_message":"{told}"}}"#);
        for read in [stream(&[&chunk]), stream(&[&chunk, "[DONE]"]), decode("deepinfra", &ask(), &chunk)] {
            let error = read.unwrap_err();
            assert_eq!((error.kind(), error.message(), error.code()), (kind, told, Some(code)));
        }
    }
    let counts = r#"{"choices":null,"error_type":null,"error_message":"","usage":{"completion_tokens":2}}"#;
    let hi = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
    let response = stream(&[hi, counts, STOP]).unwrap();
    assert_eq!((response.text(), response.usage.output), ("hi".to_owned(), Some(2)));
}

#[test]
fn a_whole_answer_that_is_called_a_piece_is_one() {
    let piece =
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;
    let response = decode("openai", &ask(), piece).unwrap();
    assert_eq!((response.text(), response.finish), ("hi".to_owned(), FinishReason::Stop));
    let both = r#"{"choices":[{"message":{"content":"hi"},"delta":{"content":""},"finish_reason":"stop"}]}"#;
    assert_eq!(decode("openai", &ask(), both).unwrap().text(), "hi");
}

/// Gateways that fill in each member of an error beside an answer.
#[test]
fn an_error_that_says_nothing_is_none() {
    let empty = r#""error":{"message":"","type":"","param":null,"code":0}"#;
    let full = r#""error":{"message":"","type":"server_error","param":null,"code":null}"#;
    let both = |error: &str| {
        let [whole, piece] = ["message", "delta"].map(|name| {
            format!(
                r#"{{"choices":[{{"index":0,"{name}":{{"content":"hi"}},"finish_reason":"stop"}}],{error}}}"#
            )
        });
        [decode("openai", &ask(), &whole), stream(&[&piece, "[DONE]"])]
    };
    assert!(both(empty).map(|read| read.unwrap().text()).iter().all(|text| text == "hi"));
    for read in both(full).into_iter().chain([decode("openai", &ask(), &format!("{{{empty}}}"))]) {
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}

/// A piece without a name begins no call.
#[test]
fn a_piece_goes_on_with_its_call_under_another_number() {
    let piece =
        |call: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{{call}}}]}}}}]}}"#);
    for (first, second) in [
        (
            r#""id":"a","function":{"name":"t","arguments":"{\"n\":"}"#,
            r#""index":0,"function":{"arguments":"1}"}"#,
        ),
        (
            r#""index":0,"id":"a","function":{"name":"t","arguments":"{\"n\":"}"#,
            r#""index":1,"id":"a","function":{"arguments":"1}"}"#,
        ),
    ] {
        let response = stream(&[&piece(first), &piece(second), STOP]).unwrap();
        let read: Vec<_> = response.tool_calls().map(|call| (&*call.name, &*call.raw_arguments)).collect();
        assert_eq!(read, [("t", r#"{"n":1}"#)], "{second}");
    }
    // What has come before its name is another call all the same.
    let chunks = [
        r#""index":0,"id":"a","function":{"name":"t","arguments":"{}"}"#,
        r#""index":1,"id":"b","function":{"arguments":"{\"n\":1}"}"#,
        r#""index":1,"function":{"name":"u"}"#,
    ];
    let chunks = chunks.map(piece);
    let response = stream(&[&chunks[0], &chunks[1], &chunks[2], STOP]).unwrap();
    let read: Vec<_> = response.tool_calls().map(|call| (&*call.name, &*call.raw_arguments)).collect();
    assert_eq!(read, [("t", "{}"), ("u", r#"{"n":1}"#)]);
}

#[test]
fn a_call_that_is_said_in_both_words_is_one() {
    let message = r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"t","arguments":"{}"}}],"function_call":{"name":"t","arguments":"{}"}}"#;
    let [whole, piece] =
        ["message", "delta"].map(|name| format!(r#"{{"choices":[{{"index":0,"{name}":{message}}}]}}"#));
    for read in [decode("openai", &ask(), &whole), stream(&[&piece, STOP])] {
        assert_eq!(read.unwrap().tool_calls().count(), 1);
    }
}

/// Some call each piece an end, and the last tells.
#[test]
fn an_answer_that_was_cut_stays_cut() {
    let finish = |words: &[&str]| {
        let piece = |word: &&str| {
            format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"a"}},"finish_reason":"{word}"}}]}}"#)
        };
        let pieces: Vec<String> = words.iter().map(piece).collect();
        stream(&pieces.iter().map(String::as_str).collect::<Vec<_>>()).unwrap().finish
    };
    assert_eq!(finish(&["length", "stop"]), FinishReason::Length);
    assert_eq!(finish(&["content_filter", "stop"]), FinishReason::ContentFilter);
    assert_eq!(finish(&["stop", "length"]), FinishReason::Length);
    assert_eq!(finish(&["stop", "stop"]), FinishReason::Stop);
}

#[test]
fn a_count_of_nothing_gives_way_to_one() {
    for (usage, counts) in [
        (
            r#"{"prompt_tokens":0,"completion_tokens":0,"input_tokens":7,"output_tokens":5,"input_tokens_details":{"cached_tokens":3}}"#,
            (Some(7), Some(5), Some(3)),
        ),
        (
            r#"{"prompt_tokens":7,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":3}"#,
            (Some(7), Some(0), Some(3)),
        ),
    ] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
        );
        let read = decode("openai", &ask(), &body).unwrap().usage;
        assert_eq!((read.input, read.output, read.cache_read), counts, "{usage}");
    }
}
