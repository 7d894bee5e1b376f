//! Recorded traffic: each request that we can express is written as it was, each answer read, each error sorted.
//!
//! Differences that are meant: what is too long is never cut off in silence (`truncate`), vectors come as base64 where
//! that is known to work, and `gemini-embedding-2` reads in the text what it is for.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use toolgate_llm_providers::{Catalogue, Dialect, EmbeddingPurpose, EmbeddingRequest, Provider, Quirk};
use toolgate_tool_types::JsonObject;

use crate::corpus::{each_of, errors, read_error};

/// What the canonical types have no words for, each with its number of recordings.
const UNSPOKEN: &[(&str, &str, usize)] = &[
    ("/v1/embed", "Cohere's first version, and vectors of bytes", 2),
    ("perplexity", "vectors of bytes", 1),
    ("title", "titles of documents", 1),
    ("tokens", "texts as tokens", 1),
    ("empty", "an empty text", 1),
];

fn dialect(name: &str) -> Option<Dialect> {
    match name {
        "openai-embeddings" => Some(Dialect::OpenAiChat),
        "gemini-embed" => Some(Dialect::GeminiGenerate),
        "cohere-embed" => Some(Dialect::CohereChat),
        "ollama-embed" => Some(Dialect::OllamaChat),
        "bedrock-invoke" => Some(Dialect::BedrockConverse),
        _ => None,
    }
}

fn provider(id: &str, dialect: Dialect) -> Provider {
    let id = match id {
        "vertex" => "vertex_ai",
        "azure" => "azure",
        other => other,
    };
    if let Ok(known) = Catalogue::builtin().provider(id) {
        return known.clone();
    }
    let quirks = match id {
        "voyage" => vec![Quirk::InputType, Quirk::OutputDimension, Quirk::Base64Vectors],
        _ => vec![],
    };
    Provider::new(id, "https://recorded.example", dialect).unwrap().with_quirks(quirks)
}

