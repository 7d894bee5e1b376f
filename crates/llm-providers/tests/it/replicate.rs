//! Replicate's predictions: a prompt in each owner's words, an answer that is waited for, no tools.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ApiKey, AssistantMessage, ChatModel, ChatOptions, ChatRequest, Dialect, ErrorKind, FinishReason, Media,
    Message, Part, Provider, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::ToolResult;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;
use crate::sample::{asks, call, decode, encode, encoded, losses, provider, text, tool, user};

const LLAMA: &str = "meta/meta-llama-3-70b-instruct";

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

fn image() -> Part {
    Part::Image { media: Media::Inline { media_type: "image/png".into(), data: "iVBORw0=".into() } }
}

#[test]
fn a_question_is_a_prompt_and_settings_have_each_owners_words() {
    let options = ChatOptions::default()
        .with_max_tokens(256)
        .with_temperature(0.2)
        .with_seed(7)
        .with_stop(["END", "a,b", "FIN"])
        .with_reasoning_effort(ReasoningEffort::Medium);
    let messages = vec![Message::system("Be brief."), Message::system("Be kind."), Message::user("u")];
    let request = ChatRequest::new(messages).with_options(options);
    let told = |model: &str| {
        let encoded = encode("replicate", model, &request).unwrap();
        let places = losses(&encoded).join(" ");
        (serde_json::from_slice::<Value>(&encoded.body).unwrap()["input"].clone(), places)
    };
    let system = "Be brief.\nBe kind.";
    let expected = json!({"prompt": "u", "system_prompt": system, "max_tokens": 256, "temperature": 0.2,
        "stop_sequences": "END,FIN", "seed": 7});
    assert_eq!(told(LLAMA), (expected, "options.stop[1] options.reasoning_effort".to_owned()));
    let expected = json!({"prompt": "u", "system_prompt": system, "max_completion_tokens": 256,
        "reasoning_effort": "medium"});
    assert_eq!(told("openai/gpt-5"), (expected, "options.temperature options.stop options.seed".to_owned()));
    let expected = json!({"prompt": "u", "system_instruction": system, "max_output_tokens": 256,
        "temperature": 0.2, "thinking_budget": 2048});
    assert_eq!(told("google/gemini-2.5-flash"), (expected, "options.seed options.stop".to_owned()));
    let expected = json!({"prompt": "u", "system_prompt": system, "max_tokens": 256});
    let lost = "options.temperature options.reasoning_effort options.seed options.stop";
    assert_eq!(told("anthropic/claude-4-sonnet"), (expected, lost.to_owned()));
}

#[test]
fn a_version_stands_in_the_body() {
    assert_eq!(
        encoded("replicate", "replicate/hello-world:5c7d5dc6", &ask()),
        json!({"version": "replicate/hello-world:5c7d5dc6", "input": {"prompt": "u"}})
    );
    assert_eq!(encoded("replicate", "5c7d5dc6", &ask())["version"], "5c7d5dc6");
    assert_eq!(encoded("replicate", LLAMA, &ask()), json!({"input": {"prompt": "u"}}));
}

#[test]
fn images_are_shown_where_the_owners_models_take_them() {
    let data = "data:image/png;base64,iVBORw0=";
    let shows = |images: usize| {
        let mut parts = vec![Part::text("a"), Part::text("b")];
        parts.extend((0..images).map(|_| image()));
        ChatRequest::new(vec![user(parts)])
    };
    let input = |model: &str, images| encoded("replicate", model, &shows(images))["input"].clone();
    assert_eq!(input("openai/gpt-4o", 2), json!({"prompt": "a\nb", "image_input": [data, data]}));
    assert_eq!(input("google/gemini-2.5-flash", 1), json!({"prompt": "a\nb", "images": [data]}));
    assert_eq!(input("anthropic/claude-4-sonnet", 1), json!({"prompt": "a\nb", "image": data}));
    for (model, images, what) in
        [("anthropic/claude-4-sonnet", 2, "expected one image"), (LLAMA, 1, "expected text")]
    {
        let error = encode("replicate", model, &shows(images)).unwrap_err();
        assert!(error.message().contains(what), "{error}");
    }
    let sound = Part::Audio { media: Media::Url { url: "https://a.example".into() } };
    let error = encode("replicate", LLAMA, &ChatRequest::new(vec![user(vec![sound])])).unwrap_err();
    assert!(error.message().contains("messages[0].content[0]"), "{error}");
    let first = ChatRequest::new(vec![user(vec![image(), Part::text("a")])]);
    assert_eq!(losses(&encode("replicate", "openai/gpt-4o", &first).unwrap()), ["messages[0].content[1]"]);
}

