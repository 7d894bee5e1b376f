//! GigaChat: functions in place of tools, one call in an answer, arguments and results as objects.

use std::sync::Arc;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatEvent, ChatOptions, ChatRequest, Dialect, ErrorKind, FinishReason,
    JsonSchema, Media, Message, Part, Provider, ReasoningEffort, RenderedTools, ResponseFormat,
    StreamDecoder, ToolChoice,
};
use toolgate_tool_types::{JsonObject, ToolResult};

use crate::sample::{asks, call, decode, encode, encoded, losses, provider, reasoning, text, tool, user};

const ID: &str = "gigachat";
const MODEL: &str = "GigaChat-2-Pro";

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

#[test]
fn the_documented_request() {
    // <https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-chat>, "Аргументы для функции", but for
    // examples and return parameters, which tools do not have.
    let schema = r#"{"type":"object","properties":{"location":{"type":"string"},"num_days":{"type":"integer"}},"required":["location","num_days"]}"#;
    let forecast = tool("weather_forecast", schema);
    let request = ChatRequest::new(vec![Message::user("Погода в Манжероке на десять дней")]);
    let body = encoded(ID, MODEL, &request.with_tools(vec![forecast]));
    assert_eq!(
        body,
        json!({
            "model": "GigaChat-2-Pro",
            "messages": [{"role": "user", "content": "Погода в Манжероке на десять дней"}],
            "functions": [{"name": "weather_forecast", "description": "Does weather_forecast",
                "parameters": serde_json::from_str::<Value>(schema).unwrap()}],
        })
    );
}

