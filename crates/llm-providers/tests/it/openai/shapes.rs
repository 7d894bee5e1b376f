//! What hosts of chat completions send that no schema has: answers all the same, with nothing lost in silence.

use toolgate_llm_providers::{AssistantPart, ChatResponse, ErrorKind, FinishReason, Message, ProviderError};
use toolgate_tool_types::{Content, ToolResult};

use super::ask;
use crate::sample::{decode, encoded, streamed};

fn stream(chunks: &[&str]) -> Result<ChatResponse, ProviderError> {
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    streamed("openai", &ask(), &events)
}

fn plain(choice: &str) -> Result<ChatResponse, ProviderError> {
    decode("openai", &ask(), &format!(r#"{{"choices":[{choice}]}}"#))
}

fn calls(response: &ChatResponse) -> Vec<(String, String)> {
    response.tool_calls().map(|call| (call.name.to_string(), call.raw_arguments.to_string())).collect()
}

fn reasoning(response: &ChatResponse) -> String {
    let texts = response.message.parts.iter().filter_map(|part| match part {
        AssistantPart::Reasoning(thought) => Some(&*thought.text),
        _ => None,
    });
    texts.collect()
}

fn delta(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#)
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const PAIR: [(&str, &str); 2] = [("a", r#"{"n":1}"#), ("b", r#"{"n":2}"#)];

#[test]
fn calls_are_told_apart_whatever_marks_them() {
    let call = |members: &str, name: &str, n: u8| {
        format!(r#"{{{members}"function":{{"name":"{name}","arguments":"{{\"n\":{n}}}"}}}}"#)
    };
    for members in [r#""index":0,"#, r#""index":0,"id":"","#, "", r#""id":"","#, r#""id":null,"type":null,"#]
    {
        let (first, second) = (call(members, "a", 1), call(members, "b", 2));
        let together = delta(&format!(r#"{{"tool_calls":[{first},{second}]}}"#));
        let apart = [&first, &second].map(|call| delta(&format!(r#"{{"tool_calls":[{call}]}}"#)));
        for response in [stream(&[&together, STOP]), stream(&[&apart[0], &apart[1], STOP])] {
            let response = response.unwrap();
            assert_eq!(
                calls(&response),
                PAIR.map(|(name, arguments)| (name.into(), arguments.into())),
                "{members}"
            );
            assert_eq!(response.finish, FinishReason::ToolCalls);
        }
        // The same tool twice: arguments that were whole begin again.
        let twice =
            delta(&format!(r#"{{"tool_calls":[{},{}]}}"#, call(members, "a", 1), call(members, "a", 2)));
        assert_eq!(calls(&stream(&[&twice, STOP]).unwrap()).len(), 2, "{members}");
    }
}

#[test]
fn pieces_of_a_call_find_it() {
    let pieces = |all: &[&str]| {
        let chunks: Vec<String> =
            all.iter().map(|call| delta(&format!(r#"{{"tool_calls":[{call}]}}"#))).collect();
        let mut chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        chunks.push(STOP);
        calls(&stream(&chunks).unwrap())
    };
    let expected = [("t".to_owned(), r#"{"n":1}"#.to_owned())];
    for all in [
        // The name comes after the id, or after the first arguments.
        [
            r#"{"index":3,"id":"c"}"#,
            r#"{"index":3,"function":{"name":"t","arguments":"{\"n\""}}"#,
            r#"{"index":3,"function":{"arguments":":1}"}}"#,
        ],
        [
            r#"{"index":0,"function":{"arguments":"{\"n\""}}"#,
            r#"{"index":0,"id":"c","function":{"name":"t"}}"#,
            r#"{"index":0,"function":{"arguments":":1}"}}"#,
        ],
        // It is said again in each piece.
        [
            r#"{"index":0,"id":"c","function":{"name":"t","arguments":"{\"n\""}}"#,
            r#"{"index":0,"id":"c","function":{"name":"t","arguments":":1}"}}"#,
            r#"{"index":0,"id":"c","function":{"name":"t","arguments":""}}"#,
        ],
        [
            r#"{"index":0,"id":"c","function":{"name":"t","arguments":"{\"n\""}}"#,
            r#"{"index":0,"id":"","function":{"name":"t","arguments":":1}"}}"#,
            r#"{"index":0,"function":{"name":"t","arguments":null}}"#,
        ],
        // Only the first has an index or an id.
        [
            r#"{"id":"c","function":{"name":"t","arguments":"{\"n\""}}"#,
            r#"{"function":{"name":null,"arguments":":1"}}"#,
            r#"{"id":"","function":{"name":"","arguments":"}"}}"#,
        ],
    ] {
        assert_eq!(pieces(&all), expected, "{all:?}");
    }
    let whole = r#"{"index":0,"id":"c","function":{"name":"t","arguments":{"n":1}}}"#;
    assert_eq!(pieces(&[whole]), expected);
    assert_eq!(
        pieces(&[r#"{"index":0,"id":"c","function":{"arguments":"{}"}}"#]),
        [(String::new(), "{}".to_owned())]
    );
}

#[test]
fn content_in_parts_is_read_whole() {
    let content = r#"[{"type":"reasoning","summary":[{"type":"summary_text","text":"I "}]},
        {"type":"thinking","thinking":"think"},"So ",{"type":"output_text","text":"it "},{"type":"text","text":"is"},
        {"type":"reference","reference_ids":[1]}]"#;
    for response in [
        plain(&format!(r#"{{"message":{{"content":{content}}},"finish_reason":"stop"}}"#)),
        stream(&[&delta(&format!(r#"{{"content":{}}}"#, content.replace('\n', ""))), STOP]),
    ] {
        let response = response.unwrap();
        assert_eq!((response.text(), reasoning(&response)), ("So it is".to_owned(), "I think".to_owned()));
        assert_eq!(response.lossiness.len(), 1, "{:?}", response.lossiness);
    }
    let refusal =
        plain(r#"{"message":{"content":[{"type":"refusal","refusal":"no"}]},"finish_reason":"stop"}"#);
    let refusal = refusal.unwrap();
    assert_eq!((refusal.text(), refusal.finish), ("no".to_owned(), FinishReason::Refusal));
}

#[test]
fn reasoning_has_many_names() {
    for name in ["reasoning", "reasoning_content", "reasoning_text"] {
        let message = format!(r#"{{"content":"hi","{name}":"hm"}}"#);
        let whole = plain(&format!(r#"{{"message":{message},"finish_reason":"stop"}}"#)).unwrap();
        let pieces = stream(&[&delta(&message), &delta(&message), STOP]).unwrap();
        assert_eq!((reasoning(&whole), reasoning(&pieces)), ("hm".to_owned(), "hmhm".to_owned()));
        assert_eq!(pieces.text(), "hihi");
    }
}

#[test]
fn why_a_model_stopped_has_many_words() {
    let read =
        |reason: &str| plain(&format!(r#"{{"message":{{"content":"hi"}},"finish_reason":"{reason}"}}"#));
    for (reason, finish) in [
        ("eos", FinishReason::Stop),
        ("eos_token", FinishReason::Stop),
        ("COMPLETE", FinishReason::Stop),
        ("normal", FinishReason::Stop),
        ("max_output_tokens", FinishReason::Length),
        ("ERROR_TOXIC", FinishReason::ContentFilter),
        ("completed", FinishReason::Stop),
        ("end", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("STOP", FinishReason::Stop),
        ("end_turn", FinishReason::Stop),
        ("model_length", FinishReason::Length),
        ("MAX_TOKENS", FinishReason::Length),
        ("max_tokens", FinishReason::Length),
        ("sensitive", FinishReason::ContentFilter),
        ("content_filter: PROHIBITED_CONTENT", FinishReason::ContentFilter),
        ("SAFETY", FinishReason::ContentFilter),
        ("repetition_truncation", FinishReason::Other("repetition_truncation".into())),
        ("null", FinishReason::Other("".into())),
    ] {
        assert_eq!(read(reason).unwrap().finish, finish, "{reason}");
    }
    for (reason, kind) in [
        ("error", ErrorKind::Unavailable),
        ("network_error", ErrorKind::Unavailable),
        ("insufficient_system_resource", ErrorKind::Overloaded),
        ("function_call_filter: MALFORMED_FUNCTION_CALL", ErrorKind::MalformedOutput),
    ] {
        let error = read(reason).unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(reason)));
    }
    for reason in ["eos", "end_turn", "tool_use", "STOP", ""] {
        let called = format!(
            r#"{{"message":{{"tool_calls":[{{"function":{{"name":"t","arguments":"{{}}"}}}}]}},"finish_reason":"{reason}"}}"#
        );
        assert_eq!(plain(&called).unwrap().finish, FinishReason::ToolCalls, "{reason}");
    }
    // A null in words in each chunk is no end.
    let open = r#"{"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"null"}]}"#;
    assert_eq!(stream(&[open]).unwrap_err().kind(), ErrorKind::TruncatedStream);
}

#[test]
fn tokens_are_counted_wherever_the_count_stands() {
    let count = r#"{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}"#;
    for last in [
        format!(r#"{{"choices":[],"usage":{count}}}"#),
        format!(r#"{{"choices":null,"usage":{count}}}"#),
        format!(r#"{{"choices":[],"x_groq":{{"id":"r","usage":{count}}}}}"#),
        format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"stop","usage":{count}}}]}}"#),
    ] {
        let usage = stream(&[&delta(r#"{"content":"hi"}"#), STOP, &last]).unwrap().usage;
        assert_eq!((usage.input, usage.output), (Some(7), Some(2)), "{last}");
    }
    for (cached, read) in [
        (r#""num_cached_tokens":3"#, Some(3)),
        (r#""cache_read_input_tokens":3"#, Some(3)),
        (r#""prompt_tokens_details":{"cached_tokens":3}"#, Some(3)),
        (r#""prompt_tokens_details":null"#, None),
    ] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}],"usage":{{{cached}}}}}"#
        );
        assert_eq!(decode("openai", &ask(), &body).unwrap().usage.cache_read, read, "{cached}");
    }
}

#[test]
fn a_failure_in_a_stream_is_one_whatever_holds_it() {
    let hi = delta(r#"{"content":"hi"}"#);
    for failure in [
        r#"{"error":{"message":"no","code":503}}"#,
        r#"{"error":"no"}"#,
        r#"{"error":"failed","detail":"no"}"#,
        r#"{"choices":[],"error":"failed","message":"no"}"#,
        r#"{"object":"error","message":"no","type":"InternalServerError","code":500}"#,
        r#"{"detail":"no"}"#,
        r#"{"choices":[],"x_groq":{"error":"no"}}"#,
        r#"{"choices":[{"index":0,"delta":{},"error":{"message":"no"},"finish_reason":"error"}]}"#,
    ] {
        let error = stream(&[&hi, failure, "[DONE]"]).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "no"), "{failure}");
    }
    let named = format!("data: {hi}\n\nevent: error\ndata: {{\"status\":500,\"message\":\"no\"}}\n\n");
    assert_eq!(streamed("openai", &ask(), &named).unwrap_err().message(), "no");
    for (event, message) in [
        ("event: error\ndata: upstream went away", "upstream went away"),
        (r#"data: [{"error":{"message":"no","code":503}}]"#, "no"),
    ] {
        let error = streamed("openai", &ask(), &format!("data: {hi}\n\n{event}\n\n")).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, message), "{event}");
    }
    // What says nothing is none.
    for nothing in [r#""error":null"#, r#""error":{}"#, r#""error":"""#, r#""errors":[]"#] {
        let chunk = format!(
            r#"{{{nothing},"choices":[{{"index":0,"delta":{{"content":"hi"}},"finish_reason":"stop"}}]}}"#
        );
        assert_eq!(stream(&[&chunk]).unwrap().text(), "hi", "{nothing}");
    }
}

#[test]
fn signs_of_life_are_no_answer_and_no_error() {
    let hi = delta(r#"{"content":"hi"}"#);
    let body = format!(
        "\u{feff}: hello\r\n\r\nevent: ping\r\ndata:\r\n\r\ndata:{hi}\r\n\r\ndata: \r\n\r\n: ping\r\n\r\ndata: {STOP}  \r\n\r\ndata: [DONE] \r\n\r\n"
    );
    assert_eq!(streamed("openai", &ask(), &body).unwrap().text(), "hi");
    for sign in [
        "data: null",
        "data: : OPENROUTER PROCESSING",
        "event: ping\ndata: ping",
        "event: heartbeat\ndata: {}",
        "event: keepalive\ndata: 7",
    ] {
        let body = format!("data: {hi}\n\n{sign}\n\ndata: {hi}\n\n{sign}\n\ndata: {STOP}\n\n");
        assert_eq!(streamed("openai", &ask(), &body).unwrap().text(), "hihi", "{sign}");
    }
    let marked = "\u{feff}{\"choices\":[{\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}";
    assert_eq!(decode("openai", &ask(), marked).unwrap().text(), "hi");
}

#[test]
fn an_answer_that_a_stream_holds_whole_is_read_once() {
    let whole =
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;
    assert_eq!(stream(&[whole]).unwrap().text(), "hi");
    assert_eq!(stream(&[&delta(r#"{"content":"h"}"#), whole]).unwrap().text(), "hi");
    assert_eq!(stream(&[&delta(r#"{"content":"hi"}"#), whole, "[DONE]"]).unwrap().text(), "hi");
}

#[test]
fn sources_and_pictures_are_kept() {
    let kept = |members: &str| {
        let message = format!(r#"{{"content":"hi",{members}}}"#);
        let whole = plain(&format!(r#"{{"message":{message},"finish_reason":"stop"}}"#)).unwrap();
        let pieces = stream(&[&delta(&message), STOP]).unwrap();
        assert_eq!(whole.message, pieces.message);
        whole.message.parts.into_iter().find(|part| !matches!(part, AssistantPart::Text { .. })).unwrap()
    };
    for (source, title, url) in [
        (
            r#"{"type":"url_citation","url_citation":{"url":"https://a.example","title":"t"}}"#,
            "t",
            "https://a.example",
        ),
        (r#"{"type":"url_citation","url":"https://a.example","title":"t"}"#, "t", "https://a.example"),
        (r#"{"type":"file_citation","file_id":"f","filename":"a.pdf"}"#, "a.pdf", ""),
        (r#"{"type":"document_citation","document_citation":{"document_id":"d"}}"#, "", ""),
    ] {
        match kept(&format!(r#""annotations":[{source}]"#)) {
            AssistantPart::Citation(cited) => {
                assert_eq!((&*cited.title, &*cited.url, &*cited.native), (title, url, source))
            }
            other => panic!("{other:?}"),
        }
    }
    let image = r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#;
    match kept(&format!(r#""images":[{image}]"#)) {
        AssistantPart::Native(native) => assert_eq!(&*native.block, image),
        other => panic!("{other:?}"),
    }
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"search_results":[],"citations":["https://a.example"]}"#;
    assert_eq!(decode("perplexity", &ask(), body).unwrap().message.parts.len(), 2);
}

#[test]
fn probabilities_are_read_or_told_and_cost_nothing_else() {
    let read = |logprobs: &str| {
        let choice =
            format!(r#"{{"message":{{"content":"hi"}},"logprobs":{logprobs},"finish_reason":"stop"}}"#);
        let response = plain(&choice).unwrap();
        (response.logprobs.len(), response.lossiness.len())
    };
    let token = r#"{"token":"hi","logprob":-0.5,"bytes":null,"top_logprobs":null}"#;
    assert_eq!(read(&format!(r#"{{"content":[{token}],"refusal":null}}"#)), (1, 0));
    assert_eq!(read(&format!(r#"{{"content":null,"refusal":[{token}]}}"#)), (1, 0));
    for nothing in ["null", "{}", r#"{"content":null,"refusal":null}"#, r#"{"content":[]}"#] {
        assert_eq!(read(nothing), (0, 0), "{nothing}");
    }
    // Together's, and one with a hole.
    for other in
        [r#"{"tokens":["hi"],"token_logprobs":[-0.5]}"#, r#"{"content":[{"token":"hi","logprob":null}]}"#]
    {
        assert_eq!(read(other), (0, 1), "{other}");
    }
}

#[test]
fn members_filled_with_nothing_are_no_calls() {
    let nothing = r#"{"content":"hi","refusal":"","audio":{"data":"","transcript":""},"function_call":{"arguments":"","name":""},"tool_calls":[{"id":"","function":{"name":"","arguments":""},"custom":{"name":"","input":""}}]}"#;
    for response in [
        plain(&format!(r#"{{"message":{nothing},"finish_reason":""}}"#)),
        stream(&[&delta(nothing), "[DONE]"]),
    ] {
        let response = response.unwrap();
        assert_eq!((response.text().as_str(), response.message.parts.len()), ("hi", 1));
        assert_eq!(response.finish, FinishReason::Other("".into()));
    }
    let custom = r#"{"tool_calls":[{"id":"c","function":{"name":"","arguments":""},"custom":{"name":"t","input":"hi"}}]}"#;
    let response = plain(&format!(r#"{{"message":{custom},"finish_reason":"stop"}}"#)).unwrap();
    assert_eq!(calls(&response), [("t".to_owned(), "hi".to_owned())]);
}

/// Gemini API, "Thought signatures": without it the next turn is refused.
#[test]
fn the_signature_of_a_first_call_goes_back_with_it() {
    let signed = r#"{"id":"1","function":{"name":"a","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s1"}}}"#;
    let other = r#"{"id":"2","function":{"name":"b","arguments":"{}"}}"#;
    let message = format!(r#"{{"tool_calls":[{signed},{other}]}}"#);
    let whole = plain(&format!(r#"{{"message":{message},"finish_reason":"tool_calls"}}"#)).unwrap();
    let pieces = [signed, other].map(|call| delta(&format!(r#"{{"tool_calls":[{call}]}}"#)));
    let streamed = stream(&[&pieces[0], &pieces[1], STOP]).unwrap();
    for response in [whole, streamed] {
        assert_eq!(response.tool_calls().count(), 2);
        let mut request = ask();
        let results: Vec<Message> = response
            .tool_calls()
            .map(|call| Message::tool_result(call, ToolResult::new(vec![Content::text("ok")])))
            .collect();
        request.messages.push(response.message.into());
        request.messages.extend(results);
        let body = encoded("openai", "gpt-4.1", &request);
        let calls = &body["messages"][1]["tool_calls"];
        assert_eq!(calls[0]["extra_content"]["google"]["thought_signature"], "s1", "{body}");
        assert!(calls[1].get("extra_content").is_none(), "{body}");
        // To another provider it is nothing but a loss.
        assert!(
            encoded("groq", "m", &request)["messages"][1]["tool_calls"][0].get("extra_content").is_none()
        );
    }
}
