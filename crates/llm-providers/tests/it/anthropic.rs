//! Anthropic messages: golden bytes and the corner cases.

mod texts;

use serde_json::json;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, ErrorKind, FinishReason, Media, Message,
    Opaque, Part, ToolChoice,
};
use toolgate_tool_types::{Content, ToolResult};

use crate::sample::{
    asks, assert_golden, call, conversation, decode, encode, encoded, losses, reasoning, streamed, text,
    tool, user,
};

const MODEL: &str = "claude-sonnet-4-5";

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

fn answer(content: &str, stop_reason: &str) -> String {
    format!(
        r#"{{"id":"msg","model":"m","content":[{content}],"stop_reason":"{stop_reason}","usage":{{"input_tokens":3,"cache_read_input_tokens":40,"cache_creation_input_tokens":500,"output_tokens":7}}}}"#
    )
}

#[test]
fn the_conversation_in_golden_bytes() {
    let encoded = assert_golden("anthropic", MODEL, include_str!("golden/anthropic.json"));
    assert_eq!(losses(&encoded), ["options.top_p", "messages[6]", "options.seed"]);
}

#[test]
fn a_limit_is_always_sent() {
    assert_eq!(encoded("anthropic", MODEL, &ask())["max_tokens"], 4096);
}

#[test]
fn choices_and_one_call_at_a_time() {
    let tools = vec![tool("t", "{}")];
    let choose = |choice: Option<ToolChoice>, parallel: bool| {
        let mut request = ask().with_tools(tools.clone());
        request.tool_choice = choice;
        request.options = ChatOptions::default().with_parallel_tool_calls(parallel);
        encoded("anthropic", MODEL, &request)["tool_choice"].clone()
    };
    assert_eq!(choose(None, true), json!(null));
    assert_eq!(choose(None, false), json!({"type": "auto", "disable_parallel_tool_use": true}));
    assert_eq!(choose(Some(ToolChoice::Required), true), json!({"type": "any"}));
    assert_eq!(choose(Some(ToolChoice::None), false), json!({"type": "none"}));
}

#[test]
fn roles_in_sequence_become_one_turn() {
    let request = ChatRequest::new(vec![
        Message::user("a"),
        Message::user("b"),
        Message::assistant("c"),
        Message::assistant("d "),
    ]);
    let encoded = encode("anthropic", MODEL, &request).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
    assert_eq!(body["messages"][1]["content"][1]["text"], "d");
    assert_eq!(losses(&encoded), ["messages"]);
}

