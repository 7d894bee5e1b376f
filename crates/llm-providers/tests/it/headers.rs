//! Headers of the caller's own, in everything that a provider is asked.

use serde_json::json;
use toolgate_llm_providers::{
    ApiKey, AssistantMessage, AssistantPart, ChatModel, ChatRequest, Dialect, EmbeddingModel,
    EmbeddingRequest, Message, Opaque, Provider,
};
use toolgate_tool_types::ToolResult;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::chat_model::http;
use crate::sample::{call, reasoning, tool};

#[tokio::test]
async fn they_go_with_whatever_is_asked() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(400)).mount(&server).await;
    let provider = Provider::new("ours", server.uri(), Dialect::OpenAiChat).unwrap();
    let provider = provider.with_header("x-route", "cheap").unwrap();
    let key = || Some(ApiKey::new("sk-key").unwrap());
    let model = ChatModel::new(provider.clone(), "m", key(), http()).unwrap();
    let request = ChatRequest::new(vec![Message::user("u")]);
    drop((model.chat(&request).await, model.stream(&request).await, model.listed().await));
    let vectors = EmbeddingModel::new(provider, "m", key(), http()).unwrap();
    drop(vectors.embed(&EmbeddingRequest::new(vec!["t"])).await);
    let sent = server.received_requests().await.unwrap();
    assert_eq!(sent.len(), 4);
    for request in sent {
        let of = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(
            (of("x-route"), of("authorization")),
            (Some("cheap"), Some("Bearer sk-key")),
            "{}",
            request.url
        );
    }
}

/// Betas are a list: those that a request needs stand beside the caller's.
#[tokio::test]
async fn a_beta_of_the_callers_stays_beside_one_of_the_requests() {
    let server = MockServer::start().await;
    let reply =
        ResponseTemplate::new(200).set_body_json(json!({"content": [{"type": "text", "text": "hi"}]}));
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let provider = Provider::new("ours", server.uri(), Dialect::AnthropicMessages).unwrap();
    let provider = provider.with_header("anthropic-beta", "mine").unwrap();
    let provider = provider.with_header("anthropic-version", "2099-01-01").unwrap();
    let model =
        ChatModel::new(provider, "claude-opus-5-5", Some(ApiKey::new("sk-key").unwrap()), http()).unwrap();
    let lookup = call("c", "lookup", "{}");
    let thought = reasoning("ours", "hm", Some(Opaque::Signature("c2ln".into())));
    let parts = vec![thought, AssistantPart::ToolCall(lookup.clone())];
    let request = ChatRequest::new(vec![
        Message::user("u"),
        AssistantMessage::new(parts).into(),
        Message::tool_result(&lookup, ToolResult::text("ok")),
    ]);
    model.chat(&request.with_tools(vec![tool("lookup", "{}")])).await.unwrap();
    let sent = &server.received_requests().await.unwrap()[0];
    let betas = sent.headers.get_all("anthropic-beta").iter().map(|value| value.to_str().unwrap());
    assert_eq!(betas.collect::<Vec<_>>(), ["mine,thinking-binding-controls-2026-08-01"]);
    let versions = sent.headers.get_all("anthropic-version").iter();
    assert_eq!(versions.collect::<Vec<_>>(), ["2099-01-01"], "the caller's stands in place of the dialect's");
}
