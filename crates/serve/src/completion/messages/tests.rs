//! Transcripts as clients send them.

use super::*;

fn read(text: &str) -> Result<String, String> {
    let incoming: Vec<Incoming> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let messages = parse(incoming, &Author::default()).map_err(|refusal| refusal.json())?;
    Ok(serde_json::to_string(&messages).unwrap())
}

#[test]
fn a_whole_conversation_is_read() {
    let read = read(
        r#"[{"role": "developer", "content": [{"type": "text", "text": "be "}, {"type": "text", "text": "short"}]},
            {"role": "user", "content": [{"type": "text", "text": "what is this"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}]},
            {"role": "assistant", "content": null, "refusal": null, "tool_calls":
                [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "a cat"}]"#,
    )
    .unwrap();
    for part in ["\"text\":\"be short\"", "\"media_type\":\"image/png\"", "\"name\":\"look\"", "a cat"] {
        assert!(read.contains(part), "{part} is missing: {read}");
    }
}

/// What this server, or OpenAI's, has answered comes back with the next question.
#[test]
fn an_answer_without_a_word_and_a_refusal_are_read() {
    let said = |members: &str| read(&format!(r#"[{{"role": "assistant", {members}}}]"#));
    assert!(said(r#""content": "", "refusal": null"#).unwrap().contains(r#""parts":[]"#));
    assert!(said(r#""content": null, "refusal": "I cannot.""#).unwrap().contains("I cannot."));
    assert!(read(r#"[{"role": "assistant"}]"#).unwrap().contains(r#""parts":[]"#));
    assert!(said(r#""content": null, "refusal": null"#).unwrap().contains(r#""parts":[]"#));
}

#[test]
fn a_result_may_have_pictures() {
    let result = |part: &str| {
        read(&format!(
            r#"[{{"role": "assistant", "tool_calls": [{{"id": "c", "function": {{"name": "f", "arguments": ""}}}}]}},
                {{"role": "tool", "tool_call_id": "c", "content": [{{"type": "text", "text": "seen"}}, {part}]}}]"#
        ))
    };
    let picture = r#"{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}"#;
    let read = result(picture).unwrap();
    assert!(read.contains("seen") && read.contains(r#""data":"AAAA""#), "{read}");
    let elsewhere = r#"{"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}"#;
    assert!(result(elsewhere).unwrap_err().contains("image_url with a data: URL"));
}

#[test]
fn sound_may_come_as_an_url() {
    for (format, data) in [("mp3", "AAAA"), ("mpeg", "data:audio/mpeg;base64,AAAA")] {
        let part = format!(
            r#"{{"type": "input_audio", "input_audio": {{"data": "{data}", "format": "{format}"}}}}"#
        );
        let read = read(&format!(r#"[{{"role": "user", "content": [{part}]}}]"#)).unwrap();
        assert!(read.contains(r#""media_type":"audio/mpeg""#) && read.contains(r#""data":"AAAA""#), "{read}");
    }
}

#[test]
fn a_result_is_of_the_last_call_with_its_id() {
    let call = |name: &str| {
        format!(
            r#"{{"role": "assistant", "tool_calls":
                [{{"id": "c1", "function": {{"name": "{name}", "arguments": "{{}}"}}}}]}}"#
        )
    };
    let result = r#"{"role": "tool", "tool_call_id": "c1", "content": "a cat"}"#;
    let read = read(&format!("[{}, {}, {result}]", call("first"), call("last"))).unwrap();
    assert_eq!((read.matches("first").count(), read.matches("last").count()), (1, 2), "{read}");
}

#[test]
fn what_cannot_be_read_is_named_by_place() {
    for (messages, says) in [
        (r#"[{"role": "user"}]"#, "messages[0]"),
        (r#"[{"role": "tool", "tool_call_id": "x", "content": "a"}]"#, "no tool call before"),
        (r#"[{"role": "wizard", "content": "a"}]"#, "unknown variant"),
        (
            r#"[{"role": "user", "content": [{"type": "video_url"}]}]"#,
            "unknown variant `video_url`, expected one of `text`",
        ),
        (
            r#"[{"role": "user", "content": [{"type": "image_url", "image_url": "a"}]}]"#,
            "expected an object with url",
        ),
        (r#"[{"role": "user", "content": 5}]"#, "expected a string"),
        (
            r#"[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]"#,
            "data: URL",
        ),
    ] {
        let said = read(messages).unwrap_err();
        assert!(said.contains(says), "{said}");
    }
}
