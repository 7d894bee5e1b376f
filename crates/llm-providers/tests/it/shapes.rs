//! What servers of every dialect but chat completions (`openai/shapes.rs`) send that no schema has, or only a new one.

mod events;

use std::sync::Arc;

use toolgate_llm_providers::{
    AssistantPart, ChatRequest, ChatResponse, Dialect, ErrorKind, FinishReason, Message, Provider,
    ProviderError, RenderedTools, StreamDecoder,
};

use crate::sample::streamed;

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

fn plain(dialect: Dialect, body: &str) -> Result<ChatResponse, ProviderError> {
    let provider = Provider::new("p", "https://models.example", dialect).unwrap();
    provider.decode(&RenderedTools::new(dialect, ask().tools), &ask(), body.as_bytes(), None)
}

fn stream(dialect: Dialect, events: &[&str]) -> Result<ChatResponse, ProviderError> {
    let provider = Arc::new(Provider::new("p", "https://models.example", dialect).unwrap());
    let tools = Arc::new(RenderedTools::new(dialect, ask().tools));
    let mut decoder = StreamDecoder::new(provider, tools, &ask(), None);
    for event in events {
        let framed =
            if dialect == Dialect::OllamaChat { format!("{event}\n") } else { format!("data: {event}\n\n") };
        decoder.push(framed.into());
    }
    decoder.into_response()
}

/// The same of a body without events.
fn told(dialect: Dialect, body: &str) -> Result<ChatResponse, ProviderError> {
    let provider = Arc::new(Provider::new("p", "https://models.example", dialect).unwrap());
    let tools = Arc::new(RenderedTools::new(dialect, ask().tools));
    let mut decoder = StreamDecoder::new(provider, tools, &ask(), None);
    decoder.push(body.to_owned().into());
    decoder.into_response()
}

fn arguments(response: &ChatResponse) -> Vec<&str> {
    response.tool_calls().map(|call| &*call.raw_arguments).collect()
}

/// A call whose arguments would be taken for none would be run with none.
#[test]
fn arguments_are_text_or_an_object_whatever_the_book_says() {
    for (dialect, body) in [
        (
            Dialect::OpenAiChat,
            r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"t","arguments":ARGS}}]},"finish_reason":"stop"}]}"#,
        ),
        (
            Dialect::OpenAiResponses,
            r#"{"status":"completed","output":[{"type":"function_call","call_id":"c","name":"t","arguments":ARGS}]}"#,
        ),
        (
            Dialect::CohereChat,
            r#"{"finish_reason":"TOOL_CALL","message":{"tool_calls":[{"id":"c","function":{"name":"t","arguments":ARGS}}]}}"#,
        ),
        (
            Dialect::AnthropicMessages,
            r#"{"stop_reason":"tool_use","content":[{"type":"tool_use","id":"c","name":"t","input":ARGS}]}"#,
        ),
        (
            Dialect::GeminiGenerate,
            r#"{"candidates":[{"finishReason":"STOP","content":{"parts":[{"functionCall":{"name":"t","args":ARGS}}]}}]}"#,
        ),
        (
            Dialect::BedrockConverse,
            r#"{"stopReason":"tool_use","output":{"message":{"content":[{"toolUse":{"toolUseId":"c","name":"t","input":ARGS}}]}}}"#,
        ),
        (
            Dialect::OllamaChat,
            r#"{"done":true,"done_reason":"stop","message":{"tool_calls":[{"function":{"name":"t","arguments":ARGS}}]}}"#,
        ),
        (
            Dialect::GigaChat,
            r#"{"choices":[{"message":{"function_call":{"name":"t","arguments":ARGS}},"finish_reason":"function_call"}]}"#,
        ),
    ] {
        for written in [r#"{"n":1}"#, r#""{\"n\":1}""#] {
            let response = plain(dialect, &body.replace("ARGS", written)).unwrap();
            assert_eq!(arguments(&response), [r#"{"n":1}"#], "{dialect} {written}");
            assert_eq!(response.finish, FinishReason::ToolCalls, "{dialect}");
        }
    }
}

#[test]
fn a_complete_answer_with_calls_asks_for_tools() {
    let body = r#"{"finish_reason":"COMPLETE","message":{"tool_calls":[{"id":"c","function":{"name":"t","arguments":"{}"}}]}}"#;
    assert_eq!(plain(Dialect::CohereChat, body).unwrap().finish, FinishReason::ToolCalls);
}

const END: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;

#[test]
fn blocks_that_were_not_announced_are_read() {
    let text = r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"hi"}}"#;
    let thought =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#;
    let response = stream(Dialect::AnthropicMessages, &[thought, text, text, END, "[DONE]"]).unwrap();
    assert_eq!((response.text().as_str(), response.message.parts.len()), ("hihi", 2));
    let input =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#;
    let response = stream(Dialect::AnthropicMessages, &[input, text, END]).unwrap();
    assert_eq!((response.text().as_str(), response.lossiness.len()), ("hi", 1));
}

