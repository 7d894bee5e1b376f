//! Answers that come otherwise than their dialect has them: cut by other marks, or in an object of a gateway's own.

use toolgate_llm_providers::{ChatRequest, ErrorKind, FinishReason, Message};

use crate::sample::{decode, streamed};

const HI: &str = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
const THERE: &str = r#"{"choices":[{"index":0,"delta":{"content":" there"}}]}"#;
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("hello")])
}

#[test]
fn chunks_are_read_whatever_stands_between_them() {
    for body in [
        format!("{HI}\n{THERE}\n{STOP}\n"),
        format!("{HI}\r\n\r\n{THERE}\r\n\r\n{STOP}"),
        format!("{HI}\n{THERE}\n{STOP}\ndata: [DONE]\n"),
        format!("data: {HI}\ndata: {THERE}\ndata: {STOP}\ndata: [DONE]\n"),
        format!("data: {HI}\ndata: {THERE}\n\ndata: {STOP}\n\n"),
        format!("data: data: {HI}\n\ndata: data: {THERE}\n\ndata: data: {STOP}\n\ndata: data: [DONE]\n\n"),
    ] {
        // Streamed whether it was asked for or not.
        for read in [streamed("openai", &ask(), &body), decode("openai", &ask(), &body)] {
            let response = read.unwrap_or_else(|error| panic!("{error}: {body}"));
            assert_eq!(
                (response.text().as_str(), response.finish),
                ("hi there", FinishReason::Stop),
                "{body}"
            );
        }
    }
}

#[test]
fn lines_that_break_off_are_no_answer() {
    for body in [
        format!("{HI}\n{THERE}\n"),
        format!("{HI}\n{THERE}\n{}", &STOP[..STOP.len() - 4]),
        format!("data: {HI}\ndata: {THERE}\n"),
        format!("data: {HI}\ndata: {}", &STOP[..STOP.len() - 4]),
    ] {
        assert_eq!(
            streamed("openai", &ask(), &body).unwrap_err().kind(),
            ErrorKind::TruncatedStream,
            "{body}"
        );
    }
    let failure = r#"{"error":{"message":"no","type":"rate_limit_error"}}"#;
    for body in
        [format!("{HI}\n{failure}\n"), format!("{failure}\n"), format!("data: {HI}\ndata: {failure}\n")]
    {
        let error = streamed("openai", &ask(), &body).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimited, "no"), "{body}");
    }
}

#[test]
fn other_dialects_have_lines_and_events_too() {
    let start = r#"{"type":"message_start","message":{"id":"m","content":[]}}"#;
    let text = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#;
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
    let begun = r#"{"message":{"role":"assistant","content":"hi"},"done":false}"#;
    let done = r#"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#;
    for (provider, body) in [
        ("anthropic", format!("{start}\n{text}\n{end}\n{{\"type\":\"message_stop\"}}\n")),
        ("ollama", format!("{begun}\n{done}\n")),
        ("ollama", format!("event: message\ndata: {begun}\n\ndata: {done}\n\n")),
    ] {
        for read in [streamed(provider, &ask(), &body), decode(provider, &ask(), &body)] {
            let response = read.unwrap_or_else(|error| panic!("{error}: {body}"));
            assert_eq!((response.text().as_str(), response.finish), ("hi", FinishReason::Stop), "{body}");
        }
    }
}

#[test]
fn an_answer_is_found_in_a_gateways_own_object() {
    for (provider, answer) in [
        ("openai", r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#),
        ("anthropic", r#"{"content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#),
        ("gemini", r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}"#),
        ("cohere", r#"{"message":{"content":[{"type":"text","text":"hi"}]},"finish_reason":"COMPLETE"}"#),
        (
            "xai_responses",
            r#"{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hi"}]}]}"#,
        ),
    ] {
        for around in [
            r#"{"data":IN}"#,
            r#"{"code":0,"msg":"success","data":IN}"#,
            r#"{"result":IN,"success":true,"errors":[],"messages":[]}"#,
            r#"{"response":IN,"traceId":"t"}"#,
        ] {
            let body = around.replace("IN", answer);
            let whole = decode(provider, &ask(), &body).unwrap_or_else(|error| panic!("{error}: {body}"));
            assert_eq!((whole.text().as_str(), whole.finish), ("hi", FinishReason::Stop), "{body}");
        }
        for around in [
            r#"{"code":500,"msg":"no","data":IN}"#,
            r#"{"success":false,"errors":[{"message":"no"}],"result":IN}"#,
            r#"{"error":{"message":"no"},"response":IN}"#,
        ] {
            let body = around.replace("IN", answer);
            assert!(decode(provider, &ask(), &body).is_err(), "{body}");
        }
    }
    // What is inside says more than what is around it.
    let limited = r#"{"data":{"error":{"message":"no","type":"rate_limit_error"}}}"#;
    assert_eq!(decode("openai", &ask(), limited).unwrap_err().kind(), ErrorKind::RateLimited);
    let refused = r#"{"code":401,"msg":"no key","data":{}}"#;
    assert_eq!(decode("openai", &ask(), refused).unwrap_err().kind(), ErrorKind::Authentication);
}

/// Gemini Code Assist; Cloudflare and others.
#[test]
fn pieces_are_found_in_a_gateways_own_object() {
    let chunk = |inner: &str| format!("data: {{\"code\":0,\"msg\":\"success\",\"data\":{inner}}}\n\n");
    let body = [HI, THERE, THERE, STOP].map(chunk).concat();
    assert_eq!(streamed("openai", &ask(), &body).unwrap().text(), "hi there there");
    let failure = chunk(HI) + &chunk(r#"{"error":{"message":"no","type":"rate_limit_error"}}"#);
    assert_eq!(streamed("openai", &ask(), &failure).unwrap_err().kind(), ErrorKind::RateLimited);
    let said = format!("{}data: {{\"message\":\"no\",\"data\":{{}}}}\n\n", chunk(HI));
    assert_eq!(streamed("openai", &ask(), &said).unwrap_err().message(), "no");
    let piece = |text: &str, more: &str| {
        format!(
            "data: {{\"response\":{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}}{more}}}],\"usageMetadata\":{{\"promptTokenCount\":3}}}},\"traceId\":\"t\"}}\n\n"
        )
    };
    let body = piece("hi", "") + &piece(" there", ",\"finishReason\":\"STOP\"");
    let response = streamed("gemini", &ask(), &body).unwrap();
    assert_eq!((response.text().as_str(), response.usage.input), ("hi there", Some(3)));
    assert_eq!(streamed("gemini", &ask(), &piece("hi", "")).unwrap_err().kind(), ErrorKind::TruncatedStream);
}

/// llama.cpp wrote its errors as a field of their own, and the mark of the end behind them (ggml-org/llama.cpp #16109).
#[test]
fn an_error_beside_the_events_is_one_in_spite_of_the_end() {
    let too_long = r#"{"code":400,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"invalid_request_error"}"#;
    for error in [format!("error: {too_long}"), format!(r#"{{"error":{too_long}}}"#)] {
        for begun in ["", &format!("data: {HI}\n\n")] {
            let body = format!("{begun}{error}\n\ndata: [DONE]\n\n");
            let kind = streamed("openai", &ask(), &body).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::ContextLength, "{body}");
        }
    }
}

/// A picture is one line of some megabytes.
#[test]
fn a_line_may_be_as_long_as_a_picture() {
    let text = "x".repeat(6 << 20);
    let body = format!(
        "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}},\"finishReason\":\"STOP\"}}]}}\n\n"
    );
    assert_eq!(streamed("gemini", &ask(), &body).unwrap().text().len(), 6 << 20);
}
