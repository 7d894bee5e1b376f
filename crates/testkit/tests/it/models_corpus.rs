//! Recorded traffic against the scripted models: what the real APIs took must be taken, what they refused refused.
//!
//! The recordings are not part of this repository; without them these tests pass without having looked.

use std::path::{Path, PathBuf};

use axum::Router;
use serde_json::Value;
use toolgate_testkit::models::{Keys, ModelControls, Script, router};

use crate::models_client::{bytes, post};

/// `TOOLGATE_CORPUS`, or a folder beside the workspace.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("TOOLGATE_CORPUS").map_or_else(beside, PathBuf::from);
    folder.join("INDEX.json").is_file().then_some(folder)
}

/// The recorded interactions of one API whose request is known.
fn recorded(provider: &str, dialect: &str) -> Vec<Value> {
    let Some(folder) = corpus() else {
        return Vec::new();
    };
    let read = |path: PathBuf| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    let index = read(folder.join("INDEX.json"));
    let rows = index.as_array().unwrap().iter();
    let ours = rows.filter(|row| row["provider"] == provider && row["dialect"] == dialect);
    let files =
        ours.map(|row| read(folder.join(provider).join(format!("{}.json", row["id"].as_str().unwrap()))));
    files.filter(|file| file["request"]["json"].is_object()).collect()
}

/// Sends the recorded body to the recorded path, with the keys of the scripted models.
async fn replay(router: &mut Router, interaction: &Value) -> (u16, String) {
    let url: http::Uri = interaction["request"]["url"].as_str().unwrap().parse().unwrap();
    let path = url.path_and_query().unwrap().as_str();
    let mut body = interaction["request"]["json"].clone();
    let mut path = path.to_owned();
    if interaction["provider"] == "mistral" {
        path.insert_str(0, "/mistral");
        // Ids that the recorder made up, in the length of the API's own.
        body = serde_json::from_str(&body.to_string().replace("call_REDACTED_", "REDACTED")).unwrap();
    }
    let response = post(router, &path, &body).await;
    let status = response.status().as_u16();
    (status, String::from_utf8_lossy(&bytes(response).await).into_owned())
}

fn models() -> Router {
    router(ModelControls::new(Script::saying("Yes."), Keys::default()))
}

/// At least `known` recordings, so that a corpus that moved is noticed.
async fn takes_what_was_taken(provider: &str, dialect: &str, path: &str, known: usize) {
    let mut router = models();
    let mut misses = Vec::new();
    let mut seen = 0;
    for interaction in recorded(provider, dialect) {
        let at = interaction["request"]["url"].as_str().unwrap();
        if interaction["response"]["status"] != 200 || !at.contains(path) {
            continue;
        }
        let (status, body) = replay(&mut router, &interaction).await;
        seen += 1;
        if status != 200 {
            misses.push(format!("{}: {status} {body}", interaction["id"]));
        }
    }
    assert!(seen >= known || corpus().is_none(), "only {seen} recordings of {provider}");
    assert!(misses.is_empty(), "{} refused:\n{}", misses.len(), misses.join("\n"));
}

#[tokio::test]
async fn openai_takes_what_was_taken() {
    takes_what_was_taken("openai", "openai-chat", "://api.openai.com/v1/chat/completions", 200).await;
}

#[tokio::test]
async fn anthropic_takes_what_was_taken() {
    takes_what_was_taken("anthropic", "anthropic-messages", "://api.anthropic.com/v1/messages", 200).await;
}

#[tokio::test]
async fn gemini_takes_what_was_taken() {
    takes_what_was_taken("gemini", "gemini-generate", "/v1beta/models/", 200).await;
}

#[tokio::test]
async fn responses_take_what_was_taken() {
    takes_what_was_taken("openai", "openai-responses", "://api.openai.com/v1/responses", 200).await;
}

#[tokio::test]
async fn cohere_takes_what_was_taken() {
    takes_what_was_taken("cohere", "cohere-v2-chat", "/v2/chat", 100).await;
}

#[tokio::test]
async fn ollama_takes_what_was_taken() {
    takes_what_was_taken("ollama", "ollama-chat", "/api/chat", 80).await;
}

#[tokio::test]
async fn bedrock_takes_what_was_taken() {
    takes_what_was_taken("bedrock", "bedrock-converse", "/converse", 150).await;
}

#[tokio::test]
async fn mistral_takes_what_was_taken() {
    takes_what_was_taken("mistral", "mistral-chat", "/v1/chat/completions", 140).await;
}

/// Recorded refusals that the checks cover, with the words.
const REFUSED: [(&str, &str, &str); 8] = [
    ("openai", "openai-chat", "openai--openai-chat--666e557320"),
    ("openai", "openai-chat", "openai--openai-chat--bcd927c10b"),
    ("anthropic", "anthropic-messages", "anthropic--anthropic-messages--5da849d588"),
    ("anthropic", "anthropic-messages", "anthropic--anthropic-messages--93a623ac21"),
    ("gemini", "gemini-generate", "gemini--gemini-generate--a287046259"),
    ("openai", "openai-responses", "openai--openai-responses--643170f639"),
    ("cohere", "cohere-v2-chat", "cohere--cohere-v2-chat--8671227575"),
    ("mistral", "mistral-chat", "mistral--mistral-chat--61f354c5d6"),
];

#[tokio::test]
async fn recorded_refusals_are_refused_in_the_same_words() {
    let mut router = models();
    for (provider, dialect, id) in REFUSED {
        for interaction in recorded(provider, dialect).iter().filter(|interaction| interaction["id"] == id) {
            let (status, body) = replay(&mut router, interaction).await;
            let body: Value = serde_json::from_str(&body).unwrap();
            let recorded = &interaction["response"];
            assert_eq!(status, recorded["status"], "{id}: {body}");
            assert_eq!(message(&body), message(&recorded["json"]), "{id}");
        }
    }
}

fn message(body: &Value) -> &Value {
    body.pointer("/error/message").unwrap_or(&body["message"])
}
