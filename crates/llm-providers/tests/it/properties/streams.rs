//! Any cutting of any stream gives the same events, and no bytes at all make a reader panic.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use http::{HeaderMap, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatEvent, ChatRequest, ChatResponse, Dialect, Message, Provider, ProviderError, RenderedTools,
    StreamDecoder,
};

type Told = (Vec<ChatEvent>, Result<ChatResponse, ProviderError>);

fn tell(dialect: Dialect, body: &[u8], lengths: &[usize]) -> Told {
    let provider = Provider::new("p", "https://h", dialect).unwrap();
    let request = ChatRequest::new(vec![Message::user("u")]);
    let tools = Arc::new(RenderedTools::new(dialect, Arc::clone(&request.tools)));
    let mut decoder = StreamDecoder::new(Arc::new(provider), tools, &request, None);
    let mut events = Vec::new();
    let mut rest = body;
    let mut lengths = lengths.iter().cycle();
    while !rest.is_empty() {
        let (piece, later) =
            rest.split_at(lengths.next().map_or(rest.len(), |length| *length).min(rest.len()));
        decoder.push(piece.to_vec().into());
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        rest = later;
    }
    decoder.end();
    events.extend(std::iter::from_fn(|| decoder.next_event()));
    (events, decoder.into_response())
}

/// The events of a dialect's stream, made of pieces of text and of a call's arguments.
fn data(dialect: Dialect, texts: &[String], arguments: &[String]) -> Vec<String> {
    match dialect {
        Dialect::OpenAiChat => openai(texts, arguments),
        Dialect::AnthropicMessages => anthropic(texts, arguments),
        Dialect::GeminiGenerate => gemini(texts),
        Dialect::OpenAiResponses => responses(texts, arguments),
        Dialect::GigaChat => gigachat(texts),
        _ => cohere(texts, arguments),
    }
}

/// Such a stream, and whether it comes to its end.
fn made(dialect: Dialect, texts: &[String], arguments: &[String], is_whole: bool) -> String {
    let mut all = data(dialect, texts, arguments);
    if !is_whole {
        all.truncate(all.len() / 2);
    }
    let line = if dialect == Dialect::GeminiGenerate { "\r\n" } else { "\n" };
    all.iter().map(|data| format!("data: {data}{line}: a comment{line}{line}")).collect()
}

fn openai(texts: &[String], arguments: &[String]) -> Vec<String> {
    let chunk = |delta| json!({"choices": [{"index": 0, "delta": delta}]}).to_string();
    let padded = |text: &String| {
        let padding = "x".repeat(text.len() % 3);
        json!({"choices": [{"index": 0, "delta": {"content": text}}], "obfuscation": padding}).to_string()
    };
    let mut all: Vec<String> = texts.iter().map(padded).collect();
    let call = |more| chunk(json!({"tool_calls": [{"index": 0, "function": {"arguments": more}}]}));
    all.push(chunk(
        json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "t", "arguments": ""}}]}),
    ));
    all.extend(arguments.iter().map(call));
    all.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}).to_string());
    all.push("[DONE]".to_owned());
    all
}

fn anthropic(texts: &[String], arguments: &[String]) -> Vec<String> {
    let delta = |index: u8, delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let block =
        |index: u8, block| json!({"type": "content_block_start", "index": index, "content_block": block});
    let mut all =
        vec![json!({"type": "message_start", "message": {}}), block(0, json!({"type": "text", "text": ""}))];
    all.extend(texts.iter().map(|text| delta(0, json!({"type": "text_delta", "text": text}))));
    all.push(json!({"type": "content_block_stop", "index": 0}));
    all.push(block(1, json!({"type": "tool_use", "id": "c", "name": "t", "input": {}})));
    all.extend(
        arguments.iter().map(|more| delta(1, json!({"type": "input_json_delta", "partial_json": more}))),
    );
    all.push(json!({"type": "content_block_stop", "index": 1}));
    all.push(json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}));
    all.push(json!({"type": "message_stop"}));
    // The API hides how long a text is by blanks at the end.
    let padded = |event: &Value| {
        let json = event.to_string();
        let blanks = " ".repeat(json.len() % 4);
        json.strip_suffix('}').map(|open| format!("{open}{blanks}}}")).unwrap_or(json)
    };
    all.iter().map(padded).collect()
}

