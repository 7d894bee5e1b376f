//! Ollama's own chat: settings in `options`, calls without ids, a failure in mid-stream.

use std::sync::Arc;

use serde_json::json;
use toolgate_llm_providers::{
    AssistantMessage, ChatOptions, ChatRequest, ErrorKind, FinishReason, JsonSchema, Media, Message, Part,
    ReasoningEffort, RenderedTools, ResponseFormat, StreamDecoder, ToolChoice,
};
use toolgate_tool_types::{JsonObject, ToolResult};

use crate::sample::{conversation, decode, encode, encoded, losses, provider, reasoning, text, user};

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

#[test]
fn the_conversation_in_its_words() {
    let request = conversation().with_tool_choice(ToolChoice::Auto);
    let body = encoded("ollama", "qwen3", &request);
    assert_eq!(body["stream"], false);
    assert_eq!(
        body["options"],
        json!({"num_predict": 256, "temperature": 0.2, "top_p": 0.9, "stop": ["END"], "seed": 7})
    );
    assert_eq!(
        body["messages"][2],
        json!({"role": "user", "content": "Who is this?", "images": ["iVBORw0="]})
    );
    let calls = &body["messages"][3]["tool_calls"];
    assert_eq!(calls[0]["function"]["arguments"], json!({"id": "JOHNDOE123", "n": 1.1}));
    assert_eq!(calls[1]["function"]["arguments"], json!({}));
    assert_eq!(
        body["messages"][4],
        json!({"role": "tool", "tool_name": "3d_print", "tool_call_id": "call_b", "content": "Error: no filament"})
    );
    assert_eq!(body["messages"][5]["images"], json!(["iVBORw0="]));
    assert_eq!(losses(&encode("ollama", "qwen3", &request).unwrap()), ["options.parallel_tool_calls"]);
}

#[test]
fn what_it_cannot_say_is_refused() {
    let forced = encode("ollama", "m", &conversation()).unwrap_err();
    assert!(forced.message().contains("tool_choice"), "{forced}");
    let url = || Media::Url { url: "https://a.example".into() };
    for part in [
        Part::Image { media: url() },
        Part::Audio { media: url() },
        Part::File { name: "f".into(), media: url() },
    ] {
        let error = encode("ollama", "m", &ChatRequest::new(vec![user(vec![part])])).unwrap_err();
        assert!(error.message().contains("messages[0].content[0]"), "{error}");
    }
    let none = conversation().with_tool_choice(ToolChoice::None);
    assert_eq!(encoded("ollama", "m", &none)["tools"], json!(null));
}

#[test]
fn thinking_is_a_yes_or_a_level() {
    let think = |model: &str, effort| {
        let request = ask().with_options(ChatOptions::default().with_reasoning_effort(effort));
        let lost = encode("ollama", model, &request).unwrap().lossiness.len();
        (encoded("ollama", model, &request)["think"].clone(), lost)
    };
    assert_eq!(think("qwen3", ReasoningEffort::High), (json!(true), 1));
    assert_eq!(think("qwen3", ReasoningEffort::None), (json!(false), 0));
    assert_eq!(think("gpt-oss:20b", ReasoningEffort::Medium), (json!("medium"), 0));
    assert_eq!(think("gpt-oss:20b", ReasoningEffort::Minimal), (json!("low"), 1));
}

#[test]
fn the_form_of_an_answer_is_a_word_or_a_schema() {
    let format = |format| {
        encoded("ollama", "m", &ask().with_options(ChatOptions::default().with_response_format(format)))["format"].clone()
    };
    let schema = JsonObject::parse(r#"{"type":"object"}"#).unwrap();
    assert_eq!(format(ResponseFormat::JsonObject), "json");
    assert_eq!(format(ResponseFormat::JsonSchema(JsonSchema::new("a", schema))), json!({"type": "object"}));
}

#[test]
fn calls_get_ids_and_thoughts_go_back() {
    let body = r#"{"model":"m","message":{"role":"assistant","content":"","thinking":"hm","tool_calls":[{"function":{"name":"t","arguments":{"a":1.10}}},{"function":{"name":"t"}}]},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4}"#;
    let response = decode("ollama", &ask(), body).unwrap();
    assert_eq!(response.finish, FinishReason::ToolCalls);
    let calls: Vec<_> = response.tool_calls().cloned().collect();
    assert_eq!((calls[0].id.as_str(), &*calls[0].raw_arguments), ("call_1_0", "{\"a\":1.10}"));
    assert_eq!((calls[1].id.as_str(), &*calls[1].raw_arguments), ("call_1_1", ""));
    let mut messages = vec![response.message.into()];
    messages.extend(calls.iter().map(|call| Message::tool_result(call, ToolResult::text("ok"))));
    assert_eq!(encoded("ollama", "m", &ChatRequest::new(messages))["messages"][0]["thinking"], "hm");
    let foreign = AssistantMessage::new(vec![reasoning("openai", "hm", None), text("a")]);
    let request = ChatRequest::new(vec![foreign.into(), Message::user("u")]);
    assert_eq!(losses(&encode("ollama", "m", &request).unwrap()), ["messages[0].parts[0]"]);
}

#[test]
fn a_failure_in_mid_stream_is_an_error_and_no_answer() {
    let request = ask();
    let ollama = Arc::new(provider("ollama"));
    let tools = Arc::new(RenderedTools::new(ollama.dialect(), Arc::clone(&request.tools)));
    let told = |lines: &str| {
        let mut decoder = StreamDecoder::new(Arc::clone(&ollama), Arc::clone(&tools), &request, None);
        decoder.push(lines.to_owned().into());
        decoder.into_response().unwrap_err()
    };
    let begun = "{\"message\":{\"content\":\"a\"},\"done\":false}\n";
    let failed =
        told(&format!("{begun}{{\"error\":\"an error was encountered while running the model\"}}\n"));
    assert_eq!(failed.kind(), ErrorKind::Unavailable);
    assert!(failed.message().contains("while running the model"), "{failed}");
    let unparsed = format!("{begun}{{\"error parsing tool call\":\"invalid character\"}}\n");
    assert_eq!(told(&unparsed).kind(), ErrorKind::MalformedOutput);
    assert_eq!(told(begun).kind(), ErrorKind::TruncatedStream);
    let not_done = decode("ollama", &request, begun).unwrap_err();
    assert_eq!(not_done.kind(), ErrorKind::MalformedOutput);
}
