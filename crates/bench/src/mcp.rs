//! `bench mcp`: tools and tool calls. Discovery of many tools, many calls at once, sessions that wait, and what the gate
//! itself adds to a call. Each measurement is a process of its own on the first processor, so that its processor time and
//! its memory are nobody else's; the MCP server that it talks to is one on the second.

mod calls;
mod discovery;
mod disk;
mod gate;
mod idle;
mod offline;
mod peer;
mod server;

use std::sync::Arc;

use toolgate_bench::measure::median;
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_mcp_bridge::{Bridge, Server};
use toolgate_tls_config::ClientTls;

use crate::processes::{self, CLIENTS, Server as Peer};
use crate::table;

/// How often each measurement is made.
const ROUNDS: usize = 5;

/// `bench mcp`, or one of the processes that it starts.
pub(crate) fn run(arguments: &[&str]) {
    match arguments {
        [] => tables(),
        ["server"] => server::run(),
        ["discovery", ports @ ..] => discovery::measure(ports),
        ["calls", who, generation, at_once, port] => calls::measure(who, generation, at_once, port),
        ["idle", generation, listening, port] => idle::measure(generation, listening, port),
        ["gate", durable] => gate::measure(durable),
        other => panic!("expected nothing after `mcp`, found {other:?}"),
    }
}

fn tables() {
    let (_peer, ports) = Peer::start(&["mcp", "server"]);
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    discovery::table(&ports);
    calls::table(&ports[0]);
    idle::table(&ports[0]);
    gate::table();
}

/// The lines of numbers that the process for `arguments` prints: each the median over all rounds.
fn medians(arguments: &[&str]) -> Vec<Vec<f64>> {
    let rounds: Vec<Vec<Vec<f64>>> = (0..ROUNDS).map(|_| numbers(arguments)).collect();
    let line = |line: usize| -> Vec<f64> {
        let column = |column: usize| median(rounds.iter().map(|round| round[line][column]));
        (0..rounds[0][line].len()).map(column).collect()
    };
    (0..rounds[0].len()).map(line).collect()
}

fn numbers(arguments: &[&str]) -> Vec<Vec<f64>> {
    let output = processes::itself(&[&["mcp"], arguments].concat()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers = |line: &str| line.split_whitespace().map(|number| number.parse().unwrap()).collect();
    text.lines().map(numbers).collect()
}

/// Runs `work` on one thread of the first processor.
fn on_one_thread(work: impl Future<Output = ()>) {
    processes::pin(CLIENTS);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

/// Our HTTP client, in clear: TLS has its own table.
fn http() -> Arc<dyn HttpClient> {
    let tls = ClientTls::new().with_mozilla_roots().build().unwrap();
    Arc::new(HyperClient::builder(tls).with_insecure_loopback(true).build())
}

/// A bridge to these servers, by URL.
fn bridge(http: &Arc<dyn HttpClient>, urls: &[String]) -> Bridge {
    let patience = std::time::Duration::from_secs(120);
    let server = |(number, url): (usize, &String)| {
        Server::new(&format!("s{number}"), url, http.clone()).unwrap().with_call_timeout(patience)
    };
    Bridge::new(urls.iter().enumerate().map(server).collect()).unwrap()
}

/// A row: words, then numbers.
fn row(words: &[&str], numbers: &[f64]) -> Vec<String> {
    let words = words.iter().map(|word| (*word).to_owned());
    words.chain(numbers.iter().map(|value| table::number(*value))).collect()
}