#[test]
fn a_history_is_a_transcript_and_that_is_said() {
    let lookup = call("c", "lookup", r#"{"id":1}"#);
    let messages = vec![
        Message::system("Be brief."),
        Message::user("Who?"),
        asks(&[&lookup]),
        Message::tool_result(&lookup, ToolResult::error("gone")),
        AssistantMessage::new(vec![text("Nobody.")]).into(),
        Message::system("Be kind."),
        Message::user("And now?"),
    ];
    let request = ChatRequest::new(messages);
    let encoded = encode("replicate", LLAMA, &request).unwrap();
    assert_eq!(losses(&encoded), ["messages"]);
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(body["input"]["system_prompt"], "Be brief.");
    assert_eq!(
        body["input"]["prompt"],
        "User: Who?\n\nAssistant:\n[calls lookup with {\"id\":1}]\n\nResult of lookup: Error: gone\n\n\
         Assistant: Nobody.\n\nUser: Operator note (not from the user): Be kind.\n\nUser: And now?\n\nAssistant:"
    );
    assert!(encode("replicate", LLAMA, &request.with_strict(true)).is_err());
}

#[test]
fn tools_are_refused_and_a_form_of_the_answer_is_reported() {
    let offered = ask().with_tools(vec![tool("t", "{}")]);
    let error = encode("replicate", LLAMA, &offered).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("takes no tools"), "{error}");
    assert!(encode("replicate", LLAMA, &offered.with_tool_choice(ToolChoice::None)).is_ok());
    let options = ChatOptions::default().with_response_format(ResponseFormat::JsonObject);
    let encoded = encode("replicate", LLAMA, &ask().with_options(options)).unwrap();
    assert_eq!(losses(&encoded), ["options.response_format"]);
}

/// As documented (<https://replicate.com/docs/reference/http#predictions.get>), and with a language model's counts.
const DONE: &str = r#"{"id":"gm3qorzdhgbfurvjtvhg6dckhu","model":"replicate/hello-world","version":"5c7d5dc6",
    "input":{"text":"Alice"},"logs":"","output":"hello Alice","error":null,"status":"succeeded",
    "created_at":"2023-09-08T16:19:34.765994Z","started_at":"2023-09-08T16:19:34.779176Z",
    "completed_at":"2023-09-08T16:19:34.791859Z","metrics":{"predict_time":0.012683},
    "urls":{"cancel":"https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel",
    "get":"https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu"}}"#;

#[test]
fn an_answer_is_a_text_or_its_pieces() {
    let answer = decode("replicate", &ask(), DONE).unwrap();
    assert_eq!((answer.text().as_str(), &answer.finish), ("hello Alice", &FinishReason::Stop));
    assert_eq!((&*answer.id, &*answer.model), ("gm3qorzdhgbfurvjtvhg6dckhu", "replicate/hello-world"));
    let pieces = r#"{"status":"succeeded","output":["hel","lo"," ","Alice"],
        "metrics":{"input_token_count":9,"output_token_count":4}}"#;
    let answer = decode("replicate", &ask(), pieces).unwrap();
    assert_eq!(answer.text(), "hello Alice");
    assert_eq!((answer.usage.input, answer.usage.output), (Some(9), Some(4)));
    for empty in [r#"{"status":"succeeded"}"#, r#"{"status":"succeeded","output":[]}"#] {
        assert_eq!(decode("replicate", &ask(), empty).unwrap().text(), "");
    }
}

