//! Members that have no shape of theirs, and numbers that count something else: they cost themselves and not the answer.

use toolgate_llm_providers::{ChatResponse, ErrorKind, FinishReason, ProviderError};

use super::ask;
use crate::sample::{decode, streamed};

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn stream(chunks: &[&str]) -> Result<ChatResponse, ProviderError> {
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    streamed("openai", &ask(), &events)
}

fn delta(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#)
}

fn whole(message: &str) -> Result<ChatResponse, ProviderError> {
    decode("openai", &ask(), &format!(r#"{{"choices":[{{"message":{message}}}]}}"#))
}

fn calls(response: &ChatResponse) -> Vec<(String, String)> {
    response.tool_calls().map(|call| (call.name.to_string(), call.raw_arguments.to_string())).collect()
}

#[test]
fn an_odd_member_costs_itself() {
    for message in [
        r#"{"content":"hi","tool_calls":""}"#,
        r#"{"content":"hi","tool_calls":{}}"#,
        r#"{"content":"hi","function_call":"","audio":""}"#,
    ] {
        assert_eq!(whole(message).unwrap().text(), "hi", "{message}");
        assert_eq!(stream(&[&delta(message), STOP]).unwrap().text(), "hi", "{message}");
    }
    for usage in [r#""""#, "[]", "true", r#"{"prompt_tokens_details":"","completion_tokens_details":[]}"#] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
        );
        assert_eq!(decode("openai", &ask(), &body).unwrap().text(), "hi", "{usage}");
    }
    // A call without a list around it (iFlytek).
    let lone =
        r#"{"tool_calls":{"type":"function","id":"c","function":{"name":"t","arguments":"{\"n\":1}"}}}"#;
    for response in [whole(lone), stream(&[&delta(lone), STOP])] {
        assert_eq!(calls(&response.unwrap()), [("t".to_owned(), r#"{"n":1}"#.to_owned())]);
    }
}

#[test]
fn the_only_answer_is_read_whatever_its_number() {
    let piece = |index: u8, members: &str| format!(r#"{{"choices":[{{"index":{index},{members}}}]}}"#);
    let only = piece(1, r#""message":{"content":"hi"},"finish_reason":"stop""#);
    assert_eq!(decode("openai", &ask(), &only).unwrap().text(), "hi");
    // Text Generation Inference 1.4 counted tokens.
    let tokens = [
        piece(1, r#""delta":{"content":"h"}"#),
        piece(2, r#""delta":{"content":"i"}"#),
        piece(3, r#""delta":{"content":"!"},"finish_reason":"length""#),
    ];
    let response = stream(&tokens.each_ref().map(String::as_str)).unwrap();
    assert_eq!((response.text(), response.finish), ("hi!".to_owned(), FinishReason::Length));
    assert!(response.lossiness.is_empty());
    let two =
        [piece(0, r#""delta":{"content":"hi"}"#), piece(1, r#""delta":{"content":"ho"}"#), STOP.to_owned()];
    let response = stream(&two.each_ref().map(String::as_str)).unwrap();
    assert_eq!((response.text(), response.lossiness.len()), ("hi".to_owned(), 1));
}

#[test]
fn a_stop_may_conceal_a_failure() {
    let end = |reason: &str, native: &str| {
        let members = format!(r#""finish_reason":"{reason}","native_finish_reason":"{native}""#);
        let whole = format!(r#"{{"choices":[{{"message":{{"content":""}},{members}}}]}}"#);
        let piece = format!(r#"{{"choices":[{{"index":0,"delta":{{"content":""}},{members}}}]}}"#);
        let read = [decode("openrouter", &ask(), &whole), stream(&[&piece, "[DONE]"])];
        read.map(|read| read.map(|response| response.finish).map_err(|error| error.kind()))
    };
    for (reason, native, read) in [
        ("stop", "network_error", Err(ErrorKind::Unavailable)),
        ("stop", "server_error", Err(ErrorKind::Unavailable)),
        ("stop", "MALFORMED_FUNCTION_CALL", Err(ErrorKind::MalformedOutput)),
        ("error", "MALFORMED_FUNCTION_CALL", Err(ErrorKind::Unavailable)),
        ("stop", "STOP", Ok(FinishReason::Stop)),
        ("stop", "end_turn", Ok(FinishReason::Stop)),
        ("length", "network_error", Ok(FinishReason::Length)),
        // watsonx.
        ("time_limit", "", Ok(FinishReason::Length)),
        ("cancelled", "", Err(ErrorKind::Unavailable)),
    ] {
        assert_eq!(end(reason, native), [read.clone(), read], "{reason} {native}");
    }
}

/// Hyperbolic's pieces are called `message`, and others end with all of it again.
#[test]
fn a_message_in_a_stream_is_a_piece_or_all_of_it() {
    let message = |text: &str, finish: &str| {
        format!(r#"{{"choices":[{{"index":0,"message":{{"content":"{text}"}},"finish_reason":{finish}}}]}}"#)
    };
    let [ha, there] = [message("ha", "null"), message(" there", "null")];
    for (last, text) in [
        ("", "haha there"),
        ("!", "haha there!"),
        ("haha there", "haha there"),
        ("haha there!", "haha there!"),
    ] {
        let last = message(last, "\"stop\"");
        let response = stream(&[&ha, &ha, &there, &last, "[DONE]"]).unwrap();
        assert_eq!((response.text().as_str(), response.finish), (text, FinishReason::Stop), "{last}");
    }
    let growing = ["h", "ha", "hah"].map(|text| message(text, "null"));
    let mut growing: Vec<&str> = growing.iter().map(String::as_str).collect();
    growing.push(STOP);
    assert_eq!(stream(&growing).unwrap().text(), "hah");
    let call = r#"{"choices":[{"index":0,"message":{"tool_calls":[{"index":0,"id":"c","function":{"name":"t","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    assert_eq!(calls(&stream(&[&ha, call]).unwrap()), [("t".to_owned(), "{}".to_owned())]);
}

#[test]
fn a_completion_of_text_is_an_answer() {
    let piece = |text: &str, finish: &str| {
        format!(r#"{{"choices":[{{"index":0,"text":"{text}","finish_reason":{finish}}}]}}"#)
    };
    let whole = piece("hi", "\"stop\"");
    assert_eq!(decode("openai", &ask(), &whole).unwrap().text(), "hi");
    assert_eq!(stream(&[&piece("h", "null"), &piece("i", "\"stop\"")]).unwrap().text(), "hi");
    // Beside a delta it is the same again (Together's older streams).
    let both = r#"{"choices":[{"index":0,"text":"hi","delta":{"content":"hi"},"finish_reason":"stop"}]}"#;
    assert_eq!(stream(&[both]).unwrap().text(), "hi");
}

#[test]
fn a_call_is_read_wherever_its_name_and_arguments_stand() {
    let flat =
        r#"{"tool_calls":[{"index":0,"id":"c","type":"function","name":"t","arguments":"{\"n\":1}"}]}"#;
    for response in [whole(flat), stream(&[&delta(flat), STOP])] {
        assert_eq!(calls(&response.unwrap()), [("t".to_owned(), r#"{"n":1}"#.to_owned())]);
    }
    // Whole at the end, after its pieces.
    let call = |arguments: &str| {
        delta(&format!(
            r#"{{"tool_calls":[{{"index":0,"id":"c","function":{{"name":"t","arguments":"{arguments}"}}}}]}}"#
        ))
    };
    let [first, second, all] = [call(r#"{\"n\":"#), call("1}"), call(r#"{\"n\":1}"#)];
    let more = delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"n\":1}"}}]}"#);
    let begin = call("");
    for pieces in [[&first, &second, &all], [&begin, &more, &more], [&begin, &all, &more]] {
        let response = stream(&[pieces[0], pieces[1], pieces[2], STOP]).unwrap();
        assert_eq!(calls(&response), [("t".to_owned(), r#"{"n":1}"#.to_owned())]);
    }
}

#[test]
fn what_follows_the_end_of_an_answer_does_not_undo_it() {
    let hi = delta(r#"{"content":"hi"}"#);
    let counts = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    for other in ["[EOF]", "done", r#"{"choices":[],"usage":{"tokens_per_second":NaN}}"#] {
        let response = stream(&[&hi, STOP, other, counts]).unwrap();
        assert_eq!((response.text(), response.usage.output), ("hi".to_owned(), Some(2)), "{other}");
        assert_eq!(stream(&[&hi, other, STOP]).unwrap_err().kind(), ErrorKind::MalformedOutput, "{other}");
    }
}

#[test]
fn counts_may_have_the_names_of_other_dialects() {
    for (usage, output) in [
        (r#"{"input_tokens":7,"output_tokens":2}"#, 2),
        (r#"{"prompt_tokens":7,"completion_tokens":3,"input_tokens":0,"output_tokens":0}"#, 3),
    ] {
        let body = format!(r#"{{"choices":[{{"message":{{"content":"hi"}}}}],"usage":{usage}}}"#);
        let usage = decode("openai", &ask(), &body).unwrap().usage;
        assert_eq!((usage.input, usage.output), (Some(7), Some(output)));
    }
}

/// Gemini sends a name in pieces, MiniMax the whole of it again in each.
#[test]
fn a_name_may_come_in_pieces() {
    let read = |pieces: &[&str]| {
        let all = pieces.iter().map(|call| delta(&format!(r#"{{"tool_calls":[{{"index":0,{call}}}]}}"#)));
        let all: Vec<String> = all.chain([STOP.to_owned()]).collect();
        calls(&stream(&all.iter().map(String::as_str).collect::<Vec<_>>()).unwrap())
    };
    let one = |name: &str, arguments: &str| vec![(name.to_owned(), arguments.to_owned())];
    for pieces in [
        [
            r#""id":"c","function":{"name":"get_"}"#,
            r#""function":{"name":"weather"}"#,
            r#""function":{"arguments":"{}"}"#,
        ],
        [
            r#""id":"c","function":{"name":"get_"}"#,
            r#""id":"c","function":{"name":"weather","arguments":"{"}"#,
            r#""function":{"arguments":"}"}"#,
        ],
        [
            r#""function":{"name":"get_","arguments":""}"#,
            r#""function":{"name":"weather"}"#,
            r#""function":{"arguments":"{}"}"#,
        ],
        [
            r#""function":{"name":"get_weather"}"#,
            r#""id":"c","function":{"name":"get_weather"}"#,
            r#""function":{"name":"get_weather","arguments":"{}"}"#,
        ],
        [
            r#""id":"c","function":{"name":"get"}"#,
            r#""function":{"name":"get_weather"}"#,
            r#""function":{"name":"get_weather","arguments":"{}"}"#,
        ],
    ] {
        assert_eq!(read(&pieces), one("get_weather", "{}"), "{pieces:?}");
    }
    assert_eq!(read(&[r#""id":"c","function":{"name":"now"}"#]), one("now", ""));
    // Another id, or a whole call, is another call.
    for other in
        [r#""id":"d","function":{"name":"b","arguments":""}"#, r#""function":{"name":"b","arguments":"{}"}"#]
    {
        let found = read(&[r#""function":{"name":"a","arguments":""}"#, other]);
        assert_eq!(found.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["a", "b"], "{other}");
    }
}

#[test]
fn an_answer_that_says_nothing_at_all_is_none() {
    for choice in ["{}", r#"{"index":0}"#, r#"{"index":0,"messages":[{"content":"hi"}]}"#] {
        let body = format!(r#"{{"choices":[{choice}]}}"#);
        assert_eq!(decode("openai", &ask(), &body).unwrap_err().kind(), ErrorKind::MalformedOutput, "{body}");
        assert_eq!(stream(&[&body, "[DONE]"]).unwrap_err().kind(), ErrorKind::MalformedOutput, "{body}");
    }
    let nulls = r#"{"content":"hi","tool_calls":[null]}"#;
    assert_eq!(stream(&[&delta(nulls), STOP]).unwrap().text(), "hi");
}

/// Ollama numbers all calls 0, and gateways behind it send them in pieces.
#[test]
fn pieces_with_an_id_go_on_with_its_call() {
    let pieces = |first: &str, second: &str| {
        let call = |id: &str, called: &str| format!(r#"{{"index":0,"id":"{id}","function":{{{called}}}}}"#);
        delta(&format!(r#"{{"tool_calls":[{},{}]}}"#, call("a", first), call("b", second)))
    };
    let begin = pieces(r#""name":"t","arguments":"""#, r#""name":"t","arguments":"""#);
    let one = pieces(r#""arguments":"{\"n\":""#, r#""arguments":"{\"n\":""#);
    let two = pieces(r#""arguments":"1}""#, r#""arguments":"2}""#);
    let found = calls(&stream(&[&begin, &one, &two, STOP]).unwrap());
    assert_eq!(found, [("t".to_owned(), r#"{"n":1}"#.to_owned()), ("t".to_owned(), r#"{"n":2}"#.to_owned())]);
}

/// vLLM behind New API: a last piece whose choices are an object. Some count their calls from -1 (Z.ai), and Oracle's have an id anew in
/// each piece.
#[test]
fn odd_pieces_of_a_stream_cost_themselves() {
    let text = delta(r#"{"content":"hi"}"#);
    let usage = r#""usage":{"prompt_tokens":3,"completion_tokens":2}"#;
    for choices in ["{}", r#""""#, "0", "[{}]", "[null]"] {
        let last = format!(r#"{{"choices":{choices},{usage}}}"#);
        let odd = format!(r#"{{"choices":{choices},"usage":0}}"#);
        let response =
            stream(&[&text, STOP, &last, &odd]).unwrap_or_else(|error| panic!("{choices}: {error}"));
        assert_eq!((response.text(), response.usage.output), ("hi".into(), Some(2)), "{choices}");
    }
    let piece = |index: i8, id: &str, members: &str| {
        delta(&format!(r#"{{"tool_calls":[{{"index":{index},"id":"{id}","function":{{{members}}}}}]}}"#))
    };
    let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;
    for (index, second) in [(-1, "a"), (0, "b"), (-1, "")] {
        let first = piece(index, "a", r#""name":"t","arguments":"{\"n\":""#);
        let rest = piece(index, second, r#""arguments":"1}""#);
        let response = stream(&[&first, &rest, stop]).unwrap();
        assert_eq!(calls(&response), [("t".to_owned(), r#"{"n":1}"#.to_owned())], "{index} {second}");
    }
}

/// Seen of thinking models at NVIDIA: every parser in use takes the last.
#[test]
fn of_a_member_that_stands_twice_the_last_counts() {
    let message = r#"{"role":"assistant","reasoning_content":"a","content":"hi","reasoning_content":"b"}"#;
    for response in [whole(message), stream(&[&delta(message), STOP])] {
        let response = response.unwrap();
        assert_eq!(response.text(), "hi");
        assert!(format!("{:?}", response.message).contains("\"b\""), "{:?}", response.message);
    }
}

/// Gateways cut texts in the middle of a character. Arguments with half of one are refused, and are not none.
#[test]
fn half_a_character_costs_itself_and_its_call() {
    let message = r#"{"content":"hi \ud83d","reasoning_content":"hm \ud83d","tool_calls":[
        {"index":0,"id":"c","function":{"name":"t","arguments":"{\"path\":\"/tmp/\ud83d\"}"}}]}"#;
    for response in [whole(message), stream(&[&delta(&message.replace('\n', "")), STOP])] {
        let response = response.unwrap();
        assert_eq!(response.text(), "hi \u{fffd}");
        let call = response.tool_calls().next().unwrap();
        assert!(call.arguments().is_err() && call.raw_arguments.contains("/tmp/"), "{call:?}");
    }
}

#[test]
fn sound_is_counted_apart() {
    let usage = r#"{"prompt_tokens":30,"completion_tokens":140,"prompt_tokens_details":{"audio_tokens":25},
        "completion_tokens_details":{"audio_tokens":120,"text_tokens":20}}"#;
    let body =
        format!(r#"{{"choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}],"usage":{usage}}}"#);
    let usage = decode("openai", &ask(), &body).unwrap().usage;
    assert_eq!((usage.output, usage.audio_input, usage.audio_output), (Some(140), Some(25), Some(120)));
}
