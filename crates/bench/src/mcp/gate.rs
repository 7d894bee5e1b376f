//! What the gate adds to a tool call: policy, verified token, arguments, audit. Without a network, so that nothing else is
//! in the figures but the bridge, which is measured alone as well.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use toolgate::{CallId, Durable, JsonObject, ToolCall, ToolName, Toolgate};
use toolgate_bench::measure::process_time;
use toolgate_http_client::HttpClient;
use toolgate_llm_providers::{Catalogue, ChatRequest, Message, Provider, RenderedTools};
use toolgate_tool_types::Tool;

use super::offline::{ARGUMENTS, Offline, TOOL, said, url};
use super::{bridge, disk, medians, row};
use crate::table;

/// The scope that the token of the samples holds, and one that it does not.
const SCOPES: [&str; 2] = ["customer:read", "customer:delete"];
/// A measurement is over after so many calls, or so long.
const CALLS: usize = 1_500;
const LONG: Duration = Duration::from_secs(2);
/// Calls that are not counted.
const WARM_UP: usize = 100;
const DURABLE: [&str; 3] = ["batch", "process", "call"];

pub(super) fn table() {
    let measured: Vec<Vec<Vec<f64>>> = DURABLE.iter().map(|durable| medians(&["gate", durable])).collect();
    let [explained, alone, ..] = &measured[0][..] else { panic!("a measurement is missing") };
    let mut rows = vec![
        row(&["the decision, nothing recorded (`Toolgate::explain`)", ""], explained),
        row(&["the bridge alone, the same call", ""], &alone[..2]),
    ];
    for (durable, measured) in DURABLE.iter().zip(&measured) {
        let [_, alone, denied, allowed, disk] = &measured[..] else { panic!("a measurement is missing") };
        let durable = format!("durable = \"{durable}\"");
        let added = |column: usize| allowed[column] - alone[column];
        // Their processor time is that of whole conversations.
        rows.push(row(&["a denied call, recorded", &durable], &denied[..2]));
        rows.push(row(&["an allowed call, decision and outcome recorded", &durable], &allowed[..2]));
        rows.push(row(&["of that the gate's part", &durable], &[added(0)]));
        rows.push(row(&["two records as bare writes, for comparison", &durable], disk));
    }
    rows.iter_mut().for_each(|row| row.resize(5, String::new()));
    table::print("The gate", &["what", "with", "p50 µs", "p99 µs", "CPU µs each"], &rows);
}

/// Prints p50, p99 and processor time in microseconds: a decision, the bridge alone, a denied call, an allowed one, and the
/// disk alone.
pub(super) fn measure(durable: &str) {
    let folder = std::env::current_exe().unwrap().with_file_name(format!("gate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        explained(&folder.join("explained.jsonl")).await;
        alone().await;
        for scope in SCOPES.iter().rev() {
            passed(scope, durable, &folder.join(format!("{}.jsonl", scope.len()))).await;
        }
    });
    let mut times = Times::start();
    while times.go_on() {
        times.time(|| disk::two_records(&folder, durable));
    }
    times.report();
    let _ = std::fs::remove_dir_all(folder);
}

async fn explained(audit: &PathBuf) {
    let toolgate = Offline::new().toolgate(SCOPES[0], Durable::Batch, audit);
    let call = ToolCall::new(CallId::new("1"), TOOL, ARGUMENTS);
    let mut times = Times::start();
    while times.go_on() {
        let started = Instant::now();
        let decision = toolgate.explain(&call).await.unwrap();
        times.took(started.elapsed());
        assert!(decision.is_allowed(), "{:?}", decision.denial);
    }
    times.report();
}

async fn alone() {
    let http: Arc<dyn HttpClient> = Arc::new(Offline::new());
    let (bridge, name) = (bridge(&http, &[url()]), ToolName::new(TOOL).unwrap());
    let model = Requests::new(bridge.tools().await.unwrap());
    let mut times = Times::start();
    while times.go_on() {
        let started = Instant::now();
        let checked = bridge.check(&name, JsonObject::parse(ARGUMENTS).unwrap()).unwrap();
        let result = bridge.call(checked).await.unwrap();
        times.took(started.elapsed());
        assert_eq!(result.to_text(TOOL), ARGUMENTS);
        model.write_two();
    }
    times.report();
}

/// What a conversation does between two calls: without it, the bridge would find all of the caches as it left them.
struct Requests {
    provider: Provider,
    rendered: RenderedTools,
    request: ChatRequest,
}

impl Requests {
    fn new(tools: Arc<[Tool]>) -> Self {
        let provider = Catalogue::builtin().provider("openai").unwrap().clone();
        let rendered = RenderedTools::new(provider.dialect(), Arc::clone(&tools));
        let request = ChatRequest::new(vec![Message::user("Which orders are open?")]).with_tools(tools);
        Self { provider, rendered, request }
    }

    fn write_two(&self) {
        for _ in 0..2 {
            let body = self.provider.encode("model", &self.rendered, &self.request).unwrap().body;
            assert!(said(&body).contains(TOOL));
        }
    }
}

/// One call for each conversation, timed by the gate itself from the request to the result.
async fn passed(scope: &str, durable: &str, audit: &PathBuf) {
    let durable = match durable {
        "batch" => Durable::Batch,
        "process" => Durable::Process,
        _ => Durable::Call,
    };
    let toolgate: Toolgate = Offline::new().toolgate(scope, durable, audit);
    let models = toolgate.models().unwrap();
    let mut times = Times::start();
    while times.go_on() {
        let answer = toolgate.chat(&models, "Which orders of C-10042 are open?").await.unwrap();
        let [passage] = &answer.passages[..] else { panic!("one call was asked for") };
        assert_eq!(passage.decision.is_allowed(), scope == SCOPES[0], "{:?}", passage.decision.denial);
        times.took(passage.duration);
    }
    times.report();
}

/// How long each of many operations took.
struct Times {
    taken: Vec<Duration>,
    since: Instant,
    cpu: Duration,
}

impl Times {
    fn start() -> Self {
        Self { taken: Vec::new(), since: Instant::now(), cpu: process_time() }
    }

    fn go_on(&self) -> bool {
        self.taken.len() < WARM_UP + CALLS && (self.taken.len() < 2 * WARM_UP || self.since.elapsed() < LONG)
    }

    fn took(&mut self, time: Duration) {
        self.taken.push(time);
        if self.taken.len() == WARM_UP {
            self.cpu = process_time();
        }
    }

    fn time(&mut self, work: impl FnOnce()) {
        let started = Instant::now();
        work();
        self.took(started.elapsed());
    }

    fn report(self) {
        let cpu = process_time() - self.cpu;
        let mut counted = self.taken[WARM_UP..].to_vec();
        counted.sort_unstable();
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let part = |per_cent: usize| micros(counted[counted.len() * per_cent / 100]);
        println!("{} {} {}", part(50), part(99), micros(cpu) / counted.len() as f64);
    }
}