fn responses(texts: &[String], arguments: &[String]) -> Vec<String> {
    let delta = |kind: &str, index: u8, delta: &String| {
        json!({"type": format!("response.{kind}.delta"), "output_index": index, "content_index": 0, "delta": delta,
            "obfuscation": "x".repeat(delta.len() % 3)})
    };
    let mut all: Vec<Value> = texts.iter().map(|text| delta("output_text", 0, text)).collect();
    let call = json!({"type": "function_call", "call_id": "c", "name": "t", "arguments": ""});
    all.push(json!({"type": "response.output_item.added", "output_index": 1, "item": call}));
    all.extend(arguments.iter().map(|more| delta("function_call_arguments", 1, more)));
    all.push(json!({"type": "response.completed", "response": {"status": "completed"}}));
    for (number, event) in all.iter_mut().enumerate() {
        event["sequence_number"] = number.into();
    }
    all.iter().map(ToString::to_string).collect()
}

fn gemini(texts: &[String]) -> Vec<String> {
    let part = |part| json!({"candidates": [{"content": {"role": "model", "parts": [part]}}]}).to_string();
    let mut all: Vec<String> = texts.iter().map(|text| part(json!({"text": text}))).collect();
    all.push(part(json!({"functionCall": {"name": "t", "args": {"n": 1}}})));
    all.push(json!({"candidates": [{"finishReason": "STOP"}]}).to_string());
    all
}

fn gigachat(texts: &[String]) -> Vec<String> {
    let chunk = |delta| json!({"choices": [{"index": 0, "delta": delta}]}).to_string();
    let mut all: Vec<String> = texts.iter().map(|text| chunk(json!({"content": text}))).collect();
    let call = json!({"name": "t", "arguments": {"n": 1}});
    all.push(chunk(json!({"content": "", "function_call": call, "functions_state_id": "s"})));
    all.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "function_call"}]}).to_string());
    all.push("[DONE]".to_owned());
    all
}

fn cohere(texts: &[String], arguments: &[String]) -> Vec<String> {
    let text = |text| json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}});
    let call = |kind, call| json!({"type": kind, "index": 0, "delta": {"message": {"tool_calls": call}}});
    let mut all = vec![
        json!({"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}}),
    ];
    all.extend(texts.iter().map(text));
    all.push(json!({"type": "content-end", "index": 0}));
    all.push(call("tool-call-start", json!({"id": "c", "function": {"name": "t", "arguments": ""}})));
    all.extend(
        arguments.iter().map(|more| call("tool-call-delta", json!({"function": {"arguments": more}}))),
    );
    all.push(json!({"type": "tool-call-end", "index": 0}));
    all.push(json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}}));
    all.iter().map(ToString::to_string).collect()
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

