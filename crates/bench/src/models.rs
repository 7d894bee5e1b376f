//! Model clients beside each other: translation alone, and the full call against a mock on a processor of its own.

mod clients;
mod mock;
mod python;

use std::process::Command;
use std::time::{Duration, Instant};

use toolgate_bench::chats::{Api, Kind};
use toolgate_bench::measure::{Cell, interleaved};
use toolgate_bench::translation;

pub(crate) use self::clients::run as client;
pub(crate) use self::mock::run as mock;
use self::python::Python;
use crate::load::FIGURES;
use crate::processes::{Server, itself, middles, numbers};
use crate::table;

const ROUNDS: usize = 5;
/// Of those, for Python's clients: a process of theirs takes seconds to start, and they are far from everybody else.
const PYTHON_ROUNDS: usize = 3;
const MILLIS: &str = "350";
/// Each round's pause before a client, which is everybody else's on the machine.
const PAUSE: Duration = Duration::from_millis(400);
const IN_FLIGHT: [&str; 3] = ["1", "64", "512"];
const KINDS: [Kind; 3] = [Kind::Text, Kind::Tool, Kind::Stream];
/// The floor comes first: everyone's figures are set beside its.
const RUST: [&str; 5] = ["hyper-util", "toolgate", "reqwest", "genai", "rig"];
const COLUMNS: [&str; 9] = [
    "answer",
    "by",
    "in flight",
    "requests/s",
    "CPU µs each",
    "CPU, bare = 1",
    "p50 µs",
    "over bare µs",
    "peak MiB",
];

/// One row of a table, and what it has measured.
struct Row {
    api: Api,
    kind: Kind,
    in_flight: &'static str,
    who: &'static str,
    runs: Vec<[f64; FIGURES]>,
}

/// Prints the tables.
pub(crate) fn run() {
    translate();
    let python = Python::find();
    let (_mock, ports) = Server::start(&["mock"]);
    let port = ports[0].to_string();
    let mut rows = rows(&python);
    for round in 0..ROUNDS {
        for row in rows.iter_mut().filter(|row| round < PYTHON_ROUNDS || !python.knows(row.who)) {
            let words = [row.who, row.api.word(), row.kind.word(), &port, row.in_flight, MILLIS];
            std::thread::sleep(PAUSE);
            row.runs.push(numbers(&mut command(&python, &words)));
        }
    }
    for (api, title) in [(Api::OpenAi, "OpenAI chat completions"), (Api::Anthropic, "Anthropic messages")] {
        let of_api: Vec<&Row> = rows.iter().filter(|row| row.api == api).collect();
        table::print(title, &COLUMNS, &lines(&of_api));
    }
    start_up(&python, &port);
}

fn command(python: &Python, words: &[&str]) -> Command {
    match python.knows(words[0]) {
        true => python.command(words),
        false => itself(&[&["model-client"], words].concat()),
    }
}

fn rows(python: &Python) -> Vec<Row> {
    let mut rows = Vec::new();
    for api in [Api::OpenAi, Api::Anthropic] {
        for kind in KINDS {
            for in_flight in IN_FLIGHT {
                let rust = RUST.into_iter();
                // A single stream holds Python's processor for 40 ms and more: many would queue, and measure the queue.
                let queues = kind == Kind::Stream && in_flight != "1";
                let python = python.clients(api).filter(|_| !queues);
                rows.extend(rust.chain(python).map(|who| Row {
                    api,
                    kind,
                    in_flight,
                    who,
                    runs: Vec::new(),
                }));
            }
        }
    }
    rows
}

fn lines(rows: &[&Row]) -> Vec<Vec<String>> {
    let mut bare = [0.0; FIGURES];
    let mut lines = Vec::new();
    for row in rows {
        let middle = middles(&row.runs);
        if row.who == RUST[0] {
            bare = middle;
        }
        let [rate, cpu, half, _, memory] = middle;
        lines.push(vec![
            row.kind.word().to_owned(),
            row.who.to_owned(),
            row.in_flight.to_owned(),
            format!("{rate:.0}"),
            table::number(cpu),
            table::ratio(cpu, bare[1]),
            table::number(half),
            format!("{:+.1}", half - bare[2]),
            table::number(memory / 1024.0),
        ]);
    }
    lines
}

/// From the start of a client's process to its end, with one answer in between.
fn start_up(python: &Python, port: &str) {
    let api = |who| {
        if python.clients(Api::OpenAi).any(|known| known == who) { Api::OpenAi } else { Api::Anthropic }
    };
    let mut clients: Vec<(&str, Api)> = RUST.iter().map(|who| (*who, Api::OpenAi)).collect();
    for who in python.all() {
        clients.push((who, api(who)));
    }
    let mut measured = vec![Vec::new(); clients.len()];
    for _ in 0..ROUNDS {
        for ((who, api), runs) in clients.iter().zip(&mut measured) {
            std::thread::sleep(PAUSE);
            let mut command = command(python, &[who, api.word(), "text", port, "first"]);
            let start = Instant::now();
            let [cpu, memory] = numbers(&mut command);
            runs.push([start.elapsed().as_secs_f64() * 1000.0, cpu, memory / 1024.0]);
        }
    }
    let row = |((who, api), runs): (&(&str, Api), &Vec<[f64; 3]>)| {
        let figures = middles(runs).map(table::number);
        [*who, api.word()].map(str::to_owned).into_iter().chain(figures).collect()
    };
    let rows: Vec<Vec<String>> = clients.iter().zip(&measured).map(row).collect();
    table::print("From start to first answer", &["by", "API", "ms", "CPU ms", "peak MiB"], &rows);
}

/// Prints the table of what needs no network.
fn translate() {
    const BATCH: Duration = Duration::from_millis(25);
    let operations = translation::operations();
    let names: Vec<(String, &str)> =
        operations.iter().map(|operation| (operation.what.clone(), operation.who)).collect();
    let mut cells: Vec<Cell> =
        operations.into_iter().map(|operation| Cell::new("", operation.who, operation.work)).collect();
    let costs = interleaved(&mut cells, 15, BATCH, || ());
    let mut ours = 0.0;
    let mut rows = Vec::new();
    for ((what, who), cost) in names.iter().zip(&costs) {
        if *who == "toolgate" {
            ours = cost.cpu;
        }
        rows.push(vec![
            what.clone(),
            (*who).to_owned(),
            table::number(cost.cpu),
            table::ratio(cost.cpu, ours),
        ]);
    }
    table::print("Translation alone", &["operation", "by", "CPU µs", "CPU, ours = 1"], &rows);
}