#[test]
fn a_compaction_is_kept_to_be_sent_back() {
    let events = [
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"so","encrypted_content":"w"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":" far","encrypted_content":"x"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"compaction"}}"#,
    ];
    let response = stream(Dialect::AnthropicMessages, &events).unwrap();
    assert_eq!((response.finish, response.lossiness.len()), (FinishReason::Pause, 0));
    match &response.message.parts[..] {
        [AssistantPart::Native(native)] => {
            assert_eq!(&*native.block, r#"{"type":"compaction","content":"so far","encrypted_content":"x"}"#);
        }
        other => panic!("{other:?}"),
    }
}

/// Claude's documentation, "Programmatic tool calling".
#[test]
fn a_call_that_code_made_is_told() {
    for (caller, losses) in
        [(r#"{"type":"direct"}"#, 0), (r#"{"type":"code_execution_20250825","tool_id":"s"}"#, 1)]
    {
        let block = format!(r#"{{"type":"tool_use","id":"t","name":"n","input":{{}},"caller":{caller}}}"#);
        let body = format!(r#"{{"content":[{block}],"stop_reason":"tool_use"}}"#);
        assert_eq!(plain(Dialect::AnthropicMessages, &body).unwrap().lossiness.len(), losses, "{caller}");
        let start = format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#);
        let end = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#;
        let response = stream(Dialect::AnthropicMessages, &[&start, end]).unwrap();
        assert_eq!((arguments(&response), response.lossiness.len()), (vec!["{}"], losses), "{caller}");
    }
}

/// vLLM's and others' servers of this dialect; Anthropic itself says so only after calls that code made and got
/// answers to.
#[test]
fn a_turn_that_ends_with_a_call_awaits_its_result() {
    for (more, finish) in [
        ("", FinishReason::ToolCalls),
        (r#","caller":{"type":"direct"}"#, FinishReason::ToolCalls),
        (r#","caller":{"type":"code_execution_20250825","tool_id":"s"}"#, FinishReason::Stop),
    ] {
        let block = format!(r#"{{"type":"tool_use","id":"t","name":"n","input":{{}}{more}}}"#);
        let body = format!(r#"{{"content":[{block}],"stop_reason":"end_turn"}}"#);
        assert_eq!(plain(Dialect::AnthropicMessages, &body).unwrap().finish, finish, "{more}");
        let start = format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#);
        let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
        assert_eq!(stream(Dialect::AnthropicMessages, &[&start, end]).unwrap().finish, finish, "{more}");
    }
}

#[test]
fn an_answer_without_its_status_ends_as_its_last_event_says() {
    let item = r#"{"type":"response.output_item.done","item":{"type":"message","content":[{"type":"output_text","text":"hi"}]}}"#;
    let end = |name: &str| format!(r#"{{"type":"response.{name}","response":{{"id":"r","output":[]}}}}"#);
    let response = stream(Dialect::OpenAiResponses, &[item, &end("completed")]).unwrap();
    assert_eq!((response.text().as_str(), response.finish), ("hi", FinishReason::Stop));
    let error = stream(Dialect::OpenAiResponses, &[item, &end("failed")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

/// Gemini's way to break off, which Google's own client for JavaScript reads.
#[test]
fn an_error_outside_of_the_events_is_one() {
    let full = r#"{"error":{"code":503,"message":"full","status":"UNAVAILABLE"}}"#;
    let pretty = "{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"slow\",\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n";
    let listed = format!("[{full}\n]");
    let part = r#"data: {"candidates":[{"content":{"parts":[{"text":"hi"}]}}]}"#;
    let last = r#"data: {"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}"#;
    for (error, kind) in
        [(full, ErrorKind::Unavailable), (pretty, ErrorKind::RateLimited), (&listed, ErrorKind::Unavailable)]
    {
        for before in ["", &format!("{part}\n\n"), &format!("{last}\n\n")] {
            let told = streamed("gemini", &ask(), &format!("{before}{error}")).unwrap_err();
            assert_eq!((told.kind(), told.message().len()), (kind, 4), "{before}{error}");
        }
    }
    let other = format!("future: 1\n{last}\n\n{{}}\n");
    assert_eq!(streamed("gemini", &ask(), &other).unwrap().text(), "hi");
}

/// Gateways and local servers that stream nothing, whatever they were asked and however they call it.
#[test]
fn an_answer_in_place_of_events_is_read_whole() {
    for (dialect, body) in [
        (Dialect::OpenAiChat, r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#),
        (
            Dialect::OpenAiResponses,
            r#"{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hi"}]}]}"#,
        ),
        (Dialect::AnthropicMessages, r#"{"content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#),
        (
            Dialect::GeminiGenerate,
            r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}"#,
        ),
        (
            Dialect::GeminiGenerate,
            r#"[{"candidates":[{"content":{"parts":[{"text":"h"}]}}]},{"candidates":[{"content":{"parts":[{"text":"i"}]},"finishReason":"STOP"}]}]"#,
        ),
    ] {
        let pretty = serde_json::from_str::<serde_json::Value>(body).unwrap();
        let pretty = format!("{pretty:#}\n");
        for body in [body, pretty.as_str()] {
            let read = told(dialect, body).unwrap();
            assert_eq!((read.text(), read.finish), ("hi".to_owned(), FinishReason::Stop), "{body}");
            assert_eq!(plain(dialect, body).unwrap().text(), "hi");
        }
    }
    // Words are those of a failure where there is no answer (Z.ai, of a wrong URL).
    for dialect in [Dialect::OpenAiChat, Dialect::AnthropicMessages, Dialect::GeminiGenerate] {
        for failure in
            [r#"{"code":500,"msg":"no","success":false}"#, r#"{"message":"no"}"#, r#"{"detail":"no"}"#]
        {
            for read in [plain(dialect, failure), told(dialect, failure)] {
                let error = read.unwrap_err();
                assert_eq!(
                    (error.kind(), error.message()),
                    (ErrorKind::Unavailable, "no"),
                    "{dialect} {failure}"
                );
            }
        }
        let nothing = plain(dialect, r#"{"id":"1","usage":null}"#).unwrap_err();
        assert!(nothing.message().starts_with("expected c") && nothing.message().ends_with(", found none"));
    }
    for (failure, kind) in [
        (r#"{"message":"no","code":429}"#, ErrorKind::RateLimited),
        (r#"{"detail":"no"}"#, ErrorKind::Unavailable),
        (
            r#"{"object":"error","message":"no","type":"BadRequestError","code":400}"#,
            ErrorKind::InvalidRequest,
        ),
        (r#"{"base_resp":{"status_code":1008,"status_msg":"no"}}"#, ErrorKind::QuotaExhausted),
        (r#"{"errors":[{"message":"no","code":429}]}"#, ErrorKind::RateLimited),
    ] {
        let error = told(Dialect::OpenAiChat, failure).unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, "no"), "{failure}");
    }
    // Neither what is cut off nor what is no JSON is an answer.
    for other in [r#"{"choices":[{"message":{"content":"hi"}}"#, "<html></html>", ""] {
        assert_eq!(told(Dialect::OpenAiChat, other).unwrap_err().kind(), ErrorKind::TruncatedStream);
    }
}

#[test]
fn an_error_without_its_object_is_one() {
    // What stands beside the object belongs to it.
    let beside = r#"{"type":"error","error":{"type":"overloaded_error","message":"no"},"request_id":"r"}"#;
    for read in [plain(Dialect::AnthropicMessages, beside), stream(Dialect::AnthropicMessages, &[beside])] {
        assert_eq!(read.unwrap_err().request_id(), Some("r"));
    }
    let bare = r#"{"type":"error","message":"no"}"#;
    for dialect in [Dialect::AnthropicMessages, Dialect::OpenAiResponses] {
        assert_eq!(stream(dialect, &[bare]).unwrap_err().message(), "no", "{dialect}");
    }
}

#[test]
fn content_of_a_kind_to_come_is_told() {
    let response = |part: &str| {
        let body = format!(
            r#"{{"status":"completed","output":[{{"type":"message","content":[{part},{{"type":"output_text","text":"hi"}}]}}]}}"#
        );
        plain(Dialect::OpenAiResponses, &body).unwrap()
    };
    let new = response(r#"{"type":"output_smell","smell":"rose"}"#);
    assert_eq!((new.text().as_str(), new.lossiness.len()), ("hi", 1));
    assert_eq!(response(r#"{"type":"output_text","text":""}"#).lossiness.len(), 0);
}

#[test]
fn words_in_place_of_an_answer_are_a_failure() {
    for failure in
        [r#"{"message":"no"}"#, r#"{"type":"error","message":"no"}"#, r#"{"id":"1","message":"no"}"#]
    {
        for failed in [plain(Dialect::CohereChat, failure), stream(Dialect::CohereChat, &[failure])] {
            let error = failed.unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "no"), "{failure}");
        }
    }
    let gateway = r#"{"error":{"message":"no","code":429}}"#;
    let error = stream(Dialect::OpenAiResponses, &[gateway]).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimited, "no"));
}

#[test]
fn what_is_not_read_of_an_answer_is_told_once() {
    let told = |response: Result<ChatResponse, ProviderError>| {
        let losses = response.unwrap().lossiness;
        losses.into_iter().map(|loss| loss.path).collect::<Vec<_>>()
    };
    let likely = r#""logprobs":{"text":"hi","token_ids":[1],"logprobs":[-0.5]}"#;
    let piece = format!(
        r#"{{"type":"content-delta","index":0,"delta":{{"message":{{"content":{{"text":"hi"}}}}}},{likely}}}"#
    );
    let start = r#"{"type":"content-start","delta":{"message":{"content":{"type":"text","text":""}}}}"#;
    let end = r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#;
    assert_eq!(told(stream(Dialect::CohereChat, &[start, &piece, &piece, end])), ["logprobs"]);
    let candidate = r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP","logprobsResult":{"chosenCandidates":[]}}]}"#;
    assert_eq!(
        told(stream(Dialect::GeminiGenerate, &[candidate, candidate])),
        ["candidates[0].logprobsResult"]
    );
    let container = r#""container":{"id":"c","expires_at":"2026-05-05T21:31:45Z"}"#;
    let whole =
        format!(r#"{{"content":[{{"type":"text","text":"hi"}}],"stop_reason":"end_turn",{container}}}"#);
    assert_eq!(told(plain(Dialect::AnthropicMessages, &whole)), ["container"]);
    let begin = format!(r#"{{"type":"message_start","message":{{"id":"1",{container}}}}}"#);
    let end = format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"end_turn",{container}}}}}"#);
    assert_eq!(told(stream(Dialect::AnthropicMessages, &[&begin, &end])), ["container"]);
    let none = r#"{"type":"message_start","message":{"id":"1","container":null}}"#;
    assert_eq!(told(stream(Dialect::AnthropicMessages, &[none, END])), Vec::<String>::new());
}

#[test]
fn a_line_that_does_not_say_whether_it_is_the_last_is_not() {
    let lines = [r#"{"message":{"content":"hi"},"done":null}"#, r#"{"done":true,"done_reason":"stop"}"#];
    assert_eq!(stream(Dialect::OllamaChat, &lines).unwrap().text(), "hi");
}

#[test]
fn text_that_was_not_announced_is_read_at_cohere_too() {
    let end = r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#;
    let thought = r#"{"type":"content-delta","delta":{"message":{"content":{"thinking":"hm"}}}}"#;
    let text = r#"{"type":"content-delta","delta":{"message":{"content":{"text":"hi"}}}}"#;
    let ended = r#"{"type":"content-end","index":0}"#;
    let response = stream(Dialect::CohereChat, &[thought, thought, ended, text, text, end]).unwrap();
    assert_eq!((response.text().as_str(), response.message.parts.len()), ("hihi", 2));
    let body = r#"{"finish_reason":"COMPLETE","message":{"content":"hi"}}"#;
    assert_eq!(plain(Dialect::CohereChat, body).unwrap().text(), "hi");
}

#[test]
fn a_server_that_always_streams_is_understood() {
    let chat = "data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\n: ping\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"i\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let response = "event: response.output_text.delta\n\
        data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"hi\"}\n\nevent: response.completed\n\
        data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n";
    let candidate = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n";
    for (dialect, body) in [
        (Dialect::OpenAiChat, chat),
        (Dialect::OpenAiResponses, response),
        (Dialect::GeminiGenerate, candidate),
    ] {
        let read = plain(dialect, body).unwrap();
        assert_eq!((read.text(), read.finish), ("hi".to_owned(), FinishReason::Stop), "{body}");
    }
    let (cut, _) = chat.split_once("data: [DONE]").unwrap();
    assert_eq!(plain(Dialect::OpenAiChat, cut).unwrap().text(), "hi", "a reason is an end too");
    let (begun, _) = chat.split_once(": ping").unwrap();
    assert_eq!(plain(Dialect::OpenAiChat, begun).unwrap_err().kind(), ErrorKind::TruncatedStream);
    let waited = format!(":keepalive\n\n{chat}");
    assert_eq!(plain(Dialect::OpenAiChat, &waited).unwrap().text(), "hi");
    let broken = format!("{begun}{{\"error\":{{\"message\":\"no\",\"code\":429}}}}\n");
    assert_eq!(plain(Dialect::OpenAiChat, &broken).unwrap_err().kind(), ErrorKind::RateLimited);
    let failed = "event: error\ndata: {\"error\":{\"message\":\"no\",\"code\":429}}\n\n";
    assert_eq!(plain(Dialect::OpenAiChat, failed).unwrap_err().kind(), ErrorKind::RateLimited);
}
