//! The whole claim: the same settings with only the model changed give the same security.

use std::path::Path;

use serde_json::Value;
use toolgate::{Answer, Config, Environment, Event, Passage, Toolgate, audit};
use toolgate_examples::rig::{self, Client, FULL, LIMITED, MODELS};
use toolgate_examples::scenario::SCENARIOS;
use toolgate_testkit::RigSettings;

use crate::check::{Bench, Outcome, equal, holds};

/// Rows of the catalogue that speak OpenAI's dialect with quirks, keys or defaults of their own.
const ROWS: [&str; 4] = ["deepseek", "groq", "openrouter", "perplexity"];

/// A model behind a cloud's token endpoint, where the examples were built with what that needs.
const VERTEX: Option<&str> =
    if cfg!(feature = "vertex") { Some("vertex_ai_anthropic/claude-rig") } else { None };

/// What is asked beside the demo's scenarios: side by side, again and again, and what a model does that is wrong.
const QUESTIONS: [&str; 4] = [
    "Look up customer JOHNDOE123 and calculate the account value of CUST67890, both at once.",
    "Check customer CUST67890 three times.",
    "Drop all tables.",
    "Send invalid arguments.",
];

/// Everything of one run that is about security.
struct Run {
    /// Each call with what was decided about it.
    calls: Vec<String>,
    /// The records, but for times and ids.
    audit: Vec<Value>,
    /// How many calls reached the MCP server.
    sent: usize,
}

/// Twelve models in eight dialects, and one on Vertex AI where that was built in; of each dialect one is asked for whole answers
/// and for streams, the others for one of the two. Every run is as the first.
pub(crate) async fn only_the_model_changes() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let account = bench.config(FULL).audit.file.with_file_name("account.json");
    let written = std::fs::write(&account, bench.rig.models().google_credentials());
    written.map_err(|error| format!("{}: {error}", account.display()))?;
    let dialects = MODELS.into_iter().chain(VERTEX);
    let rows = ROWS.map(|row| format!("{row}/rig"));
    let models: Vec<String> = dialects.map(str::to_owned).chain(rows).collect();
    let mut first: Option<Run> = None;
    for (number, model) in models.iter().enumerate() {
        let both = number < models.len() - ROWS.len();
        for streamed in [false, true].into_iter().filter(|streamed| both || *streamed == (number % 2 == 0)) {
            let what = format!("{model}, {}", if streamed { "streamed" } else { "whole" });
            let run = run(&bench, model, streamed).await.map_err(|error| format!("{what}: {error}"))?;
            let Some(first) = &first else {
                equal("calls", run.calls.len(), 11)?;
                first = Some(run);
                continue;
            };
            equal(format_args!("{what}: calls"), &run.calls, &first.calls)?;
            equal(format_args!("{what}: audit"), &run.audit, &first.audit)?;
            equal(format_args!("{what}: calls that were sent"), run.sent, first.sent)?;
        }
    }
    Ok(())
}

async fn run(bench: &Bench, model: &str, streamed: bool) -> Result<Run, String> {
    let before = bench.rig.mcp().controls().calls();
    let (mut calls, mut records) = (Vec::new(), Vec::new());
    for client in [FULL, LIMITED] {
        let mut config = settings(bench, client);
        config.model = Some(model.to_owned());
        let file = config.audit.file.with_extension(format!("{}.{streamed}.jsonl", model.replace('/', "-")));
        config.audit.file.clone_from(&file);
        let toolgate = Toolgate::open(config).map_err(|error| error.to_string())?;
        let scenarios = SCENARIOS.iter().map(|scenario| scenario.question);
        let questions: Vec<&str> = if client.id == LIMITED.id {
            // What only this client may not.
            scenarios.skip(2).collect()
        } else {
            scenarios.chain(QUESTIONS).collect()
        };
        for question in questions {
            let answer = answer(&toolgate, question, streamed).await?;
            calls.extend(answer.passages.iter().map(call));
        }
        drop(toolgate);
        records.extend(records_of(&file)?);
    }
    Ok(Run { calls, audit: records, sent: bench.rig.mcp().controls().calls() - before })
}

/// The rig's settings, with the rows' variables beside those of the dialects.
fn settings(bench: &Bench, client: Client) -> Config {
    let rows = ROWS.iter().flat_map(|row| {
        let (name, models) = (row.to_uppercase(), bench.rig.models());
        // It wants back what it thought before each call, which OpenAI refuses.
        let place = if *row == "deepseek" { models.deepseek_base_url() } else { models.openai_base_url() };
        [(format!("{name}_BASE_URL"), place), (format!("{name}_API_KEY"), "sk-openai-rig".to_owned())]
    });
    let account = bench.config(client).audit.file.with_file_name("account.json");
    let vertex = [
        ("VERTEX_AI_ANTHROPIC_BASE_URL", bench.rig.models().vertex_base_url()),
        ("GOOGLE_APPLICATION_CREDENTIALS", account.display().to_string()),
    ];
    let own = rig::environment(&bench.rig, client).into_iter().chain(vertex);
    let own = own.map(|(name, value)| (name.to_owned(), value));
    let mut config = Config::from_environment(Environment::from_iter(own.chain(rows)));
    config.audit = bench.config(client).audit;
    config
}

async fn answer(toolgate: &Toolgate, question: &str, streamed: bool) -> Result<Answer, String> {
    let model = toolgate.model(None).map_err(|error| error.to_string())?;
    if !streamed {
        return toolgate.chat(&model, question).await.map_err(|error| error.to_string());
    }
    let mut conversation = toolgate.chat_stream(&model, question);
    while let Some(event) = conversation.next().await {
        if let Event::Done(answer) = event.map_err(|error| error.to_string())? {
            return Ok(*answer);
        }
    }
    Err("it ended without an answer".to_owned())
}

fn call(passage: &Passage) -> String {
    let (call, decision) = (&passage.call, &passage.decision);
    format!(
        "{} {} at {:?} by {:?}: needs {:?}, holds {:?}, denied {:?}",
        call.name,
        call.raw_arguments,
        decision.server,
        decision.rule,
        decision.scopes_needed,
        decision.scopes_held,
        decision.denial
    )
}

/// The records of an intact file without what differs each time: times, the chain of hashes, ids of clients' sessions and
/// of tokens, digests of results, in which there are times. Calls that run side by side are in the order of asking.
fn records_of(file: &Path) -> Result<Vec<Value>, String> {
    let report = audit::verify(file).map_err(|error| error.to_string())?;
    holds(format_args!("{report:?}"), report.is_intact())?;
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut records = Vec::new();
    for line in text.lines() {
        let mut record: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let members = record.as_object_mut().ok_or("a record is no object")?;
        for name in ["seq", "time", "prev", "hash", "token_id", "duration_us", "result"] {
            members.remove(name);
        }
        let request = members.get("request").and_then(Value::as_str).unwrap_or_default();
        let number = request.split_once('-').map_or(request, |(_, number)| number).to_owned();
        members.insert("request".to_owned(), number.clone().into());
        let numbers: Vec<u64> = number.split('.').filter_map(|part| part.parse().ok()).collect();
        records.push((numbers, record));
    }
    records.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(records.into_iter().map(|(_, record)| record).collect())
}