#[test]
fn blank_text_is_left_out_and_said() {
    let request = ChatRequest::new(vec![Message::user(" \n"), Message::user("u")])
        .with_options(ChatOptions::default().with_stop([" ", "END"]));
    let encoded = encode("anthropic", MODEL, &request).unwrap();
    assert_eq!(losses(&encoded), ["messages[0].content[0]", "options.stop[0]"]);
    let nothing =
        encode("anthropic", MODEL, &ChatRequest::new(vec![Message::system("s"), Message::user("")]));
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn results_keep_their_failure_and_media() {
    let call = call("functions.t:0", "t", "{}");
    let picture = Content::Image { data: "AA==".into(), mime_type: "image/png".into() };
    let sound = Content::Audio { data: "AA==".into(), mime_type: "audio/wav".into() };
    let result = ToolResult::new(vec![picture, sound]).with_is_error(true);
    let request = ChatRequest::new(vec![asks(&[&call]), Message::tool_result(&call, result)]);
    let encoded = encode("anthropic", MODEL, &request).unwrap();
    assert_eq!(losses(&encoded), ["messages[1]"]);
    let body: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    let (used, answered) = (&body["messages"][0]["content"][0], &body["messages"][1]["content"][0]);
    assert_eq!(used["id"], answered["tool_use_id"]);
    assert!(used["id"].as_str().unwrap().starts_with("functions_t_0_"));
    assert_eq!((&answered["is_error"], &answered["content"][0]["text"]), (&json!(null), &json!("Error:")));
    assert_eq!(answered["content"][1]["source"]["media_type"], "image/png");
    assert_eq!(answered["content"][2]["text"], "[audio/wav left out: it cannot be shown to this model]");
}

#[test]
fn malformed_arguments_are_shown_not_repaired() {
    let call = call("c", "t", r#"{"path":"/tm"#);
    let request =
        ChatRequest::new(vec![asks(&[&call]), Message::tool_result(&call, ToolResult::error("not JSON"))]);
    let body = encoded("anthropic", MODEL, &request);
    assert_eq!(body["messages"][0]["content"][0]["input"], json!({"unparsed_arguments": "{\"path\":\"/tm"}));
    assert_eq!(
        encode("anthropic", MODEL, &request.with_strict(true)).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn signed_reasoning_goes_home_and_nowhere_else() {
    let body = answer(
        r#"{"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"redacted_thinking","data":"EtUF"},
           {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"q":1.10}},
           {"type":"text","text":"a"},{"type":"tool_use","id":"toolu_1","name":"t","input":{"n":1.10}}"#,
        "tool_use",
    );
    let response = decode("anthropic", &ask(), &body).unwrap();
    let call = response.tool_calls().next().unwrap().clone();
    let result = Message::tool_result(&call, ToolResult::text("ok"));
    let request = ChatRequest::new(vec![Message::user("u"), response.message.into(), result]);
    let home = encode("anthropic", MODEL, &request).unwrap();
    assert!(home.lossiness.is_empty());
    let sent = String::from_utf8(home.body.to_vec()).unwrap();
    assert!(sent.contains(r#"{"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"redacted_thinking","data":"EtUF"},{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"q":1.10}}"#), "{sent}");
    for (id, lost) in [("openai", 3), ("gemini", 3)] {
        let elsewhere = encode(id, "m", &request).unwrap();
        let sent = String::from_utf8_lossy(&elsewhere.body).into_owned();
        assert_eq!(elsewhere.lossiness.len(), lost, "{id}");
        assert!(!sent.contains("EqQB") && !sent.contains("hm") && sent.contains("toolu_1"), "{id}: {sent}");
    }
    let unsigned = vec![
        reasoning("anthropic", "hm", None),
        reasoning("anthropic", "", Some(Opaque::Details("[]".into()))),
    ];
    let unsigned = ChatRequest::new(vec![AssistantMessage::new([unsigned, vec![text("a")]].concat()).into()]);
    assert_eq!(encode("anthropic", MODEL, &unsigned).unwrap().lossiness.len(), 2);
}

/// DeepSeek and Moonshot refuse a conversation whose calls come without their thinking; not all of their models sign it.
#[test]
fn unsigned_reasoning_goes_back_to_those_who_want_it() {
    let body = answer(
        r#"{"type":"thinking","thinking":"hm","signature":""},{"type":"tool_use","id":"t1","name":"t","input":{}}"#,
        "tool_use",
    );
    for id in ["deepseek_anthropic", "moonshot_anthropic", "zai_anthropic"] {
        let response = decode(id, &ask(), &body).unwrap();
        let call = response.tool_calls().next().unwrap().clone();
        let result = Message::tool_result(&call, ToolResult::text("ok"));
        let request = ChatRequest::new(vec![response.message.into(), result]);
        let sent = &encoded(id, "m", &request)["messages"][0]["content"][0];
        assert_eq!(*sent, json!({"type": "thinking", "thinking": "hm", "signature": ""}), "{id}");
        assert_eq!(encode("anthropic", MODEL, &request).unwrap().lossiness.len(), 1);
    }
}

#[test]
fn stop_reasons_keep_their_meaning() {
    for (raw, finish) in [
        ("end_turn", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("pause_turn", FinishReason::Pause),
        ("refusal", FinishReason::Refusal),
        ("sensitive", FinishReason::ContentFilter),
        ("compaction", FinishReason::Pause),
        ("of_its_own", FinishReason::Other("of_its_own".into())),
    ] {
        assert_eq!(decode("anthropic", &ask(), &answer("", raw)).unwrap().finish, finish);
    }
}

/// "Streaming refusals": `stop_details` stands beside the reason, in a stream's `message_delta` too.
#[test]
fn a_refusal_says_what_was_refused() {
    let told = |details: &str| {
        let whole = format!(r#"{{"content":[],"stop_reason":"refusal","stop_details":{details}}}"#);
        let delta = format!(
            r#"data: {{"type":"message_delta","delta":{{"stop_reason":"refusal","stop_details":{details}}}}}"#
        );
        let end = r#"data: {"type":"message_stop"}"#;
        let whole = decode("anthropic", &ask(), &whole).unwrap();
        let pieces = streamed("anthropic", &ask(), &format!("{delta}\n\n{end}\n\n")).unwrap();
        assert_eq!((&whole.finish, &whole.finish_message), (&pieces.finish, &pieces.finish_message));
        whole.finish_message.to_string()
    };
    let both = r#"{"type":"refusal","category":"cyber","explanation":"It could do harm."}"#;
    assert_eq!(told(both), "cyber: It could do harm.");
    assert_eq!(told(r#"{"type":"refusal","category":"bio","explanation":null}"#), "bio");
    assert_eq!(told(r#"{"type":"refusal","category":null,"explanation":"No."}"#), "No.");
    for nothing in ["null", r#"{"type":"refusal"}"#, r#""odd""#] {
        assert_eq!(told(nothing), "");
    }
}

#[test]
fn cached_tokens_are_part_of_the_input() {
    let usage = decode("anthropic", &ask(), &answer("", "end_turn")).unwrap().usage;
    assert_eq!((usage.input, usage.cache_read, usage.cache_write), (Some(543), Some(40), Some(500)));
    assert_eq!((usage.output, usage.reasoning, usage.total()), (Some(7), None, Some(550)));
}

/// Captured from Alibaba, Moonshot, MiniMax and Anthropic: what a stream begins with may count cached tokens as fresh ones.
#[test]
fn cached_tokens_of_a_stream_are_counted_once() {
    for (start, end, input, read) in [
        (r#""input_tokens":8834"#, r#""input_tokens":18,"cache_read_input_tokens":8831"#, 8849, 8831),
        (
            r#""input_tokens":500,"cache_read_input_tokens":0"#,
            r#""input_tokens":0,"cache_read_input_tokens":500"#,
            500,
            500,
        ),
        (r#""input_tokens":0"#, r#""input_tokens":1,"cache_read_input_tokens":8990"#, 8991, 8990),
        (r#""input_tokens":18,"cache_read_input_tokens":8831"#, r#""output_tokens":426"#, 8849, 8831),
        (
            r#""input_tokens":18,"cache_read_input_tokens":8831"#,
            r#""input_tokens":0,"cache_read_input_tokens":0"#,
            8849,
            8831,
        ),
    ] {
        let body = format!(
            "data: {{\"type\":\"message_start\",\"message\":{{\"usage\":{{{start}}}}}}}\n\n\
             data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"end_turn\"}},\"usage\":{{{end}}}}}\n\n\
             data: {{\"type\":\"message_stop\"}}\n\n"
        );
        let usage = streamed("anthropic", &ask(), &body).unwrap().usage;
        assert_eq!((usage.input, usage.cache_read), (Some(input), Some(read)), "{start}, {end}");
    }
}

#[test]
fn what_a_compaction_and_an_adviser_took_is_counted_too() {
    let runs = r#""usage":{"iterations":[
        {"type":"compaction","input_tokens":1000,"output_tokens":20,"cache_read_input_tokens":3},
        {"type":"advisor_message","model":"other","input_tokens":4000,"output_tokens":50},
        {"type":"message","input_tokens":3,"output_tokens":7}],"#;
    let body = answer("", "end_turn").replace(r#""usage":{"#, runs);
    let usage = decode("anthropic", &ask(), &body).unwrap().usage;
    assert_eq!((usage.input, usage.cache_read, usage.cache_write), (Some(5546), Some(43), Some(500)));
    assert_eq!(usage.output, Some(77));
    let body = answer("", "end_turn").replace(r#""usage":{"#, r#""usage":{"iterations":"none","#);
    assert_eq!(decode("anthropic", &ask(), &body).unwrap().usage.total(), Some(550));
}

#[test]
fn a_file_that_is_no_pdf_is_refused_not_dropped() {
    let inline = |media_type: &str| Media::Inline { media_type: media_type.into(), data: "AA==".into() };
    let with = |media| ChatRequest::new(vec![user(vec![Part::File { name: "a".into(), media }])]);
    let body = encoded("anthropic", MODEL, &with(inline("application/pdf")));
    assert_eq!(body["messages"][0]["content"][0]["type"], "document");
    assert!(encode("anthropic", MODEL, &with(inline("application/zip"))).is_err());
}

#[test]
fn a_schema_without_type_is_completed() {
    let body = encoded("anthropic", MODEL, &conversation().with_tools(vec![tool("3d_print", "{}")]));
    assert_eq!(body["tools"][0]["input_schema"], json!({"type": "object", "properties": {}}));
}

/// What servers of other models send under the index of a block that takes no such piece (LiteLLM, SGLang, Ollama).
#[test]
fn a_piece_of_another_kind_is_a_block_of_its_own() {
    let start = |kind: &str| {
        let block = match kind {
            "text" => r#"{"type":"text","text":""}"#,
            "thinking" => r#"{"type":"thinking","thinking":""}"#,
            _ => r#"{"type":"tool_use","id":"t","name":"f","input":{}}"#,
        };
        format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#)
    };
    let piece = |kind: &str, name: &str, words: &str| {
        let words = serde_json::Value::from(words);
        format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"{kind}","{name}":{words}}}}}"#)
    };
    let text = |words: &str| piece("text_delta", "text", words);
    let thought = |words: &str| piece("thinking_delta", "thinking", words);
    let sealed = piece("signature_delta", "signature", "s");
    let input = |words: &str| piece("input_json_delta", "partial_json", words);
    let stop = || r#"{"type":"content_block_stop","index":0}"#.to_owned();
    let read = |events: Vec<String>| {
        let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#.to_owned();
        let events = events.into_iter().chain([end, r#"{"type":"message_stop"}"#.to_owned()]);
        let body: String = events.map(|event| format!("data: {event}\n\n")).collect();
        streamed("anthropic", &ask(), &body).unwrap().message.parts
    };
    let (hello, hm) = (crate::sample::text("hello"), |seal| reasoning("anthropic", "hm", seal));
    let call = AssistantPart::ToolCall(call("t", "f", "{\"a\":1}"));
    let signed = Some(Opaque::Signature("s".into()));
    for (events, parts) in [
        (
            vec![start("text"), thought("hm"), sealed, text("hel"), text("lo"), stop()],
            [hello.clone(), hm(signed)],
        ),
        (
            vec![start("text"), text("hello"), start("thinking"), thought("hm"), stop()],
            [hello.clone(), hm(None)],
        ),
        (vec![start("thinking"), thought("hm"), text("hello"), stop()], [hm(None), hello.clone()]),
        (
            vec![start("call"), input("{\"a\""), text("hello"), input(":1}"), stop()],
            [call.clone(), hello.clone()],
        ),
        (
            vec![start("text"), text("hello"), stop(), start("call"), input("{\"a\":1}"), stop()],
            [hello, call],
        ),
    ] {
        assert_eq!(read(events.clone()), parts, "{events:?}");
    }
}

/// "content cannot be empty if `is_error` is true", and "all content must be type `text`": what is refused stays in history.
#[test]
fn a_failure_is_marked_beside_text_and_told_beside_pictures() {
    let one = call("c1", "t", "{}");
    let sent = |content: Vec<Content>| {
        let result = Message::tool_result(&one, ToolResult::new(content).with_is_error(true));
        let request = ChatRequest::new(vec![Message::user("u"), asks(&[&one]), result]);
        let result = encoded("anthropic", MODEL, &request)["messages"][2]["content"][0].clone();
        (result["content"].clone(), result["is_error"] == true)
    };
    let picture = Content::Image { data: "AA==".into(), mime_type: "image/png".into() };
    let document = Content::Resource {
        uri: "file:///a.pdf".into(),
        mime_type: Some("application/pdf".into()),
        text: None,
        blob: Some("AA==".into()),
    };
    assert_eq!(sent(vec![Content::text("no")]), (json!([{"type": "text", "text": "no"}]), true));
    let silence = json!([{"type": "text", "text": "Tool t failed without saying why"}]);
    assert_eq!(sent(vec![Content::text(" ")]), (silence, true));
    for shown in [picture, document] {
        let (content, is_marked) = sent(vec![Content::text("no"), shown]);
        assert_eq!((&content[0]["text"], &content[1]["text"]), (&json!("Error:"), &json!("no")));
        assert!(content[2]["source"]["data"] == "AA==" && !is_marked, "{content}");
    }
}

/// "The final block in an assistant message cannot be `thinking`", and no request after it passes.
#[test]
fn an_answer_that_was_all_thought_has_something_behind_it() {
    for opaque in [Opaque::Signature("s".into()), Opaque::Redacted("d".into())] {
        for (id, model) in [("anthropic", MODEL), ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")]
        {
            let thought = || reasoning(id, "hm", Some(opaque.clone()));
            let request = |parts| {
                let answer = AssistantMessage::new(parts).into();
                ChatRequest::new(vec![Message::user("u"), answer, Message::user("v")])
            };
            let sent = encode(id, model, &request(vec![text("a"), thought()])).unwrap();
            let body: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
            let content = body["messages"][1]["content"].as_array().unwrap();
            assert_eq!((content.len(), &content[2]["text"]), (3, &json!(".")), "{id}");
            assert_eq!(losses(&sent), ["messages"], "{id}");
            let followed = encoded(id, model, &request(vec![thought(), text("a")]));
            assert_eq!(followed["messages"][1]["content"].as_array().unwrap().len(), 2, "{id}");
        }
    }
}

/// "`tool_use` ids must be unique": hosts that count the calls of every answer from nought give the same again.
#[test]
fn an_id_that_stands_again_goes_as_another() {
    let one = call("call_0", "t", "{}");
    let result = || Message::tool_result(&one, ToolResult::text("ok"));
    let request =
        ChatRequest::new(vec![Message::user("u"), asks(&[&one]), result(), asks(&[&one]), result()]);
    for (id, model) in [("anthropic", MODEL), ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")] {
        let body = encoded(id, model, &request);
        let ids = |place: &str| body.pointer(place).unwrap().as_str().unwrap().to_owned();
        let (call, result) = match id {
            "bedrock" => ("toolUse/toolUseId", "toolResult/toolUseId"),
            _ => ("id", "tool_use_id"),
        };
        let at = |turn: usize, member: &str| ids(&format!("/messages/{turn}/content/0/{member}"));
        assert_eq!((at(1, call), at(2, result)), ("call_0".to_owned(), "call_0".to_owned()), "{id}");
        assert_eq!((at(3, call), at(4, result)), ("call_0_2".to_owned(), "call_0_2".to_owned()), "{id}");
    }
}