/// Bytes that look like a stream or an answer here and there.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&str> = vec![
        "data: ",
        "\n\n",
        "\r\n",
        "[DONE]",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "null",
        "0",
        "-1e9",
        "\"choices\"",
        "\"delta\"",
        "\"content\"",
        "\"tool_calls\"",
        "\"index\"",
        "\"type\"",
        "\"candidates\"",
        "\"parts\"",
        "\"message\"",
        "\"error\"",
        "\"usage\"",
        "\"finish_reason\"",
        "\"content_block_start\"",
        "\u{feff}",
    ];
    let word = prop_oneof![
        8 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_of_a_stream_gives_the_same_events(
        dialect in prop::sample::select(vec![
            Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::GeminiGenerate,
            Dialect::CohereChat, Dialect::GigaChat,
        ]),
        texts in vec("[ -~ä😀\\n]{1,12}", 1..5),
        arguments in vec("[ -~ä]{0,8}", 0..4),
        is_whole in any::<bool>(),
        lengths in vec(1..80_usize, 1..12),
    ) {
        let body = made(dialect, &texts, &arguments, is_whole);
        let (events, outcome) = tell(dialect, body.as_bytes(), &[]);
        let (cut_events, cut_outcome) = tell(dialect, body.as_bytes(), &lengths);
        prop_assert_eq!(&events, &cut_events);
        prop_assert_eq!(outcome.is_ok(), is_whole, "{:?}\n{}", outcome, body);
        prop_assert_eq!(outcome.is_ok(), cut_outcome.is_ok());
        if let (Ok(whole), Ok(cut)) = (outcome, cut_outcome) {
            prop_assert_eq!(whole.text(), texts.concat());
            prop_assert_eq!(whole.message, cut.message);
            let told: String = events.iter().filter_map(|event| match event {
                ChatEvent::Text { delta } => Some(delta.as_str()),
                _ => None,
            }).collect();
            prop_assert_eq!(told, texts.concat());
        }
    }

    /// Events that are the same but for their text are read by comparing bytes; a member that nobody reads makes each one
    /// different, so that it is read in full.
    #[test]
    fn an_event_like_the_one_before_is_read_as_if_it_were_not(
        dialect in prop::sample::select(vec![
            Dialect::OpenAiChat, Dialect::AnthropicMessages, Dialect::OpenAiResponses,
        ]),
        texts in vec("[ -~ä😀\\n]{0,4}", 1..9),
        arguments in vec("[ -~ä]{0,4}", 0..9),
        again in vec(any::<prop::sample::Index>(), 0..24),
        (event, byte) in any::<(prop::sample::Index, prop::sample::Index)>(),
        put in prop_oneof![Just(None), any::<u8>().prop_map(Some)],
    ) {
        let mut all = data(dialect, &texts, &arguments);
        if dialect == Dialect::OpenAiChat {
            let counted = |choices, count| json!({"choices": choices, "usage": {"prompt_tokens": count}}).to_string();
            all.insert(0, counted(json!([]), 1));
            all.insert(0, counted(json!([{"index": 0, "delta": {"content": "x"}}]), 2));
        }
        // All but the end once more, in any order: what came between must not be forgotten.
        let again: Vec<String> = again.iter().map(|index| index.get(&all[..all.len() - 2]).clone()).collect();
        all.splice(0..0, again);
        let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
        if let Some(put) = put.filter(|put| !b"\r\n".contains(put)) {
            let event = event.get_mut(&mut all);
            if event.len() > 1 {
                let place = 1 + byte.index(event.len() - 1);
                event[place] = put;
            }
        }
        let stream = |different: bool| {
            let mut stream = Vec::new();
            for (number, data) in all.iter().enumerate() {
                stream.extend_from_slice(b"data: ");
                match data.strip_prefix(b"{") {
                    Some(rest) if different => {
                        stream.extend_from_slice(format!("{{\"n{number}\":{number},").as_bytes());
                        stream.extend_from_slice(rest);
                    }
                    _ => stream.extend_from_slice(data),
                }
                stream.extend_from_slice(b"\n\n");
            }
            stream
        };
        let (events, outcome) = tell(dialect, &stream(false), &[]);
        let (full_events, full_outcome) = tell(dialect, &stream(true), &[]);
        prop_assert_eq!(events, full_events);
        prop_assert_eq!(outcome.is_ok(), full_outcome.is_ok());
        if let (Ok(answer), Ok(full)) = (outcome, full_outcome) {
            prop_assert_eq!((answer.message, answer.finish, answer.usage), (full.message, full.finish, full.usage));
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(dialect in dialect(), body in bytes(), lengths in vec(1..20_usize, 1..6)) {
        let (events, outcome) = tell(dialect, &body, &[]);
        let (cut_events, cut_outcome) = tell(dialect, &body, &lengths);
        prop_assert_eq!(events, cut_events);
        prop_assert_eq!(outcome.is_ok(), cut_outcome.is_ok());
        let provider = Provider::new("p", "https://h", dialect).unwrap();
        let request = ChatRequest::new(vec![Message::user("u")]);
        let tools = RenderedTools::new(dialect, Arc::clone(&request.tools));
        let _ = provider.decode(&tools, &request, &body, None);
        let _ = provider.decode_error(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &body, UNIX_EPOCH, None);
    }
}
