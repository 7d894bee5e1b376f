//! What the scripted models refuse: one thing wrong at a time, each with the status and the words of its API.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use toolgate_testkit::models::{Keys, ModelControls, Script, router};
use tower_service::Service;

use crate::models_client::{post, text};

/// Sets `pointer` of a good request to a value, sends it, and looks for words in the message of the refusal.
async fn refused(path: &str, good: &Value, cases: &[(&str, Value, &str)]) {
    let mut router = router(ModelControls::new(Script::saying("Yes."), Keys::default()));
    let response = post(&mut router, path, good).await;
    assert_eq!(response.status(), 200, "{}", text(response).await);
    for (pointer, value, words) in cases {
        let mut body = good.clone();
        set(&mut body, pointer, value.clone());
        let response = post(&mut router, path, &body).await;
        let status = response.status();
        let answer: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(status, 400, "{pointer} = {value}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{pointer} = {value}: {message}");
    }
}

/// `null` removes.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(list) if value.is_null() => {
            list.remove(name.parse().unwrap());
        }
        Value::Array(list) => {
            let index: usize = name.parse().unwrap();
            list.resize(list.len().max(index + 1), Value::Null);
            list[index] = value;
        }
        Value::Object(map) if value.is_null() => {
            map.remove(name);
        }
        Value::Object(map) => {
            map.insert(name.to_owned(), value);
        }
        other => panic!("{pointer} leads into {other}"),
    }
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"amounts": {"type": "array", "items": {"type": "number"}}}})
}

#[tokio::test]
async fn openai_refuses() {
    let call =
        |id: &str| json!({"id": id, "type": "function", "function": {"name": "sum", "arguments": "{}"}});
    let good = json!({
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [call("call_1"), call("call_2")]},
            {"role": "tool", "tool_call_id": "call_1", "content": "1"},
            {"role": "tool", "tool_call_id": "call_2", "content": "2"},
        ],
        "tools": [{"type": "function", "function": {"name": "sum", "parameters": schema()}}],
    });
    let function = "/tools/0/function";
    let at = |rest: &str| format!("{function}{rest}");
    let cases = [
        ("/model".to_owned(), Value::Null, "you must provide a model parameter"),
        ("/messages".to_owned(), Value::Null, "Missing required parameter: 'messages'."),
        ("/messages".to_owned(), json!([]), "Invalid 'messages': empty array."),
        ("/messages".to_owned(), json!("Hi"), "expected an array of objects, but got a string instead."),
        ("/max_token".to_owned(), json!(1), "Unknown parameter: 'max_token'."),
        ("/temperature".to_owned(), json!("hot"), "Invalid type for 'temperature': expected a decimal"),
        (
            "/messages/0/role".to_owned(),
            json!("human"),
            "Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
        ),
        (
            "/messages/0/content".to_owned(),
            json!(7),
            "expected one of a string or array of objects, but got an integer",
        ),
        ("/messages/0/text".to_owned(), json!("x"), "Unknown parameter: 'messages[0].text'."),
        ("/messages/0/content".to_owned(), json!([{"type": "txt"}]), "Invalid value: 'txt'."),
        (
            "/messages/1".to_owned(),
            Value::Null,
            "must be a response to a preceeding message with 'tool_calls'.",
        ),
        (
            "/messages/1/tool_calls".to_owned(),
            Value::Null,
            "Invalid value for 'content': expected a string, got null.",
        ),
        ("/messages/3".to_owned(), Value::Null, "did not have response messages: call_2"),
        ("/messages/3/tool_call_id".to_owned(), json!("call_9"), "'tool_call_id' of 'call_9' not found"),
        ("/messages/1/tool_calls/0/function/arguments".to_owned(), json!({}), "but got an object instead."),
        (
            "/stream_options".to_owned(),
            json!({"include_usage": true}),
            "only allowed when 'stream' is enabled.",
        ),
        ("/tools".to_owned(), json!([]), "Invalid 'tools': empty array."),
        (
            "/tool_choice".to_owned(),
            json!({"type": "function", "function": {"name": "sun"}}),
            "'sun' not found in 'tools'",
        ),
        (at("/name"), json!("a.b"), "pattern '^[a-zA-Z0-9_-]+$'."),
        (at("/name"), json!("a".repeat(65)), "maximum length 64"),
        (at("/parameters"), json!({"type": "string"}), "got 'type: \"string\"'."),
        (
            at("/parameters/properties/amounts/items"),
            Value::Null,
            "context=('properties', 'amounts'), array schema missing items.",
        ),
        (at("/strict"), json!(true), "In context=(), 'additionalProperties' is required"),
    ];
    let cases: Vec<_> = cases.iter().map(|(at, value, words)| (at.as_str(), value.clone(), *words)).collect();
    refused("/v1/chat/completions", &good, &cases).await;
}