#[derive(Default)]
struct Report {
    counts: BTreeMap<(String, &'static str), usize>,
    unspoken: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

#[test]
fn recorded_embeddings_are_written_and_read_as_they_were() {
    let mut report = Report::default();
    let known = each_of(dialect, |dialect, row, interaction| {
        let url = interaction["request"]["url"].as_str().unwrap_or_default();
        if dialect == Dialect::BedrockConverse && !url.contains("embed") {
            return;
        }
        report.judge(dialect, row, interaction, url);
    });
    if !known {
        return;
    }
    for ((of, what), count) in &report.counts {
        println!("{of:<16} {what:<8} {count}");
    }
    assert!(report.wrong.is_empty(), "{:#?}", report.wrong);
    let named: BTreeMap<_, _> = UNSPOKEN.iter().map(|(what, _, count)| (*what, *count)).collect();
    // A smaller or larger set has others of the same kinds.
    assert!(report.unspoken.keys().all(|what| named.contains_key(what)), "{:?}", report.unspoken);
    println!("not expressible: {:?}", report.unspoken);
}

impl Report {
    fn judge(&mut self, dialect: Dialect, row: &Value, interaction: &Value, url: &str) {
        let id = row["id"].as_str().unwrap();
        let of = row["provider"].as_str().unwrap();
        let provider = provider(of, dialect);
        let model = model(url, &interaction["request"]["json"]);
        let (request, response) = (&interaction["request"]["json"], &interaction["response"]);
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        if status != 200 {
            let body = response["json"].to_string();
            let kind = read_error(&provider, status, &response["headers"], &body).kind();
            self.count(of, "error", (kind == errors::expected(status, &body)).then_some(()), id);
        }
        let ask = match read(&provider, request, url) {
            Ok(ask) => ask,
            Err(what) => return *self.unspoken.entry(what).or_default() += 1,
        };
        let encoded =
            provider.encode_embeddings(&model, &ask).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(encoded.batches.len(), 1, "{id}");
        assert!(encoded.lossiness.is_empty(), "{id}: {:?}", encoded.lossiness);
        let written: Value = serde_json::from_slice(&encoded.batches[0].body).unwrap();
        let (written, recorded) = (normal(&model, written), normal(&model, request.clone()));
        let same = written == recorded;
        if !same {
            println!("{id}\n  written {written}\n recorded {recorded}");
        }
        self.count(of, "request", same.then_some(()), id);
        if status == 200 {
            let mut ask = ask;
            // The recorder cut the vectors short.
            ask.dimensions = None;
            let (body, expected) = expected(&response["json"]);
            let read =
                provider.decode_embeddings(&model, &ask, ask.texts.len(), body.to_string().as_bytes(), None);
            let read = read.map(|answer| answer.vectors);
            if read.as_ref().ok() != Some(&expected) {
                println!("{id}\n  read {read:?}\n  expected {expected:?}");
            }
            self.count(of, "answer", (read.ok() == Some(expected)).then_some(()), id);
        }
    }

    fn count(&mut self, of: &str, what: &'static str, right: Option<()>, id: &str) {
        match right {
            Some(()) => *self.counts.entry((of.to_owned(), what)).or_default() += 1,
            None => self.wrong.push(format!("{id}: {what}")),
        }
    }
}

/// In the body, or in the path.
fn model(url: &str, body: &Value) -> String {
    if let Some(model) = body["model"].as_str() {
        return model.to_owned();
    }
    let path = url.split('?').next().unwrap();
    let of =
        |before: &str, after: &str| Some(path.split_once(before)?.1.split_once(after)?.0.replace("%3A", ":"));
    of("/models/", ":").or_else(|| of("/model/", "/")).or_else(|| of("/deployments/", "/")).unwrap()
}

/// The canonical request, or why there is none.
fn read(provider: &Provider, body: &Value, url: &str) -> Result<EmbeddingRequest, &'static str> {
    if url.contains("/v1/embed") && provider.id() == "cohere" {
        return Err("/v1/embed");
    }
    if provider.id() == "perplexity" {
        return Err("perplexity");
    }
    let mut members = body.as_object().unwrap().clone();
    members.retain(|_, value| !value.is_null());
    for may_differ in ["model", "truncate", "encoding_format", "embedding_types"] {
        members.remove(may_differ);
    }
    let task = members.remove("singleEmbeddingParams").unwrap_or_default();
    let mut ask = EmbeddingRequest::new(texts(&mut members, &task)?);
    let one = body["requests"].as_array().map_or(body, |requests| &requests[0]);
    let sizes = ["dimensions", "output_dimension"].map(|name| members.remove(name).unwrap_or_default());
    let mut sizes = sizes.iter().chain([
        &one["output_dimensionality"],
        &one["outputDimensionality"],
        &task["embeddingDimension"],
    ]);
    let size = sizes.find_map(Value::as_u64);
    ask.dimensions = size.map(|size| u32::try_from(size).unwrap());
    if members.contains_key("title") {
        return Err("title");
    }
    let said = members.remove("input_type").unwrap_or_default();
    members.remove("taskType");
    let said = [&said, &task["embeddingPurpose"], &one["taskType"]];
    ask.purpose = said.into_iter().find_map(Value::as_str).map(purpose);
    if !members.is_empty() {
        let more = JsonObject::parse(&Value::Object(members).to_string()).unwrap();
        ask = ask.with_extra(provider.id(), more);
    }
    Ok(ask)
}

/// Takes the texts out of a request.
fn texts(members: &mut Map<String, Value>, task: &Value) -> Result<Vec<String>, &'static str> {
    let content = |one: &Value| one["content"]["parts"][0]["text"].clone();
    let found = [
        members.remove("input"),
        members.remove("texts"),
        members.remove("inputText"),
        members.remove("content").map(|inner| content(&json!({ "content": inner }))),
        members.remove("requests").map(|list| list.as_array().unwrap().iter().map(content).collect()),
        Some(task["text"]["value"].clone()),
    ];
    let texts: Vec<String> = match found.into_iter().flatten().next().unwrap() {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect(),
        other => panic!("{other}"),
    };
    match texts.iter().any(String::is_empty) {
        _ if texts.is_empty() => Err("tokens"),
        true => Err("empty"),
        false => Ok(texts),
    }
}

