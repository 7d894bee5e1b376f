//! Every recorded reply of the dialects we speak, read by us and by a naive reader, must say the same.
//!
//! The recordings lie in the folder that `TOOLGATE_CORPUS` names (default: `../shared/corpus` beside the workspace).

mod bedrock;
pub(crate) mod errors;
mod gather;
mod mutated;
mod naive;
mod ollama;
mod recorded;
mod replicate;
pub(crate) mod requests;
mod responses;
mod streams;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use toolgate_llm_providers::{
    ChatRequest, ChatResponse, Dialect, ErrorKind, Message, Provider, ProviderError, RenderedTools,
};
use toolgate_tool_types::ToolResult;

use naive::Expected;
use recorded::Recorded;

/// What was counted for one provider and one kind of reply.
#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
    not_supported: usize,
}

#[derive(Default)]
struct Report {
    tallies: BTreeMap<(String, String), Tally>,
    wrong: Vec<String>,
}

fn folder() -> PathBuf {
    match std::env::var_os("TOOLGATE_CORPUS") {
        Some(folder) => folder.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
    }
}

/// Dialects of chat that are recorded and not spoken here: counted, so that they are not forgotten.
const UNSPOKEN: [&str; 5] =
    ["bedrock-invoke", "cloudflare-run", "cohere-v1-chat", "gemini-interactions", "sagemaker"];

fn dialect(name: &str) -> Option<Dialect> {
    match name {
        "openai-chat" | "mistral-chat" => Some(Dialect::OpenAiChat),
        "anthropic-messages" => Some(Dialect::AnthropicMessages),
        "gemini-generate" => Some(Dialect::GeminiGenerate),
        "cohere-v2-chat" => Some(Dialect::CohereChat),
        "ollama-chat" => Some(Dialect::OllamaChat),
        "openai-responses" => Some(Dialect::OpenAiResponses),
        "bedrock-converse" => Some(Dialect::BedrockConverse),
        "replicate" => Some(Dialect::ReplicatePrediction),
        _ => None,
    }
}

/// The rows of the index; `None`, said aloud, when there is none.
fn index() -> Option<Vec<Value>> {
    let folder = folder();
    let Ok(index) = std::fs::read_to_string(folder.join("INDEX.json")) else {
        println!("skipped: no recordings in {}; set TOOLGATE_CORPUS", folder.display());
        return None;
    };
    Some(serde_json::from_str(&index).unwrap())
}

/// Shows every recording of a dialect that we speak, with its row of the index. False when there are none at all.
pub(crate) fn each_recording(mut look: impl FnMut(Dialect, &Value, &Value)) -> bool {
    each_of(dialect, &mut look)
        && each_of(
            |name| (name == "bedrock-invoke").then_some(Dialect::AnthropicBedrock),
            |dialect, row, interaction| {
                if is_claudes(interaction) {
                    look(dialect, row, interaction);
                }
            },
        )
}

/// Whether what Bedrock was asked is Anthropic's messages, and not another model's own body.
fn is_claudes(interaction: &Value) -> bool {
    let asked = &interaction["request"]["json"];
    asked["anthropic_version"].is_string() && asked["messages"].is_array()
}

/// The same for the recordings whose dialect's name `known` knows.
pub(crate) fn each_of<T>(known: impl Fn(&str) -> Option<T>, mut look: impl FnMut(T, &Value, &Value)) -> bool {
    let Some(index) = index() else { return false };
    for row in &index {
        let Some(of) = known(row["dialect"].as_str().unwrap()) else { continue };
        let file = row["file"].as_str().unwrap();
        // The index names files from one folder above.
        let below = file.split_once('/').map_or(file, |(_, below)| below);
        let text = std::fs::read_to_string(folder().join(below)).unwrap();
        look(of, row, &serde_json::from_str(&text).unwrap());
    }
    true
}

#[test]
fn every_recorded_reply_is_read_right() {
    let mut report = Report::default();
    let unspoken = |name: &str| UNSPOKEN.contains(&name).then(|| name.to_owned());
    each_of(unspoken, |name, row, interaction| {
        if !is_claudes(interaction) {
            let of = format!("{name} {}", row["provider"].as_str().unwrap());
            report.tallies.entry((of, "any".to_owned())).or_default().not_supported += 1;
        }
    });
    if !each_recording(|dialect, row, interaction| report.judge(dialect, row, &interaction["response"])) {
        return;
    }
    report.print();
    assert!(report.tallies.values().map(|tally| tally.right).sum::<usize>() > 0, "nothing was read");
    assert!(report.wrong.is_empty(), "{} replies read wrongly", report.wrong.len());
}

impl Report {
    fn judge(&mut self, dialect: Dialect, row: &Value, response: &Value) {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let provider = Provider::new(text("provider"), "https://recorded.example", dialect)
            .expect("a recorded provider's id");
        // A recording that the naive reader cannot read costs itself, and not the judgement of all others.
        let judged = catch_unwind(AssertUnwindSafe(|| verdict(&provider, row, response)));
        let unread = |_| ("unread".to_owned(), Err("the judge could not read it: see above".to_owned()));
        let (kind, verdict) = judged.unwrap_or_else(unread);
        let tally =
            self.tallies.entry((format!("{} {}", text("dialect"), text("provider")), kind)).or_default();
        match verdict {
            Ok(true) => tally.right += 1,
            Ok(false) => tally.not_supported += 1,
            Err(why) => {
                tally.wrong += 1;
                self.wrong.push(format!("{}: {why}", text("id")));
            }
        }
    }