#[tokio::test]
async fn anthropic_refuses() {
    let good = json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 100,
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "sum", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"},
                {"type": "text", "text": "Go on."},
            ]},
        ],
        "tools": [{"name": "sum", "input_schema": schema()}],
    });
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"});
    let text = json!({"type": "text", "text": "Go on."});
    let without = "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.";
    let cases = [
        ("/max_tokens", Value::Null, "max_tokens: Field required"),
        ("/max_tokens", json!("9"), "max_tokens: Input should be a valid integer"),
        ("/max_tokens", json!(0), "max_tokens: Input should be greater than or equal to 1"),
        ("/n", json!(1), "n: Extra inputs are not permitted"),
        ("/messages", json!([]), "messages: at least one message is required"),
        (
            "/messages/0/role",
            json!("tool"),
            "messages.0.role: Input should be 'user', 'assistant' or 'system'",
        ),
        ("/messages/0/role", json!("system"), "messages: Unexpected role \"system\"."),
        ("/messages/0", Value::Null, "messages: first message must use the \"user\" role"),
        ("/messages/0/content", json!(""), "messages.0: all messages must have non-empty content"),
        (
            "/messages/0/content",
            json!([{"type": "text", "text": ""}]),
            "text content blocks must be non-empty",
        ),
        ("/messages/0/content", json!([{"type": "txt"}]), "Input tag 'txt' found using 'type'"),
        ("/messages/0/name", json!("Ann"), "messages.0.name: Extra inputs are not permitted"),
        (
            "/messages/1/content/0/input",
            json!("{}"),
            "messages.1.content.0.tool_use.input: Input should be a valid dictionary",
        ),
        (
            "/messages/1",
            Value::Null,
            "messages.1.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1.",
        ),
        ("/messages/2", Value::Null, without),
        ("/messages/2/content", json!([text, result]), without),
        ("/messages/2/content", json!([result, result]), "each tool_use must have a single result."),
        (
            "/messages/3",
            json!({"role": "assistant", "content": "So "}),
            "cannot end with trailing whitespace",
        ),
        (
            "/tools/0/name",
            json!("a.b"),
            "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        ("/tools/0/parameters", json!({}), "tools.0.custom.parameters: Extra inputs are not permitted"),
        ("/tools/0/input_schema", Value::Null, "tools.0.custom.input_schema: Field required"),
        (
            "/tools/0/input_schema/type",
            json!("string"),
            "tools.0.custom.input_schema.type: Input should be 'object'",
        ),
        (
            "/tools/0/input_schema/anyOf",
            json!([{}]),
            "does not support oneOf, allOf, or anyOf at the top level",
        ),
        ("/tools/0/input_schema/required", json!("amounts"), "JSON schema is invalid."),
        ("/tools/1", json!({"name": "sum", "input_schema": schema()}), "tools: Tool names must be unique."),
        ("/tool_choice", json!({"type": "tool", "name": "sun"}), "Tool 'sun' not found in provided tools"),
        ("/tool_choice", json!({"type": "required"}), "Input tag 'required' found using 'type'"),
        ("/thinking", json!({"type": "enabled", "budget_tokens": 1024}), "`max_tokens` must be greater than"),
    ];
    refused("/v1/messages", &good, &cases).await;
}

