//! Chat completions on watsonx: what stands elsewhere in its requests, its streams, its errors.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    Authentication, ChatEvent, ChatModel, ChatOptions, ChatRequest, Dialect, ErrorKind, FinishReason,
    Message, Provider, RenderedTools, ToolChoice,
};
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;
use crate::sample::{conversation, provider, tool};

const MODEL: &str = "ibm/granite-4-h-small";

fn encoded(provider: &Provider, request: &ChatRequest, stream: bool) -> (Value, Vec<String>) {
    let tools = RenderedTools::new(provider.dialect(), request.tools.clone());
    let encode = if stream { Provider::encode_stream } else { Provider::encode };
    let encoded = encode(provider, MODEL, &tools, request).unwrap();
    let losses = encoded.lossiness.iter().map(|loss| loss.path.to_string()).collect();
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

#[test]
fn the_body_is_a_chat_completion_with_the_project_beside_the_model() {
    let request = conversation();
    let watsonx = provider("watsonx").with_parameter("project_id", "p-1").unwrap();
    let (body, losses) = encoded(&watsonx, &request, false);
    let (mut plain, plain_losses) = encoded(&provider("openai"), &request, false);
    let members = plain.as_object_mut().unwrap();
    members.remove("model");
    members.remove("parallel_tool_calls");
    members.insert("model_id".to_owned(), json!(MODEL));
    members.insert("project_id".to_owned(), json!("p-1"));
    assert_eq!(body, plain);
    assert_eq!(losses, [plain_losses, vec!["options.parallel_tool_calls".to_owned()]].concat());
    // The path says it.
    assert_eq!(encoded(&watsonx, &request, true).0, body);
}

#[test]
fn a_choice_that_names_no_tool_has_a_member_of_its_own() {
    let choices = |choice| {
        let request = ChatRequest::new(vec![Message::user("u")]);
        let request = request.with_tools(vec![tool("t", "{}")]).with_tool_choice(choice);
        let (body, _) = encoded(&provider("watsonx"), &request, false);
        (body["tool_choice"].clone(), body["tool_choice_option"].clone())
    };
    for (choice, word) in
        [(ToolChoice::Auto, "auto"), (ToolChoice::None, "none"), (ToolChoice::Required, "required")]
    {
        assert_eq!(choices(choice), (Value::Null, json!(word)));
    }
    let named = json!({"type": "function", "function": {"name": "t"}});
    assert_eq!(choices(ToolChoice::Tool("t".parse().unwrap())), (named, Value::Null));
}

#[test]
fn labels_are_told_and_left_out() {
    let options = ChatOptions::default().with_metadata("team", "a");
    let request = ChatRequest::new(vec![Message::user("u")]).with_options(options);
    let (body, losses) = encoded(&provider("watsonx"), &request, false);
    assert_eq!((&body["metadata"], losses), (&Value::Null, vec!["options.metadata".to_owned()]));
}

#[test]
fn one_of_project_and_space_is_needed_and_one_is_enough() {
    let in_region = provider("watsonx").with_parameter("region", "eu-de").unwrap();
    assert_eq!(in_region.parameters().collect::<Vec<_>>(), ["project_id", "space_id"]);
    let error = ChatModel::new(in_region.clone(), MODEL, None, http()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("set WATSONX_PROJECT_ID or WATSONX_SPACE_ID"), "{error}");
    assert!(in_region.clone().with_parameter("space_id", "a\"b").is_err());
    let request = ChatRequest::new(vec![Message::user("u")]);
    let in_space = in_region.with_parameter("space_id", "s-1").unwrap();
    // It is settled: a project beside it would be refused.
    let in_space = in_space.with_parameter("project_id", "p-1").unwrap();
    assert_eq!(in_space.parameters().count(), 0);
    let (body, _) = encoded(&in_space, &request, false);
    assert_eq!((&body["space_id"], &body["project_id"]), (&json!("s-1"), &Value::Null));
    assert!(ChatModel::new(in_space, MODEL, None, http()).is_ok());
}

fn model(server: &MockServer) -> ChatModel {
    let ours = Provider::new("ours", server.uri(), Dialect::WatsonxChat).unwrap();
    let ours = ours.with_parameter("project_id", "p-1").unwrap();
    ChatModel::new(ours.with_authentication(Authentication::None), MODEL, None, http()).unwrap()
}

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", "{}")])
}

