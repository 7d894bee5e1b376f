//! The HTTP client beside bare hyper-util and reqwest, against one server in a process and on a processor of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::thread::{CpuSet, sched_setaffinity};
use toolgate_bench::measure::median;

use crate::table;

const ROUNDS: usize = 7;
const MILLIS: &str = "350";
const CLIENTS: [&str; 3] = ["toolgate", "hyper-util", "reqwest"];
const IN_FLIGHT: [&str; 3] = ["1", "64", "512"];
const COLUMNS: [&str; 8] =
    ["in flight", "by", "requests/s", "CPU µs each", "CPU, hyper-util = 1", "p50 µs", "p99 µs", "peak MiB"];

/// Keeps this thread on one processor, where there is more than one.
pub(crate) fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // On a machine with a single processor there is nothing to keep apart.
    let _ = sched_setaffinity(None, &set);
}

/// The server's process, killed when the run is over.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Prints a table per protocol.
pub(crate) fn run() {
    let folder = std::env::temp_dir().join(format!("toolgate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let (_server, ports) = start(folder);
    let schemes = [
        ("http", "HTTP/1.1 in clear"),
        ("https", "HTTP/1.1 over TLS 1.3"),
        ("https", "HTTP/2 over TLS 1.3"),
    ];
    let mut measured = vec![Vec::new(); schemes.len() * IN_FLIGHT.len() * CLIENTS.len()];
    for _ in 0..ROUNDS {
        let mut cells = measured.iter_mut();
        for ((scheme, _), port) in schemes.iter().zip(&ports) {
            let url = format!("{scheme}://localhost:{port}/v1/chat");
            for in_flight in IN_FLIGHT {
                for who in CLIENTS {
                    cells.next().unwrap().push(client(who, &url, folder, in_flight));
                }
            }
        }
    }
    for ((_, title), cells) in schemes.iter().zip(measured.chunks(IN_FLIGHT.len() * CLIENTS.len())) {
        let mut rows = Vec::new();
        for (in_flight, cells) in IN_FLIGHT.iter().zip(cells.chunks(CLIENTS.len())) {
            let middles: Vec<[f64; 5]> = cells.iter().map(|cell| middles(cell)).collect();
            for (who, [rate, cpu, half, most, memory]) in CLIENTS.iter().zip(&middles) {
                rows.push(vec![
                    (*in_flight).to_owned(),
                    (*who).to_owned(),
                    format!("{rate:.0}"),
                    table::number(*cpu),
                    table::ratio(*cpu, middles[1][1]),
                    table::number(*half),
                    table::number(*most),
                    table::number(memory / 1024.0),
                ]);
            }
        }
        table::print(title, &COLUMNS, &rows);
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn middles(runs: &[[f64; 5]]) -> [f64; 5] {
    std::array::from_fn(|column| median(runs.iter().map(|run| run[column])))
}

/// The server and its ports: in clear, HTTP/1.1, HTTP/2.
fn start(folder: &str) -> (Server, Vec<u16>) {
    let mut child = itself(&["server", folder]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (Server(child), line.split_whitespace().map(|port| port.parse().unwrap()).collect())
}

/// One run of one client.
fn client(who: &str, url: &str, folder: &str, in_flight: &str) -> [f64; 5] {
    let output = itself(&["client", who, url, folder, in_flight, MILLIS]).output().unwrap();
    assert!(output.status.success(), "{who}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    numbers.try_into().expect("five numbers from a client")
}

fn itself(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments);
    command
}
