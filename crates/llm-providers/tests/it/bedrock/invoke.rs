//! Claude on Bedrock in its own words: Anthropic's body with another version, and events as base64 in AWS's messages.

use std::sync::Arc;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ApiKey, ChatModel, ChatRequest, Dialect, ErrorKind, Message, Provider, ProviderError, RenderedTools,
};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;
use crate::sample::{conversation, encode, provider};

fn chunk(json: &str) -> Vec<u8> {
    super::message(&[(":message-type", "event"), (":event-type", "chunk")], json)
}

const MODEL: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

#[test]
fn the_body_is_anthropics_with_the_version_for_the_model() {
    let body =
        |id| -> Value { serde_json::from_slice(&encode(id, MODEL, &conversation()).unwrap().body).unwrap() };
    let mut own = body("anthropic");
    own.as_object_mut().unwrap().remove("model");
    own["anthropic_version"] = json!("bedrock-2023-05-31");
    assert_eq!(body("bedrock_anthropic"), own);
    // The path says that it is a stream.
    let bedrock = provider("bedrock_anthropic");
    let request = conversation();
    let tools = RenderedTools::new(bedrock.dialect(), Arc::clone(&request.tools));
    let streamed = bedrock.encode_stream(MODEL, &tools, &request).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&streamed.body).unwrap(), own);
}

#[tokio::test]
async fn an_answer_and_a_stream_have_paths_of_their_own() {
    let server = MockServer::start().await;
    let answer = r#"{"id":"msg_1","type":"message","model":"claude","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    let asked = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "u"}]}]});
    let told = [
        r#"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdGFydCIsIm1lc3NhZ2UiOnt9fQ=="}"#,
        r#"{"bytes":"eyJ0eXBlIjoiY29udGVudF9ibG9ja19zdGFydCIsImluZGV4IjowLCJjb250ZW50X2Jsb2NrIjp7InR5cGUiOiJ0ZXh0IiwidGV4dCI6ImhpIn19","p":"abc"}"#,
        r#"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9kZWx0YSIsImRlbHRhIjp7InN0b3BfcmVhc29uIjoiZW5kX3R1cm4ifX0="}"#,
        r#"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0="}"#,
    ];
    let events: Vec<u8> = told.iter().flat_map(|json| chunk(json)).collect();
    for (at, body, kind) in [
        ("invoke", answer.as_bytes().to_vec(), "application/json"),
        ("invoke-with-response-stream", events, "application/vnd.amazon.eventstream"),
    ] {
        Mock::given(method("POST"))
            .and(path(format!("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/{at}")))
            .and(header("authorization", "Bearer k"))
            .and(body_json(&asked))
            .respond_with(ResponseTemplate::new(200).set_body_raw(body, kind))
            .expect(1)
            .mount(&server)
            .await;
    }
    let ours = Provider::new("ours", server.uri(), Dialect::AnthropicBedrock).unwrap();
    let model = ChatModel::new(ours, MODEL, Some(ApiKey::new("k").unwrap()), http()).unwrap();
    let ask = ChatRequest::new(vec![Message::user("u")]);
    assert_eq!(model.chat(&ask).await.unwrap().text(), "hi");
    assert_eq!(model.stream(&ask).await.unwrap().collect().await.unwrap().text(), "hi");
}

#[test]
fn what_is_no_event_is_an_error() {
    let read = |json: &str| -> ProviderError {
        let ours = Arc::new(Provider::new("p", "https://h", Dialect::AnthropicBedrock).unwrap());
        let request = ChatRequest::new(vec![Message::user("u")]);
        let tools = Arc::new(RenderedTools::new(ours.dialect(), Arc::clone(&request.tools)));
        let mut decoder = toolgate_llm_providers::StreamDecoder::new(ours, tools, &request, None);
        decoder.push(chunk(json).into());
        decoder.into_response().unwrap_err()
    };
    for wrong in ["{}", r#"{"bytes":"?"}"#, r#"{"bytes":"AAAA"}"#, "[]"] {
        assert_eq!(read(wrong).kind(), ErrorKind::MalformedOutput, "{wrong}");
    }
}
