//! Every recorded request of the dialects we speak, read into canonical types by a naive reader and encoded by us,
//! must be the recorded one again, but for the normalisations that `normal` lists.

pub(crate) mod anthropic;
pub(crate) mod bedrock;
pub(crate) mod cohere;
pub(crate) mod compare;
pub(crate) mod gemini;
pub(crate) mod gigachat;
pub(crate) mod members;
pub(crate) mod normal;
pub(crate) mod ollama;
pub(crate) mod openai;
pub(crate) mod replicate;
pub(crate) mod responses;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toolgate_llm_providers::{
    Catalogue, ChatRequest, Dialect, Encoded, Provider, ProviderError, Quirk, ReasoningEffort, RenderedTools,
};
use toolgate_tool_types::JsonObject;

use crate::schemas;
use members::Read;

/// A request in canonical types, and the accents of the client that sent it.
pub(crate) struct Recorded {
    pub(crate) request: ChatRequest,
    pub(crate) model: Option<String>,
    pub(crate) stream: bool,
    pub(crate) quirks: Vec<Quirk>,
    /// Members that only the provider knows.
    pub(crate) extra: Map<String, Value>,
}

impl Recorded {
    fn of(model: Option<String>) -> Self {
        let request = ChatRequest::new(Vec::new());
        Self { request, model, stream: false, quirks: Vec::new(), extra: Map::new() }
    }

    fn set_extra(&mut self, provider: &str, more: Map<String, Value>) {
        self.extra.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        if !self.extra.is_empty() {
            let extra = JsonObject::from_serialize(&self.extra).expect("an object");
            self.request.options.extra.insert(provider.into(), extra);
        }
    }

    /// The tool's name in the call with this id.
    fn name_of(&self, id: &str) -> String {
        let calls = self.request.messages.iter().rev().filter_map(|message| match message {
            toolgate_llm_providers::Message::Assistant(message) => Some(message),
            _ => None,
        });
        let mut names = calls.flat_map(|message| message.tool_calls()).filter(|call| call.id.as_str() == id);
        names.next().map(|call| call.name.to_string()).unwrap_or_default()
    }

    /// Encodes it for the model of the body, or else for the one that the URL has.
    pub(crate) fn encode(&self, id: &str, in_url: &str, dialect: Dialect) -> Result<Encoded, ProviderError> {
        let catalogue = Catalogue::builtin();
        let row = catalogue.provider(id).into_iter();
        // What tells whose rules a model's requests are to keep.
        let own = |quirk: &Quirk| matches!(quirk, Quirk::IgnoresSettings | Quirk::ContentChunks);
        let quirks = self.quirks.iter().copied().chain(row.flat_map(Provider::quirks).filter(own)).collect();
        let provider = Provider::new(id, "https://recorded.example", dialect)?.with_quirks(quirks);
        let tools = RenderedTools::new(dialect, self.request.tools.clone());
        let model = self.model.as_deref().unwrap_or(in_url);
        match self.stream {
            true => provider.encode_stream(model, &tools, &self.request),
            false => provider.encode(model, &tools, &self.request),
        }
    }
}

fn effort(word: &Value) -> Option<ReasoningEffort> {
    serde_json::from_value(word.clone()).ok()
}

/// Reads a normalised body; `None` when nobody has written a reader for the dialect.
pub(crate) fn read(dialect: Dialect, provider: &str, model: &str, body: Value) -> Option<Read<Recorded>> {
    Some(match dialect {
        Dialect::OpenAiChat => openai::read(provider, body),
        Dialect::AnthropicMessages => anthropic::read(provider, model, body),
        Dialect::GeminiGenerate => gemini::read(provider, model, body),
        Dialect::CohereChat => cohere::read(provider, body),
        Dialect::OllamaChat => ollama::read(provider, body),
        Dialect::OpenAiResponses => responses::read(provider, body),
        Dialect::BedrockConverse => bedrock::read(provider, body),
        Dialect::ReplicatePrediction => replicate::read(provider, body),
        Dialect::GigaChat => gigachat::read(provider, body),
        _ => return None,
    })
}

/// What a request is counted as: the first that the index says of it.
const KINDS: [&str; 11] = [
    "error",
    "tool_result",
    "server_tools",
    "tools",
    "image",
    "pdf",
    "audio",
    "structured",
    "reasoning",
    "multi_turn",
    "chat",
];

enum Verdict {
    Equal {
        with_extras: bool,
    },
    /// Different, and the encoder says so itself.
    Told(String),
    /// Different, and nobody was told.
    Silent(String),
    Inexpressible(String),
}