fn purpose(word: &str) -> EmbeddingPurpose {
    match word {
        "query" | "search_query" | "RETRIEVAL_QUERY" => EmbeddingPurpose::Query,
        "search_document" | "RETRIEVAL_DOCUMENT" | "GENERIC_INDEX" => EmbeddingPurpose::Document,
        other => panic!("a purpose that nobody has judged: {other}"),
    }
}

/// A request without what may differ.
fn normal(model: &str, mut body: Value) -> Value {
    let members = body.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
    for may_differ in ["model", "truncate", "encoding_format", "embedding_types", "autoTruncate"] {
        members.remove(may_differ);
    }
    if let Some(Value::String(text)) = members.get("input") {
        members["input"] = json!([text]);
    }
    // OpenRouter takes any word here, and documents the longer one.
    if members.get("input_type") == Some(&json!("query")) {
        members["input_type"] = json!("search_query");
    }
    if let Some(task) = members.get_mut("singleEmbeddingParams") {
        task["text"].as_object_mut().unwrap().remove("truncationMode");
    }
    for one in members.get_mut("requests").and_then(Value::as_array_mut).into_iter().flatten() {
        normal_content(model, one.as_object_mut().unwrap());
    }
    if members.contains_key("content") {
        normal_content(model, members);
    }
    body
}

fn normal_content(model: &str, one: &mut Map<String, Value>) {
    one["content"].as_object_mut().unwrap().remove("role");
    if let Some(size) = one.remove("output_dimensionality") {
        one.insert("outputDimensionality".to_owned(), size);
    }
    if model.starts_with("gemini-embedding-2") && one.remove("taskType") == Some(json!("RETRIEVAL_QUERY")) {
        let text = &mut one["content"]["parts"][0]["text"];
        *text = format!("task: search result | query: {}", text.as_str().unwrap()).into();
    }
}

/// The vectors of an answer as a naive reader finds them, and the answer with base64 that the recorder cut mended.
fn expected(answer: &Value) -> (Value, Vec<Vec<f32>>) {
    let mut answer = answer.clone();
    let numbers = |list: &Value| -> Vec<f32> { serde_json::from_value(list.clone()).unwrap() };
    if let Some(data) = answer.get_mut("data").and_then(Value::as_array_mut) {
        data.sort_by_key(|item| item["index"].as_u64());
        let vectors = data.iter_mut().map(|item| match item["embedding"].as_str() {
            Some(base64) => {
                let mut bytes = STANDARD.decode(&base64[..base64.len() / 4 * 4]).unwrap();
                bytes.truncate(bytes.len() / 4 * 4);
                item["embedding"] = STANDARD.encode(&bytes).into();
                bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
            }
            None => numbers(&item["embedding"]),
        });
        let vectors = vectors.collect();
        return (answer, vectors);
    }
    let lists = [&answer["embeddings"]["float"], &answer["embeddings"]];
    let vectors = match lists.into_iter().find_map(Value::as_array) {
        Some(list) => list
            .iter()
            .map(|one| {
                [one, &one["values"], &one["embedding"]].into_iter().find(|list| list.is_array()).unwrap()
            })
            .map(numbers)
            .collect(),
        None => {
            let one = [&answer["embedding"]["values"], &answer["embedding"]];
            vec![numbers(one.into_iter().find(|list| list.is_array()).unwrap())]
        }
    };
    (answer, vectors)
}