#[test]
fn what_did_not_succeed_is_no_answer() {
    let kind = |body: &str| decode("replicate", &ask(), body).unwrap_err().kind();
    for status in ["starting", "processing", "canceled", "aborted"] {
        assert_eq!(kind(&format!(r#"{{"status":"{status}","output":["half"]}}"#)), ErrorKind::Timeout);
    }
    for body in [
        "{}",
        r#"{"status":"new"}"#,
        r#"{"status":"succeeded","output":{"a":1}}"#,
        r#"{"status":"succeeded","output":["a",1]}"#,
    ] {
        assert_eq!(kind(body), ErrorKind::MalformedOutput, "{body}");
    }
    assert_eq!(kind(r#"{"status":"failed"}"#), ErrorKind::Unavailable);
    let failed = decode("replicate", &ask(), r#"{"status":"failed","error":"Prediction interrupted"}"#);
    assert!(failed.unwrap_err().message().contains("Prediction interrupted"));
}

fn model(server: &MockServer) -> ChatModel {
    let ours = Provider::new("ours", server.uri(), Dialect::ReplicatePrediction).unwrap();
    ChatModel::new(ours, LLAMA, Some(ApiKey::new("r8_1").unwrap()), http()).unwrap()
}

async fn answer(reply: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/models/meta/meta-llama-3-70b-instruct/predictions"))
        .and(header("authorization", "Bearer r8_1"))
        .and(header("accept", "application/json"))
        .and(header("prefer", "wait=60"))
        .and(header("cancel-after", "1m"))
        .and(body_json(json!({"input": {"prompt": "u"}})))
        .respond_with(reply)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn an_answer_is_waited_for_and_a_stream_brings_it_in_one_piece() {
    for kind in ["application/json; charset=utf-8", "text/plain"] {
        // Whoever does not say that it is JSON has it on one line at least.
        let body = DONE.replace('\n', " ");
        let server = answer(ResponseTemplate::new(201).set_body_raw(body, kind)).await;
        let whole = model(&server).chat(&ask()).await.unwrap();
        let streamed = model(&server).stream(&ask()).await.unwrap().collect().await.unwrap();
        assert_eq!((whole.text().as_str(), &whole.message), ("hello Alice", &streamed.message));
    }
}

/// As reported by users of the API.
#[tokio::test]
async fn errors_have_their_kinds() {
    for (status, body, kind) in [
        (
            401,
            r#"{"title":"Unauthenticated","detail":"You did not pass an authentication token","status":401}"#,
            ErrorKind::Authentication,
        ),
        (
            402,
            r#"{"title":"Insufficient credit","detail":"You have insufficient credit to run this model.","status":402}"#,
            ErrorKind::QuotaExhausted,
        ),
        (404, r#"{"detail":"The requested resource could not be found.","status":404}"#, ErrorKind::NotFound),
        (
            422,
            r#"{"title":"Input validation failed","detail":"- input: prompt is required\n","status":422}"#,
            ErrorKind::InvalidRequest,
        ),
        (
            429,
            r#"{"detail":"Request was throttled. Expected available in 1 second.","status":429}"#,
            ErrorKind::RateLimited,
        ),
    ] {
        let server = answer(ResponseTemplate::new(status).set_body_raw(body, "application/json")).await;
        let error = model(&server).chat(&ask()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let detail =
            serde_json::from_str::<Value>(body).unwrap()["detail"].as_str().unwrap().trim().to_owned();
        assert!(error.message().contains(&detail), "{error}");
    }
    let begun = r#"{"id":"p","status":"processing","output":null,"error":null}"#;
    let server = answer(ResponseTemplate::new(201).set_body_raw(begun, "application/json")).await;
    assert_eq!(model(&server).chat(&ask()).await.unwrap_err().kind(), ErrorKind::Timeout);
    let failed = model(&server).stream(&ask()).await.unwrap().collect().await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Timeout);
    assert_eq!(provider("replicate").key_variable().as_deref(), Some("REPLICATE_API_TOKEN"));
}
