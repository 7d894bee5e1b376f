//! What single hosts of chat completions add to an answer: kept where it can be shown or has to go back, told where not,
//! and the same whether the answer comes whole or in pieces.

use toolgate_llm_providers::{
    AssistantPart, ChatOptions, ChatResponse, Dialect, ErrorKind, Message, Opaque, Provider, RenderedTools,
};
use toolgate_tool_types::{JsonObject, ToolResult};

use super::ask;
use crate::sample::{decode, encoded, streamed};

/// The answer of `message`, which was read whole and as the delta of a stream.
fn both(id: &str, message: &str) -> ChatResponse {
    let whole = format!(r#"{{"choices":[{{"message":{message},"finish_reason":"stop"}}]}}"#);
    let whole = decode(id, &ask(), &whole).unwrap();
    let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let chunk = format!(r#"{{"choices":[{{"index":0,"delta":{message}}}]}}"#);
    let pieces = streamed(id, &ask(), &format!("data: {chunk}\n\ndata: {stop}\n\n")).unwrap();
    assert_eq!((&whole.message, &whole.finish), (&pieces.message, &pieces.finish));
    assert_eq!(whole.lossiness, pieces.lossiness);
    whole
}

/// The assistant's message in the next request to `id`.
fn replayed(id: &str, response: &ChatResponse) -> serde_json::Value {
    let mut request = ask();
    let results: Vec<Message> =
        response.tool_calls().map(|call| Message::tool_result(call, ToolResult::text("ok"))).collect();
    request.messages.push(response.message.clone().into());
    request.messages.extend(results);
    encoded(id, "m", &request)["messages"][1].clone()
}

fn seals(response: &ChatResponse) -> Vec<&Opaque> {
    let parts = response.message.parts.iter();
    parts
        .filter_map(|part| match part {
            AssistantPart::Reasoning(reasoning) => reasoning.opaque.as_ref(),
            _ => None,
        })
        .collect()
}

fn reasoning(response: &ChatResponse) -> String {
    let parts = response.message.parts.iter();
    parts
        .filter_map(|part| match part {
            AssistantPart::Reasoning(reasoning) => Some(&*reasoning.text),
            _ => None,
        })
        .collect()
}

fn sources(response: &ChatResponse) -> Vec<(&str, &str, &str)> {
    let parts = response.message.parts.iter();
    parts
        .filter_map(|part| match part {
            AssistantPart::Citation(source) => Some((&*source.title, &*source.url, &*source.quote)),
            _ => None,
        })
        .collect()
}

const CALL: &str = r#"{"id":"1","function":{"name":"t","arguments":"{}"}}"#;

/// GitHub Copilot: without it, the turn after a call is refused.
#[test]
fn encrypted_reasoning_goes_back_to_its_own_host() {
    let thought = r#""reasoning_text":"hm","reasoning_opaque":"b3BhcXVl""#;
    let response = both("openai", &format!(r#"{{"content":null,{thought},"tool_calls":[{CALL}]}}"#));
    assert_eq!(seals(&response), [&Opaque::Redacted("b3BhcXVl".into())]);
    let sent = replayed("openai", &response);
    assert_eq!((&sent["reasoning_text"], &sent["reasoning_opaque"]), (&"hm".into(), &"b3BhcXVl".into()));
    let elsewhere = replayed("groq", &response);
    assert!(!elsewhere.to_string().contains("b3BhcXVl"), "{elsewhere}");
    // It stands alone where the host shows nothing.
    let silent = both("openai", &format!(r#"{{"reasoning_opaque":"b3BhcXVl","tool_calls":[{CALL}]}}"#));
    let sent = replayed("openai", &silent);
    assert_eq!((sent.get("reasoning_text"), &sent["reasoning_opaque"]), (None, &"b3BhcXVl".into()));
    for nothing in ["null", r#""""#, "{}"] {
        let response = both("openai", &format!(r#"{{"content":"hi","reasoning_opaque":{nothing}}}"#));
        assert_eq!(response.message.parts.len(), 1, "{nothing}");
    }
}

#[test]
fn a_signature_is_kept_beside_details_that_lack_it() {
    let signed = r#"{"id":"1","function":{"name":"t","arguments":"{}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}"#;
    let message = |data: &str| {
        let details = format!(r#"[{{"type":"reasoning.encrypted","data":"{data}"}}]"#);
        format!(r#"{{"reasoning":"hm","reasoning_details":{details},"tool_calls":[{signed}]}}"#)
    };
    for id in ["openai", "openrouter"] {
        let response = both(id, &message("ZGF0YQ"));
        assert_eq!(seals(&response).len(), 2, "{id}");
        let sent = replayed(id, &response);
        assert_eq!(sent["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "c2ln", "{sent}");
    }
    assert_eq!(
        replayed("openrouter", &both("openrouter", &message("ZGF0YQ")))["reasoning_details"][0]["data"],
        "ZGF0YQ"
    );
    // Said twice, it goes back once where details do, and with the call where they do not.
    assert_eq!(seals(&both("openrouter", &message("c2ln"))).len(), 1);
    assert_eq!(seals(&both("openai", &message("c2ln"))).len(), 2);
}

/// Venice's `thought_signature` (its API's schema of an assistant's message; calls have it too).
#[test]
fn a_signature_goes_back_to_the_place_that_its_host_has_for_it() {
    let signed = r#"{"id":"1","function":{"name":"t","arguments":"{}"},"thought_signature":"c2ln"}"#;
    let other = r#"{"id":"2","function":{"name":"t","arguments":"{}"}}"#;
    let response =
        both("veniceai", &format!(r#"{{"reasoning_content":"hm","tool_calls":[{signed},{other}]}}"#));
    let sent = replayed("veniceai", &response);
    assert_eq!(sent["tool_calls"][0]["thought_signature"], "c2ln", "{sent}");
    assert!(
        !sent.to_string().contains("extra_content")
            && sent["tool_calls"][1].get("thought_signature").is_none()
    );
    let response = both("veniceai", r#"{"content":"hi","thought_signature":"c2ln"}"#);
    assert_eq!(replayed("veniceai", &response)["thought_signature"], "c2ln");
    // Elsewhere Gemini's own place is the one.
    let sent = replayed("openai", &both("openai", &format!(r#"{{"tool_calls":[{signed}]}}"#)));
    assert_eq!(sent["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "c2ln", "{sent}");
}

#[test]
fn encrypted_reasoning_is_not_shown_as_reasoning() {
    let details = r#"[{"type":"reasoning.encrypted","data":"b3BhcXVl"}]"#;
    let end = format!(r#""reasoning_encrypted":true,"reasoning_details":{details}"#);
    let whole =
        format!(r#"{{"content":"hi","reasoning_content":"hm\n\n__ENCRYPTED_REASONING__b3BhcXVl",{end}}}"#);
    let response = both("veniceai", &whole);
    let pieces = [
        r#"{"reasoning_content":"hm"}"#,
        &format!(r#"{{"reasoning_content":"\n\n__ENCRYPTED_REASONING__b3BhcXVl",{end}}}"#),
        r#"{"content":"hi"}"#,
    ];
    let chunk = |delta: &str| format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
    let body = pieces.map(chunk).concat() + "data: [DONE]\n\n";
    assert_eq!(streamed("veniceai", &ask(), &body).unwrap().message, response.message);
    assert_eq!(reasoning(&response), "hm");
    assert_eq!(replayed("veniceai", &response)["reasoning_details"][0]["data"], "b3BhcXVl");
}

#[test]
fn details_show_the_reasoning_where_nothing_else_does() {
    let details = r#"[{"type":"reasoning.summary","summary":"so ","index":0},{"type":"reasoning.text","text":"hm","index":1}]"#;
    let response = both("openrouter", &format!(r#"{{"content":"hi","reasoning_details":{details}}}"#));
    assert_eq!((reasoning(&response).as_str(), seals(&response).len()), ("so hm", 1));
    let response = both("openrouter", &format!(r#"{{"reasoning":"hm","reasoning_details":{details}}}"#));
    assert_eq!((reasoning(&response).as_str(), seals(&response).len()), ("hm", 1));
    for id in ["openrouter", "veniceai", "vercel_ai_gateway"] {
        let response = both(id, &format!(r#"{{"reasoning_details":{details},"tool_calls":[{CALL}]}}"#));
        assert_eq!(replayed(id, &response)["reasoning_details"][1]["text"], "hm", "{id}");
    }
}

#[test]
fn the_signature_of_an_answer_without_calls_goes_back_with_it() {
    let extra = r#""extra_content":{"google":{"thought_signature":"c2ln"}}"#;
    let response = both("openai", &format!(r#"{{"content":"hi",{extra}}}"#));
    let sent = replayed("openai", &response);
    assert_eq!(sent["extra_content"]["google"]["thought_signature"], "c2ln", "{sent}");
    assert!(replayed("groq", &response).get("extra_content").is_none());
    // A call has one of its own, or none.
    assert_eq!(seals(&both("openai", &format!(r#"{{{extra},"tool_calls":[{CALL}]}}"#))).len(), 0);
}

#[test]
fn what_a_hosts_own_search_found_is_a_source() {
    let graph = r#"{"status":"finished","sources":[{"file_id":"f1","snippet":"words"}],"subqueries":[{"query":"q","answer":"a","sources":[]}]}"#;
    let response = both("writer", &format!(r#"{{"content":"hi","graph_data":{graph}}}"#));
    assert_eq!(sources(&response), [("", "", "words")]);
    assert_eq!(response.lossiness[0].path, "choices[0].message.graph_data.subqueries");
    let web = r#"{"search_query":"q","sources":[{"url":"https://a.example","raw_content":"words"}]}"#;
    let response = both("writer", &format!(r#"{{"content":"hi","web_search_data":{web}}}"#));
    assert_eq!(sources(&response), [("", "https://a.example", "words")]);
    let nothing = r#"{"sources":null,"status":null,"subqueries":null}"#;
    let response =
        both("writer", &format!(r#"{{"content":"hi","graph_data":{nothing},"web_search_data":null}}"#));
    assert_eq!((response.message.parts.len(), response.lossiness.len()), (1, 0));
    let zhipu = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"web_search":[{"refer":"ref_1","title":"t","link":"https://a.example","content":"words","media":"m"}]}"#;
    assert_eq!(sources(&decode("zai", &ask(), zhipu).unwrap()), [("t", "https://a.example", "words")]);
    let xiaomi = r#"{"content":"hi","annotations":[{"type":"url_citation","url":"https://a.example","title":"t","summary":"words"}]}"#;
    assert_eq!(sources(&both("openai", xiaomi)), [("t", "https://a.example", "words")]);
    let databricks = both(
        "databricks",
        r#"{"content":[{"type":"text","text":"hi","citations":[{"type":"char_location","cited_text":"words","document_title":"t"}]}]}"#,
    );
    assert_eq!((databricks.text().as_str(), sources(&databricks)), ("hi", vec![("t", "", "words")]));
    let venice = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"venice_parameters":{"web_search_citations":[{"title":"t","url":"https://a.example","content":"words"}]}}"#;
    assert_eq!(sources(&decode("veniceai", &ask(), venice).unwrap()), [("t", "https://a.example", "words")]);
}

/// LiteLLM's copy of what Claude signs, and what Databricks has of it.
#[test]
fn signed_reasoning_without_a_way_back_is_told() {
    let block = r#"[{"type":"thinking","thinking":"hm","signature":"c2ln"}]"#;
    let response =
        both("litellm_proxy", &format!(r#"{{"reasoning_content":"hm","thinking_blocks":{block}}}"#));
    assert_eq!(response.lossiness[0].path, "choices[0].message.thinking_blocks");
    let response = both("litellm_proxy", r#"{"content":"hi","thinking_blocks":[]}"#);
    assert_eq!(response.lossiness.len(), 0);
    let piece = r#"{"type":"summary_text","text":"hm","signature":"c2ln"}"#;
    let parts = format!(r#"[{{"type":"reasoning","summary":[{piece}]}},{{"type":"text","text":"hi"}}]"#);
    let response = both("databricks", &format!(r#"{{"content":{parts}}}"#));
    assert_eq!((reasoning(&response), response.text()), ("hm".to_owned(), "hi".to_owned()));
    assert_eq!(response.lossiness[0].path, "choices[0].message.content");
}

#[test]
fn pictures_that_a_search_found_are_kept_once() {
    let image =
        r#"{"image_url":"https://a.example/1.png","origin_url":"https://a.example","height":1,"width":1}"#;
    let beside = format!(r#""images":[{image}],"related_questions":["why?"]"#);
    let chunk = |finish: &str| {
        format!(
            r#"data: {{"choices":[{{"index":0,"delta":{{"content":"hi"}},"finish_reason":{finish}}}],{beside}}}"#
        )
    };
    let events = format!("{}\n\n{}\n\n", chunk("null"), chunk(r#""stop""#));
    let response = streamed("perplexity", &ask(), &events).unwrap();
    match &response.message.parts[..] {
        [AssistantPart::Text { .. }, AssistantPart::Native(native)] => assert_eq!(&*native.block, image),
        other => panic!("{other:?}"),
    }
    assert_eq!(response.lossiness.len(), 1);
}

#[test]
fn writers_details_of_usage_are_read() {
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"prompt_token_details":{"cached_tokens":3},"completion_token_details":{"reasoning_tokens":2},"completion_tokens_details":null}}"#;
    let usage = decode("writer", &ask(), body).unwrap().usage;
    assert_eq!((usage.cache_read, usage.reasoning), (Some(3), Some(2)));
}

/// MiniMax API, "Error Codes": all with status 200.
#[test]
fn minimax_tells_of_failures_beside_the_answer() {
    for (code, kind) in [
        (1000, ErrorKind::Unavailable),
        (1001, ErrorKind::Timeout),
        (1002, ErrorKind::RateLimited),
        (1004, ErrorKind::Authentication),
        (1008, ErrorKind::QuotaExhausted),
        (1024, ErrorKind::Unavailable),
        (1026, ErrorKind::ContentPolicy),
        (1027, ErrorKind::ContentPolicy),
        (1033, ErrorKind::Unavailable),
        (1039, ErrorKind::RateLimited),
        (2013, ErrorKind::InvalidRequest),
        (2049, ErrorKind::Authentication),
        (9999, ErrorKind::Unavailable),
    ] {
        for choices in ["null", "[]"] {
            let body = format!(
                r#"{{"id":"1","choices":{choices},"base_resp":{{"status_code":{code},"status_msg":"no"}}}}"#
            );
            let hi = r#"data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
            let events = format!("{hi}\n\ndata: {body}\n\n");
            for failed in [decode("minimax", &ask(), &body), streamed("minimax", &ask(), &events)] {
                let error = failed.unwrap_err();
                assert_eq!((error.kind(), error.message()), (kind, "no"), "{code}");
            }
        }
    }
    let well = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"base_resp":{"status_code":0,"status_msg":""}}"#;
    assert_eq!(decode("minimax", &ask(), well).unwrap().text(), "hi");
}

/// The codes are MiniMax's alone: elsewhere the number in an error is not one of them.
/// MiniMax API, "Compatible OpenAI API": reasoning that is split off, whose pieces repeat what came before at some models.
#[test]
fn minimax_is_told_to_keep_reasoning_out_of_the_text() {
    let detail = |text: &str| {
        format!(
            r#"{{"type":"reasoning.text","id":"reasoning-text-1","format":"MiniMax-response-v1","index":0,"text":"{text}"}}"#
        )
    };
    let delta = |member: &str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{{member}}}}}]}}\n\n");
    let whole = detail("first, then");
    let end = format!(
        r#"data: {{"object":"chat.completion","choices":[{{"index":0,"finish_reason":"stop","message":{{"content":"hi","reasoning_details":[{whole}]}}}}]}}"#
    );
    for pieces in [["first", ", then"], ["first", "first, then"]] {
        let details =
            pieces.map(|text| delta(&format!(r#""reasoning_details":[{}]"#, detail(text)))).concat();
        let events = format!("{details}{}{end}\n\n", delta(r#""content":"hi""#));
        let response = streamed("minimax", &ask(), &events).unwrap();
        assert_eq!((reasoning(&response).as_str(), response.text().as_str()), ("first, then", "hi"));
        let sent = replayed("minimax", &response);
        assert_eq!(
            sent["reasoning_details"],
            serde_json::json!([serde_json::from_str::<serde_json::Value>(&whole).unwrap()])
        );
    }
    assert_eq!(encoded("minimax", "m", &ask())["reasoning_split"], true);
    let extra = JsonObject::parse(r#"{"reasoning_split":false}"#).unwrap();
    let request = ask().with_options(ChatOptions::default().with_extra("minimax", extra));
    assert_eq!(encoded("minimax", "m", &request)["reasoning_split"], false);
    assert_eq!(encoded("openai", "m", &ask()).get("reasoning_split"), None);
}

#[test]
fn a_number_outside_of_base_resp_is_not_minimaxs() {
    let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
    let tools = RenderedTools::new(provider.dialect(), ask().tools);
    let body = r#"{"error":{"code":"1004","message":"no"}}"#;
    let error = provider.decode(&tools, &ask(), body.as_bytes(), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