fn judge(dialect: Dialect, row: &Value, body: &Value) -> Option<Verdict> {
    let provider = row["provider"].as_str()?;
    let mut recorded = body.clone();
    normal::normal(dialect, &mut recorded);
    let model = row["model"].as_str().unwrap_or_default();
    let read = match read(dialect, provider, model, recorded.clone())? {
        Ok(read) => read,
        Err(place) => return Some(Verdict::Inexpressible(place)),
    };
    let encoded = match read.encode(provider, model, dialect) {
        Ok(encoded) => encoded,
        Err(error) => return Some(Verdict::Told(format!("status {}, refused: {error}", row["status"]))),
    };
    let mut ours: Value = serde_json::from_slice(&encoded.body).unwrap();
    // What the provider's own schema refuses of the recording as well is the schema's fault.
    let name = dialect.name();
    if schemas::check(name, provider, body).is_ok()
        && let Err(wrong) = schemas::check(name, provider, &ours)
    {
        return Some(Verdict::Silent(wrong));
    }
    normal::normal(dialect, &mut ours);
    if recorded.get("model").is_none() {
        ours.as_object_mut()?.remove("model");
    }
    let different = compare::differences(&recorded, &ours);
    let losses: Vec<String> = encoded.lossiness.iter().map(ToString::to_string).collect();
    Some(match (different.is_empty(), losses.is_empty()) {
        (true, _) => Verdict::Equal { with_extras: !read.extra.is_empty() },
        (false, false) => Verdict::Told(format!("{}; reported: {}", different.join("; "), losses.join("; "))),
        (false, true) => Verdict::Silent(different.join("; ")),
    })
}

#[derive(Default)]
struct Report {
    /// By provider and kind: equal, of which with extras, different, not expressible.
    rows: BTreeMap<(String, &'static str), [usize; 4]>,
    told: Vec<String>,
    silent: Vec<String>,
    inexpressible: BTreeMap<String, usize>,
}

impl Report {
    fn add(&mut self, row: &Value, verdict: Verdict) {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let has = |kind: &&&str| row["kind"].as_array().is_some_and(|kinds| kinds.contains(&(**kind).into()));
        let kind = KINDS.iter().find(has).map_or("other", |kind| kind);
        let provider = format!("{} {}", text("dialect"), text("provider"));
        let counts = self.rows.entry((provider, kind)).or_default();
        match verdict {
            Verdict::Equal { with_extras } => {
                counts[0] += 1;
                counts[1] += usize::from(with_extras);
            }
            Verdict::Told(what) => {
                counts[2] += 1;
                self.told.push(format!("{}: {what}", text("id")));
            }
            Verdict::Silent(what) => {
                counts[2] += 1;
                self.silent.push(format!("{}: {what}", text("id")));
            }
            Verdict::Inexpressible(place) => {
                counts[3] += 1;
                *self.inexpressible.entry(format!("{} {place}", text("dialect"))).or_default() += 1;
            }
        }
    }

    fn print(&self) {
        println!("requests, re-encoded; the same up to:");
        for (dialect, what) in normal::NORMALISATIONS {
            println!("  {dialect:<10} {what}");
        }
        let line = |name: &str, kind: &str, counts: [usize; 4]| {
            let [equal, extras, different, not] = counts;
            println!("{name:<44} {kind:<14} {equal:>6} {extras:>12} {different:>10} {not:>16}");
        };
        println!(
            "{:<44} {:<14} {:>6} {:>12} {:>10} {:>16}",
            "dialect, provider", "kind", "equal", "by extras", "different", "not expressible"
        );
        let mut sum = [0; 4];
        for ((provider, kind), counts) in &self.rows {
            line(provider, kind, *counts);
            sum = std::array::from_fn(|place| sum[place] + counts[place]);
        }
        line("all", "", sum);
        for (place, count) in &self.inexpressible {
            println!("NOT EXPRESSIBLE {count:>4} {place}");
        }
        self.told.iter().for_each(|what| println!("DIFFERENT {what}"));
        self.silent.iter().for_each(|what| println!("WRONG {what}"));
    }
}

#[test]
fn every_recorded_request_is_written_as_it_was() {
    let mut report = Report::default();
    let found = super::each_recording(|dialect, row, interaction| {
        let body = &interaction["request"]["json"];
        if let Some(verdict) = body.is_object().then(|| judge(dialect, row, body)).flatten() {
            report.add(row, verdict);
        }
    });
    if !found {
        return;
    }
    report.print();
    let equal: usize = report.rows.values().map(|[equal, ..]| equal).sum();
    assert!(equal > 0, "no request was compared");
    assert!(report.silent.is_empty(), "{} requests written wrongly", report.silent.len());
}

#[test]
fn the_judge_of_requests_sees_what_is_lost() {
    let row = serde_json::json!({"provider": "p", "model": "m", "status": 200});
    let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let judge = |dialect, text| judge(dialect, &row, &body(text)).unwrap();
    let equal = r#"{"model":"m","messages":[{"role":"user","content":"x"}],"store":true}"#;
    assert!(matches!(judge(Dialect::OpenAiChat, equal), Verdict::Equal { with_extras: true }));
    let named = r#"{"model":"m","messages":[{"role":"user","content":"x","name":"y"}]}"#;
    assert!(matches!(judge(Dialect::OpenAiChat, named), Verdict::Inexpressible(_)));
    let late = r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"},{"role":"system","content":"y"}]}"#;
    assert!(matches!(judge(Dialect::AnthropicMessages, late), Verdict::Told(_)));
}
