//! What the scripted models refuse: one thing wrong at a time, each with the status and the words of its API.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use toolgate_testkit::models::{Keys, ModelControls, Script, router};
use tower_service::Service;

use crate::models_client::{post, text};

/// A request that is taken, and changes to it (JSON Pointer, value, words) after which it is refused in those words.
/// `null` removes.
pub(crate) async fn refuses(path: &str, cases: &str) {
    let cases: Value = serde_json::from_str(cases).unwrap();
    let mut router = router(ModelControls::new(Script::saying("Yes."), Keys::default()));
    let response = post(&mut router, path, &cases["good"]).await;
    assert_eq!(response.status(), 200, "{}", text(response).await);
    for case in cases["refused"].as_array().unwrap() {
        let mut body = cases["good"].clone();
        set(&mut body, case[0].as_str().unwrap(), case[1].clone());
        let response = post(&mut router, path, &body).await;
        let status = response.status();
        let answer: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(status, 400, "{case}: {answer}");
        let message = [&answer["error"]["message"], &answer["message"], &answer["error"]];
        let message = message.iter().find_map(|member| member.as_str()).unwrap();
        assert!(message.contains(case[2].as_str().unwrap()), "{case}: {message}");
    }
}

fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(list) => {
            let index: usize = name.parse().unwrap();
            list.splice(index..list.len().min(index + 1), Some(value).filter(|value| !value.is_null()));
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

#[tokio::test]
async fn openai_refuses() {
    refuses("/v1/chat/completions", include_str!("models_refusals/openai.json")).await;
}

#[tokio::test]
async fn anthropic_refuses() {
    refuses("/v1/messages", include_str!("models_refusals/anthropic.json")).await;
}

#[tokio::test]
async fn gemini_refuses() {
    let path = "/v1beta/models/gemini-3.6-flash:generateContent";
    refuses(path, include_str!("models_refusals/gemini.json")).await;
}

#[tokio::test]
async fn responses_refuse() {
    refuses("/v1/responses", include_str!("models_refusals/responses.json")).await;
}

#[tokio::test]
async fn cohere_refuses() {
    refuses("/v2/chat", include_str!("models_refusals/cohere.json")).await;
}

#[tokio::test]
async fn ollama_refuses() {
    refuses("/api/chat", include_str!("models_refusals/ollama.json")).await;
}

#[tokio::test]
async fn bedrock_refuses() {
    refuses("/model/m/converse", include_str!("models_refusals/bedrock.json")).await;
}

#[tokio::test]
async fn mistral_refuses() {
    refuses("/mistral/v1/chat/completions", include_str!("models_refusals/mistral.json")).await;
}

/// Where it does not think, nothing of it is wanted back.
#[tokio::test]
async fn deepseek_refuses() {
    let cases = include_str!("models_refusals/deepseek.json");
    refuses("/deepseek/chat/completions", cases).await;
    let mut cases: Value = serde_json::from_str(cases).unwrap();
    set(&mut cases, "/good/messages/1/reasoning_content", Value::Null);
    set(&mut cases, "/good/thinking/type", json!("disabled"));
    let mut router = router(ModelControls::new(Script::saying("Yes."), Keys::default()));
    assert_eq!(post(&mut router, "/deepseek/chat/completions", &cases["good"]).await.status(), 200);
}

#[tokio::test]
async fn anthropic_refuses_more_in_its_newer_version() {
    let mut router = router(ModelControls::new(Script::saying("Yes."), Keys::default()));
    let hot = json!({"model": "claude", "max_tokens": 9, "temperature": 1, "messages": [{"role": "user", "content": "Hi"}]});
    for (version, expected) in [("2023-06-01", 200), ("2026-10-21", 400), ("2024-01-01", 400)] {
        let request = Request::post("/v1/messages").header("x-api-key", "sk-ant-rig");
        let request = request.header("anthropic-version", version).body(Body::from(hot.to_string()));
        assert_eq!(router.call(request.unwrap()).await.unwrap().status(), expected, "{version}");
    }
}

type Headers<'a> = &'a [(&'a str, &'a str)];

/// Sends an empty object with the given headers; the status and the body.
async fn bare(method: &str, path: &str, headers: Headers<'_>) -> (u16, String) {
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
    let cases: [(&str, Headers<'_>, u16, &str); 20] = [
        ("/v1/chat/completions", &[], 401, "You didn't provide an API key."),
        (
            "/v1/chat/completions",
            &[("authorization", "Bearer sk-other-secret-key")],
            401,
            "sk-other*******-key",
        ),
        ("/v1/messages", &[version], 401, "x-api-key header is required"),
        ("/v1/messages", &[version, ("x-api-key", "other")], 401, "invalid x-api-key"),
        ("/v1/messages", &[version, ("authorization", "Bearer other")], 401, "Invalid bearer token"),
        ("/v1/messages", &[version, ("authorization", "Bearer sk-ant-rig")], 400, "model: Field required"),
        ("/v1/messages", &[key], 400, "anthropic-version: header is required"),
        (gemini, &[], 403, "PERMISSION_DENIED"),
        ("/v1beta/models/gemini-2.5-flash:generateContent?key=gemini-key", &[], 403, "unregistered callers"),
        (gemini, &[("x-goog-api-key", "other")], 400, "API_KEY_INVALID"),
        ("/v1/responses", &[("authorization", "Bearer other")], 401, "Incorrect API key provided: *****."),
        ("/v2/chat", &[], 401, "no api key supplied"),
        ("/mistral/v1/chat/completions", &[("authorization", "Bearer other")], 401, "Unauthorized"),
        (
            "/mistral/v1/chat/completions",
            &[("authorization", "Bearer mistral-rig")],
            422,
            "model is required",
        ),
        ("/model/m/converse", &[], 403, "Missing Authentication Token"),
        ("/model/m/converse", &[("authorization", "Bearer other")], 403, "make sure your API Key is valid"),
        (
            "/model/m/converse",
            &[("authorization", "AWS4-HMAC-SHA256 Credential=AKIARIG")],
            403,
            "requires 'Credential'",
        ),
        (
            "/model/%20/converse",
            &[("authorization", "Bearer bedrock-rig")],
            400,
            "model identifier is invalid",
        ),
        ("/v2/chat", &[("authorization", "Bearer other")], 401, "invalid api token"),
        ("/v2/chat", &[("authorization", "BEARER cohere-rig")], 400, "model is required"),
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
    let cases: [(&str, &str, Headers<'_>, u16, &str); 5] = [
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