#[test]
fn settings_and_what_there_are_none_for() {
    let schema = JsonObject::parse(r#"{"type":"object"}"#).unwrap();
    let mut options = ChatOptions::default()
        .with_max_tokens(256)
        .with_temperature(0.0)
        .with_top_p(0.9)
        .with_seed(7)
        .with_stop(["END"])
        .with_reasoning_effort(ReasoningEffort::XHigh)
        .with_response_format(ResponseFormat::JsonSchema(JsonSchema::new("a", schema)));
    options.top_k = Some(3);
    let told = encode(ID, MODEL, &ask().with_options(options.clone())).unwrap();
    let lost = ["options.reasoning_effort", "options.top_k", "options.stop", "options.seed"];
    assert_eq!(losses(&told), lost);
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(
        body,
        json!({"model": MODEL, "messages": [{"role": "user", "content": "u"}], "max_tokens": 256,
            "temperature": 0.001, "top_p": 0.9, "reasoning_effort": "high",
            "response_format": {"type": "json_schema", "schema": {"type": "object"}, "strict": true}})
    );
    options.response_format = Some(ResponseFormat::JsonObject);
    options.reasoning_effort = Some(ReasoningEffort::None);
    let told = encode(ID, MODEL, &ask().with_options(options)).unwrap();
    assert!(losses(&told).contains(&"options.response_format"), "{:?}", told.lossiness);
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!((&body["response_format"], &body["reasoning_effort"]), (&Value::Null, &Value::Null));
}

#[test]
fn calls_of_one_answer_stand_with_their_results() {
    let (first, second) = (call("a", "lookup", r#"{"id": 1.10}"#), call("b", "3d_print", ""));
    let messages = vec![
        Message::system("Be brief."),
        Message::system("Be kind."),
        user(vec![Part::text("Who?"), Part::text("Where?")]),
        asks(&[&first, &second]),
        Message::tool_result(&second, ToolResult::error("no filament")),
        Message::tool_result(&first, ToolResult::text(r#"{"name":"John"}"#)),
        Message::system("Never print."),
        Message::user("And now?"),
    ];
    let request = ChatRequest::new(messages).with_tools(vec![tool("3d_print", "{}")]);
    let told = encode(ID, MODEL, &request).unwrap();
    assert_eq!(losses(&told), ["messages[3].parts", "messages[6]"]);
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "Be brief.\nBe kind."},
            {"role": "user", "content": "Who?\nWhere?"},
            {"role": "assistant", "content": "", "function_call": {"name": "lookup", "arguments": {"id": 1.10}}},
            {"role": "function", "name": "lookup", "content": "{\"name\":\"John\"}"},
            {"role": "assistant", "content": "", "function_call": {"name": "f_3d_print", "arguments": {}}},
            {"role": "function", "name": "f_3d_print", "content": "{\"error\":\"no filament\"}"},
            {"role": "user", "content": "Operator note (not from the user): Never print."},
            {"role": "user", "content": "And now?"},
        ])
    );
    assert_eq!(body["functions"][0]["name"], "f_3d_print");
    // As it was written: no number is rounded.
    assert!(std::str::from_utf8(&told.body).unwrap().contains(r#"{"id": 1.10}"#));
    for (said, content) in [("plain", r#"{"result":"plain"}"#), ("[1]", r#"{"result":"[1]"}"#)] {
        let messages = vec![asks(&[&first]), Message::tool_result(&first, ToolResult::text(said))];
        assert_eq!(encoded(ID, MODEL, &ChatRequest::new(messages))["messages"][1]["content"], content);
    }
}

#[test]
fn a_function_is_forced_by_its_name() {
    let choice = |tools: &[&str], choice| {
        let tools: Vec<_> = tools.iter().map(|name| tool(name, "{}")).collect();
        encode(ID, MODEL, &ask().with_tools(tools).with_tool_choice(choice))
            .map(|told| serde_json::from_slice::<Value>(&told.body).unwrap()["function_call"].clone())
    };
    assert_eq!(choice(&["t"], ToolChoice::Auto).unwrap(), "auto");
    assert_eq!(choice(&["t"], ToolChoice::None).unwrap(), "none");
    assert_eq!(
        choice(&["get-t", "u"], ToolChoice::Tool("get-t".parse().unwrap())).unwrap(),
        json!({"name": "f_get_t"})
    );
    assert_eq!(choice(&["t"], ToolChoice::Required).unwrap(), json!({"name": "t"}));
    let refused = choice(&["t", "u"], ToolChoice::Required).unwrap_err();
    assert!(
        refused.kind() == ErrorKind::InvalidRequest && refused.message().contains("tool_choice"),
        "{refused}"
    );
}

#[test]
fn files_are_refused_by_their_place() {
    let url = || Media::Url { url: "https://a.example".into() };
    for part in [
        Part::Image { media: url() },
        Part::Audio { media: url() },
        Part::File { name: "f".into(), media: url() },
    ] {
        let error = encode(ID, MODEL, &ChatRequest::new(vec![user(vec![part])])).unwrap_err();
        assert!(error.message().contains("messages[0].content[0]"), "{error}");
    }
}

/// As documented, "Аргументы для функции".
const CALLED: &str = r#"{"choices":[{"message":{"content":"","role":"assistant","function_call":{"name":"weather_forecast","arguments":{"location":"Манжерок","num_days":10}},"functions_state_id":"0199e210-2f13-744c-8fe5-c9a19fe27db7"},"index":0,"finish_reason":"function_call"}],"created":1760434335,"model":"GigaChat-2-Pro:2.0.28.2","object":"chat.completion","usage":{"prompt_tokens":278,"completion_tokens":35,"total_tokens":313,"precached_prompt_tokens":3}}"#;

#[test]
fn the_documented_call_and_its_state_go_back() {
    let answer = decode(ID, &ask(), CALLED).unwrap();
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!(&*answer.model, "GigaChat-2-Pro:2.0.28.2");
    let usage = answer.usage;
    assert_eq!((usage.input, usage.output, usage.cache_read), (Some(281), Some(35), Some(3)));
    let called = answer.tool_calls().next().unwrap().clone();
    assert_eq!((called.id.as_str(), &*called.name), ("call_1_0", "weather_forecast"));
    assert_eq!(&*called.raw_arguments, r#"{"location":"Манжерок","num_days":10}"#);
    let result = Message::tool_result(&called, ToolResult::text("12 degrees"));
    let request = ChatRequest::new(vec![Message::user("u"), answer.message.into(), result]);
    let told = encode(ID, MODEL, &request).unwrap();
    assert!(told.lossiness.is_empty(), "{:?}", told.lossiness);
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    let asked = &body["messages"][1];
    assert_eq!(asked["functions_state_id"], "0199e210-2f13-744c-8fe5-c9a19fe27db7");
    assert_eq!(asked["function_call"]["arguments"], json!({"location": "Манжерок", "num_days": 10}));
    // To another provider the state means nothing, and that is said.
    let elsewhere = encode("openai", "gpt-4.1", &request).unwrap();
    assert_eq!(losses(&elsewhere), ["messages[1].parts[1]"]);
}

#[test]
fn reasons_to_stop_have_their_kinds() {
    let body = |reason: &str| {
        format!(
            r#"{{"choices":[{{"message":{{"content":"a","role":"assistant"}},"finish_reason":"{reason}"}}]}}"#
        )
    };
    let finish = |reason| decode(ID, &ask(), &body(reason)).map(|answer| answer.finish);
    assert_eq!(finish("stop").unwrap(), FinishReason::Stop);
    assert_eq!(finish("length").unwrap(), FinishReason::Length);
    assert_eq!(finish("blacklist").unwrap(), FinishReason::ContentFilter);
    assert_eq!(finish("function_call").unwrap(), FinishReason::Other("function_call".into()));
    for wrong in ["error", ""] {
        assert_eq!(finish(wrong).unwrap_err().kind(), ErrorKind::MalformedOutput, "{wrong}");
    }
    let failed = decode(ID, &ask(), r#"{"status":500,"message":"Internal Server Error"}"#).unwrap_err();
    assert_eq!((failed.kind(), failed.message()), (ErrorKind::Unavailable, "Internal Server Error"));
    for nothing in ["{}", r#"{"choices":[]}"#] {
        assert_eq!(decode(ID, &ask(), nothing).unwrap_err().kind(), ErrorKind::MalformedOutput);
    }
}

#[test]
fn what_is_not_sent_back_is_said() {
    let parts = vec![reasoning(ID, "hm", None), text("a"), AssistantPart::ToolCall(call("c", "t", "[]"))];
    let result = Message::tool_result(&call("c", "t", ""), ToolResult::text("ok"));
    let request = ChatRequest::new(vec![AssistantMessage::new(parts).into(), result]);
    let told = encode(ID, MODEL, &request).unwrap();
    assert_eq!(losses(&told), ["messages[0].parts[0]", "messages[0].parts[2]"]);
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(body["messages"][0]["function_call"]["arguments"], json!({"unparsed_arguments": "[]"}));
}

fn stream(events: &str, tools: &[&str]) -> (Vec<ChatEvent>, StreamDecoder) {
    let tools: Vec<_> = tools.iter().map(|name| tool(name, "{}")).collect();
    let request = ask().with_tools(tools);
    let ours = Arc::new(Provider::new(ID, "https://h", Dialect::GigaChat).unwrap());
    let tools = Arc::new(RenderedTools::new(ours.dialect(), Arc::clone(&request.tools)));
    let mut decoder = StreamDecoder::new(ours, tools, &request, None);
    decoder.push(events.to_owned().into());
    decoder.end();
    (std::iter::from_fn(|| decoder.next_event()).collect(), decoder)
}

/// As documented, `text/event-stream`, and with the reasoning that the provider's own SDK reads.
const EVENTS: &str = "\
data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\",\"role\":\"assistant\"},\"index\":0}],\"model\":\"GigaChat:2.0.28.2\"}\n\n\
data: {\"choices\":[{\"delta\":{\"content\":\"GigaChat is \",\"role\":\"assistant\"},\"index\":0}],\"created\":1754637655,\"model\":\"GigaChat:2.0.28.2\",\"object\":\"chat.completion\"}\n\n\
data: {\"choices\":[{\"delta\":{\"content\":\"5 s\",\"role\":\"function_in_progress\",\"name\":\"text2image\"},\"index\":0}]}\n\n\
data: {\"choices\":[{\"delta\":{\"content\":\"a service.\"},\"index\":0}]}\n\n\
data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"index\":0,\"finish_reason\":\"stop\"}],\"created\":1754637655,\"model\":\"GigaChat:2.0.28.2\",\"object\":\"chat.completion\",\"usage\":{\"prompt_tokens\":56,\"completion_tokens\":31,\"total_tokens\":87,\"precached_prompt_tokens\":3}}\n\n\
data: [DONE]\n\n";

#[test]
fn the_documented_stream() {
    let (events, decoder) = stream(EVENTS, &[]);
    let text = |delta: &str| ChatEvent::Text { delta: delta.to_owned() };
    assert_eq!(
        events[..3],
        [ChatEvent::Reasoning { delta: "hm".to_owned() }, text("GigaChat is "), text("a service.")]
    );
    let answer = decoder.into_response().unwrap();
    assert_eq!((answer.text().as_str(), answer.finish), ("GigaChat is a service.", FinishReason::Stop));
    assert_eq!((answer.usage.input, answer.usage.output), (Some(59), Some(31)));
    let cut = EVENTS.split_once("data: {\"choices\":[{\"delta\":{\"content\":\"\"}").unwrap().0;
    assert_eq!(stream(cut, &[]).1.into_response().unwrap_err().kind(), ErrorKind::TruncatedStream);
    // The mark alone ends an answer too.
    let marked = format!("{cut}data: [DONE]\n\n");
    assert_eq!(stream(&marked, &[]).1.into_response().unwrap().finish, FinishReason::Stop);
    let none = stream("data: [DONE]\n\n", &[]).1.into_response().unwrap_err();
    assert_eq!(none.kind(), ErrorKind::TruncatedStream);
}

#[test]
fn a_call_in_a_stream_comes_whole_and_under_the_callers_name() {
    let called = CALLED.replace("\"message\"", "\"delta\"").replace("weather_forecast", "f_get_weather");
    let (events, decoder) = stream(&format!("data: {called}\n\ndata: [DONE]\n\n"), &["get-weather"]);
    assert!(
        matches!(&events[0], ChatEvent::ToolCallBegin { name, .. } if &**name == "get-weather"),
        "{events:?}"
    );
    assert!(
        matches!(&events[1], ChatEvent::ToolCallDelta { delta, .. } if delta.contains("num_days")),
        "{events:?}"
    );
    assert_eq!(events[2], ChatEvent::ToolCallEnd { index: 0 });
    assert_eq!(decoder.into_response().unwrap().finish, FinishReason::ToolCalls);
    let failed = format!(
        "{}data: {{\"status\":429,\"message\":\"Too many requests\"}}\n\n",
        EVENTS.split_once("data: [").unwrap().0
    );
    let error = stream(&failed, &[]).1.into_response().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    assert_eq!(provider(ID).dialect(), Dialect::GigaChat);
}