#[tokio::test]
async fn gemini_refuses() {
    let signed = |part: Value| json!({"functionCall": part, "thoughtSignature": "c2ln"});
    let good = json!({
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [signed(json!({"name": "sum", "args": {}})), {"functionCall": {"name": "sum"}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "sum", "response": {"output": 1}}},
                {"functionResponse": {"name": "sum", "response": {"output": 2}}},
            ]},
        ],
        "tools": [{"functionDeclarations": [{"name": "sum", "description": "", "parameters": schema()}]}],
        "generation_config": {"max_output_tokens": "9"},
    });
    let declaration = "/tools/0/functionDeclarations/0";
    let at = |rest: &str| format!("{declaration}{rest}");
    let path = "tools[0].function_declarations[0].parameters";
    let additional = format!("Unknown name \"additionalProperties\" at '{path}': Cannot find field.");
    let inner = format!("Unknown name \"const\" at '{path}.properties[0].value': Cannot find field.");
    let list = format!("Unknown name \"type\" at '{path}': Proto field is not repeating, cannot start list.");
    let cases = [
        ("/contents".to_owned(), Value::Null, "* GenerateContentRequest.contents: contents is not specified"),
        ("/messages".to_owned(), json!([]), "Unknown name \"messages\": Cannot find field."),
        ("/contents/0/role".to_owned(), json!("assistant"), "Please use a valid role: user, model."),
        ("/contents/0/parts".to_owned(), json!([]), "contents.parts must not be empty."),
        (
            "/contents/0/parts/0".to_owned(),
            json!({}),
            "contents[0].parts[0].data: required oneof field 'data'",
        ),
        (
            "/contents/0/parts/0/text".to_owned(),
            json!(1),
            "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 1",
        ),
        ("/contents/0/parts/0/inlineData".to_owned(), json!({}), "oneof field 'data' is already set."),
        ("/contents/2/parts/1".to_owned(), Value::Null, "the number of function response parts is equal to"),
        (
            "/contents/1".to_owned(),
            Value::Null,
            "function response turn comes immediately after a function call turn.",
        ),
        ("/contents/0".to_owned(), Value::Null, "function call turn comes immediately after a user turn"),
        ("/contents/1/parts/0/thoughtSignature".to_owned(), Value::Null, "missing a thought_signature"),
        (
            "/contents/2/parts/0/functionResponse/name".to_owned(),
            json!(""),
            "function_response.name: Name cannot be empty.",
        ),
        (at("/name"), json!("1st"), "Invalid function name."),
        (at("/name"), json!("a".repeat(65)), "maximum length of 64"),
        (at("/parameters/additionalProperties"), json!(false), &additional),
        (at("/parameters/properties/amounts/const"), json!(1), &inner),
        (at("/parameters/type"), json!(["object", "null"]), &list),
        (at("/parameters/type"), json!("record"), "parameters.type' (TYPE_ENUM), \"record\""),
        (
            at("/parameters/properties/amounts/items"),
            Value::Null,
            "parameters.properties[amounts].items: missing field.",
        ),
        (at("/parameters/required"), json!(["amount"]), "required[0]: property is not defined"),
        (
            format!("{}/1", &declaration[..declaration.len() - 2]),
            json!({"name": "sum"}),
            "Duplicate function declaration found: sum",
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(at, value, words)| (at.as_str(), value.clone(), *words)).collect();
    refused("/v1beta/models/gemini-3-flash:generateContent", &good, &cases).await;
}

/// Sends an empty object with the given headers; the status and the body.
async fn bare(method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut router = router(ModelControls::new(Script::saying("Yes."), Keys::default()));
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.call(request.body(Body::from("{}")).unwrap()).await.unwrap();
    (response.status().as_u16(), text(response).await)
}

#[tokio::test]
async fn keys_and_versions_are_demanded() {
    let version = ("anthropic-version", "2023-06-01");
    let key = ("x-api-key", "sk-ant-rig");
    let gemini = "/v1beta/models/gemini-2.5-flash:generateContent";
    let cases: [(&str, &[(&str, &str)], u16, &str); 8] = [
        ("/v1/chat/completions", &[], 401, "You didn't provide an API key."),
        (
            "/v1/chat/completions",
            &[("authorization", "Bearer sk-other-secret-key")],
            401,
            "sk-other*******-key",
        ),
        ("/v1/messages", &[version], 401, "x-api-key header is required"),
        ("/v1/messages", &[version, ("x-api-key", "other")], 401, "invalid x-api-key"),
        ("/v1/messages", &[key], 400, "anthropic-version: header is required"),
        (gemini, &[], 403, "PERMISSION_DENIED"),
        ("/v1beta/models/gemini-2.5-flash:generateContent?key=gemini-rig", &[], 403, "unregistered callers"),
        (gemini, &[("x-goog-api-key", "other")], 400, "API_KEY_INVALID"),
    ];
    for (path, headers, expected, words) in cases {
        let (status, body) = bare("POST", path, headers).await;
        assert_eq!(status, expected, "{path} {headers:?}: {body}");
        assert!(body.contains(words), "{path} {headers:?}: {body}");
    }
}

#[tokio::test]
async fn a_wrong_path_is_answered_by_the_api_it_was_meant_for() {
    let anthropic = [("x-api-key", "sk-ant-rig")];
    let cases: [(&str, &str, &[(&str, &str)], u16, &str); 5] = [
        ("POST", "/v1/chat/completion", &[], 404, "Invalid URL (POST /v1/chat/completion)"),
        ("GET", "/v1/chat/completions", &[], 405, "Not allowed to GET on /v1/chat/completions."),
        ("POST", "/v1/message", &anthropic, 404, "not_found_error"),
        ("POST", "/v1beta/models/gemini-2.5-flash", &[], 404, "<title>Error 404"),
        ("POST", "/v1beta/model", &[], 404, "<title>Error 404"),
    ];
    for (method, path, headers, expected, words) in cases {
        let (status, body) = bare(method, path, headers).await;
        assert_eq!(status, expected, "{path}: {body}");
        assert!(body.contains(words), "{path}: {body}");
    }
}