async fn answer(server: &MockServer, at: &str, reply: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(at))
        .and(query_param("version", "2025-04-23"))
        .and(body_json(json!({
            "model_id": MODEL, "project_id": "p-1", "messages": [{"role": "user", "content": "u"}],
            "tools": [{"type": "function", "function": {
                "name": "t", "description": "Does t", "parameters": {"type": "object", "properties": {}},
            }}],
        })))
        .respond_with(reply)
        .expect(1)
        .mount(server)
        .await;
}

/// As the API writes a call to a tool without parameters: an empty text of arguments, a reason that forgets the call.
const CALL: &str = r#"{"id":"chatcmpl-1","model_id":"ibm/granite-4-h-small","model":"ibm/granite-4-h-small",
    "created":1749288614,"created_at":"2025-06-07T09:30:15.122Z","model_version":"1.1.0",
    "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","tool_calls":[
        {"id":"chatcmpl-tool-1","type":"function","function":{"name":"t","arguments":""}}]}}],
    "usage":{"completion_tokens":18,"prompt_tokens":19,"total_tokens":37}}"#;

#[tokio::test]
async fn a_whole_answer_over_the_wire() {
    let server = MockServer::start().await;
    answer(&server, "/ml/v1/text/chat", ResponseTemplate::new(200).set_body_raw(CALL, "application/json"))
        .await;
    let answer = model(&server).chat(&ask()).await.unwrap();
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!((answer.usage.input, answer.usage.output), (Some(19), Some(18)));
    let call = answer.tool_calls().next().unwrap();
    assert_eq!((call.name.as_ref(), call.arguments().unwrap().as_str()), ("t", "{}"));
}

/// Its events have ids and names, the usage comes in one of its own, and no mark ends them.
const EVENTS: &str = "\
id: 1\nevent: message\ndata: {\"id\":\"chatcmpl-1\",\"model_id\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":null,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
id: 2\nevent: message\ndata: {\"choices\":[{\"index\":0,\"finish_reason\":null,\"delta\":{\"content\":\"hi\"}}]}\n\n\
id: 3\nevent: message\ndata: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"delta\":{\"content\":\"\"}}]}\n\n\
id: 4\nevent: message\ndata: {\"choices\":[],\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":9,\"total_tokens\":11}}\n\n\
id: 5\nevent: close\ndata: {}\n\n";

#[tokio::test]
async fn a_stream_has_a_path_of_its_own_and_one_that_broke_off_is_told() {
    for (events, whole) in [(EVENTS, true), (EVENTS.split_once("id: 3").unwrap().0, false)] {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(200).set_body_raw(events, "text/event-stream");
        answer(&server, "/ml/v1/text/chat_stream", reply).await;
        let mut stream = model(&server).stream(&ask()).await.unwrap();
        assert_eq!(stream.next().await.unwrap(), Some(ChatEvent::Text { delta: "hi".to_owned() }));
        match stream.collect().await {
            Ok(answer) => assert!(whole && answer.usage.output == Some(2), "{answer:?}"),
            Err(error) => assert!(!whole && error.kind() == ErrorKind::TruncatedStream, "{error}"),
        }
    }
}

/// As recorded from the API: the status stands in the body, of a reply and of a stream that began with 200.
const TOO_LONG: &str = r#"{"errors":[{"code":"invalid_input_argument","message":"Invalid input argument for Model 'ibm/granite-4-h-small': This model's maximum context length is 131072 tokens.","more_info":"https://cloud.ibm.com/apidocs/watsonx-ai#text-chat-stream"}],"trace":"903ff69e","status_code":400}"#;

#[tokio::test]
async fn errors_are_told_whether_they_come_at_once_or_in_a_stream() {
    let server = MockServer::start().await;
    answer(&server, "/ml/v1/text/chat", ResponseTemplate::new(400).set_body_string(TOO_LONG)).await;
    let event = format!("id: 1\nevent: error\ndata: {TOO_LONG}\n\n");
    let reply = ResponseTemplate::new(200).set_body_raw(event, "text/event-stream");
    answer(&server, "/ml/v1/text/chat_stream", reply).await;
    let at_once = model(&server).chat(&ask()).await.unwrap_err();
    let later = model(&server).stream(&ask()).await.unwrap().collect().await.unwrap_err();
    for error in [at_once, later] {
        assert_eq!(error.kind(), ErrorKind::ContextLength, "{error}");
        assert_eq!((error.code(), error.request_id()), (Some("invalid_input_argument"), Some("903ff69e")));
    }
}