    fn print(&self) {
        println!(
            "{:<42} {:<18} {:>6} {:>6} {:>13}",
            "dialect, provider", "kind", "right", "wrong", "not supported"
        );
        for ((provider, kind), tally) in &self.tallies {
            println!(
                "{provider:<42} {kind:<18} {:>6} {:>6} {:>13}",
                tally.right, tally.wrong, tally.not_supported
            );
        }
        for wrong in &self.wrong {
            println!("WRONG {wrong}");
        }
    }
}

/// What kind of reply it is, and whether it is read right, or not one of ours at all.
fn verdict(provider: &Provider, row: &Value, response: &Value) -> (String, Result<bool, String>) {
    let dialect = provider.dialect();
    let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
    let body = match (&response["json"], &response["text"], &response["sse_text"]) {
        (Value::Null, Value::String(text), _) | (Value::Null, _, Value::String(text)) => text.clone(),
        (json, ..) => json.to_string(),
    };
    let succeeded = (200..300).contains(&status);
    if succeeded && row["streaming"] == true {
        let body = ["sse_text", "eventstream_base64", "ndjson_text"].map(|form| &response[form]);
        let verdict = match body {
            [Value::String(text), ..] => streams::judge(provider, &Recorded::events(text)),
            [_, Value::String(base64), _] => streams::judge(provider, &Recorded::aws(base64)),
            [_, _, Value::String(lines)] => streams::judge(provider, &Recorded::lines(lines)),
            _ => judge_list(provider, &response["json"]),
        };
        ("stream".to_owned(), verdict)
    } else if succeeded {
        let verdict = match naive::expected(dialect, &response["json"]) {
            Some(expected) => judge_answer(provider, &body, expected).map(|()| true),
            None => Ok(false),
        };
        ("answer".to_owned(), verdict)
    } else {
        let error = read_error(provider, status, &response["headers"], &body);
        let expected = errors::expected(status, &body);
        let verdict = if error.kind() == expected {
            Ok(true)
        } else {
            Err(format!("expected {expected:?}, got {error:?}"))
        };
        (format!("{expected:?}"), verdict)
    }
}

pub(crate) fn read_error(provider: &Provider, status: u16, headers: &Value, body: &str) -> ProviderError {
    let headers: HeaderMap = headers
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.as_str()?).ok()?))
        })
        .collect();
    let status = StatusCode::from_u16(status).unwrap();
    provider.decode_error(status, &headers, body.as_bytes(), UNIX_EPOCH, None)
}

/// Gemini's stream as one JSON array, which is not what we ask for: the same as its items as events.
fn judge_list(provider: &Provider, list: &Value) -> Result<bool, String> {
    let Some(items) = list.as_array() else { return Ok(false) };
    let events: String = items.iter().map(|item| format!("data: {item}\n\n")).collect();
    let request = ChatRequest::new(vec![Message::user("recorded")]);
    let tools = RenderedTools::new(provider.dialect(), Arc::clone(&request.tools));
    let read = |body: &str| {
        let read = provider.decode(&tools, &request, body.as_bytes(), None);
        format!("{:?}", read.map(|response| (response.message, response.finish, response.usage)))
    };
    if read(&list.to_string()) != read(&events) {
        return Err("the list is read otherwise than its items as events".to_owned());
    }
    streams::judge(provider, &Recorded::events(&events))
}

fn judge_answer(provider: &Provider, body: &str, expected: Expected) -> Result<(), String> {
    let request = ChatRequest::new(vec![Message::user("recorded")]);
    let tools = RenderedTools::new(provider.dialect(), Arc::clone(&request.tools));
    let read = provider.decode(&tools, &request, body.as_bytes(), None);
    for part in [body.len() / 8, body.len() / 2, body.len() - body.len() / 8, body.len() - 1] {
        if provider.decode(&tools, &request, &body.as_bytes()[..part], None).is_ok() {
            return Err(format!("{part} of {} bytes were taken for an answer", body.len()));
        }
    }
    let (answer, response) = match (expected, read) {
        (Expected::Error(kind), Err(error)) if error.kind() == kind => return Ok(()),
        (Expected::Answer(answer), Ok(response)) => (answer, response),
        (expected, read) => return Err(format!("expected {expected:?}, got {read:?}")),
    };
    let found = naive::Answer::of(&response);
    if found != answer {
        return Err(format!("expected {answer:?}, got {found:?}"));
    }
    replay(request, response)
}

/// The answer, with a result for each of its calls, must be sayable again to every dialect.
fn replay(mut request: ChatRequest, response: ChatResponse) -> Result<(), String> {
    let results: Vec<Message> =
        response.tool_calls().map(|call| Message::tool_result(call, ToolResult::text("ok"))).collect();
    request.messages.push(response.message.into());
    request.messages.extend(results);
    for dialect in Dialect::ALL {
        let provider = Provider::new("another", "https://recorded.example", dialect).unwrap();
        let tools = RenderedTools::new(dialect, Arc::clone(&request.tools));
        let encoded =
            provider.encode("m", &tools, &request).map_err(|error| format!("{dialect:?}: {error}"))?;
        let body = serde_json::from_slice::<Value>(&encoded.body)
            .map_err(|error| format!("{dialect:?}: {error}"))?;
        if dialect == Dialect::BedrockConverse {
            crate::bedrock::model::check(&body);
        }
    }
    Ok(())
}

#[test]
fn the_judge_sees_a_wrong_reading() {
    let provider = Provider::new("p", "https://recorded.example", Dialect::OpenAiChat).unwrap();
    let body = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    let other = serde_json::from_str(&body.replace("hi", "ho")).unwrap();
    let expected = || naive::expected(Dialect::OpenAiChat, &other).unwrap();
    assert!(judge_answer(&provider, body, expected()).is_err());
    assert!(judge_answer(&provider, body, Expected::Error(ErrorKind::Unavailable)).is_err());
}
