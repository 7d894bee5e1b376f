//! The HTTP client beside bare hyper-util and reqwest, against one server in a process and on a processor of its own.

use toolgate_bench::measure::median;

use crate::load::FIGURES;
use crate::processes::{Server, itself, middles, numbers};
use crate::table;

const ROUNDS: usize = 15;
const MILLIS: &str = "350";
const CLIENTS: [&str; 3] = ["toolgate", "hyper-util", "reqwest"];
const IN_FLIGHT: [&str; 3] = ["1", "64", "512"];
const COLUMNS: [&str; 8] =
    ["in flight", "by", "requests/s", "CPU µs each", "CPU, hyper-util = 1", "p50 µs", "p99 µs", "peak MiB"];

/// Prints a table per protocol.
pub(crate) fn run() {
    let folder = std::env::temp_dir().join(format!("toolgate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let (_server, ports) = Server::start(&["server", folder]);
    let schemes =
        [("http", "HTTP/1.1 in clear"), ("https", "HTTP/1.1 over TLS 1.3"), ("https", "HTTP/2 over TLS 1.3")];
    let mut measured = vec![Vec::new(); schemes.len() * IN_FLIGHT.len() * CLIENTS.len()];
    for _ in 0..ROUNDS {
        let mut cells = measured.iter_mut();
        for ((scheme, _), port) in schemes.iter().zip(&ports) {
            let url = format!("{scheme}://localhost:{port}/v1/chat");
            for in_flight in IN_FLIGHT {
                for who in CLIENTS {
                    let mut client = itself(&["client", who, &url, folder, in_flight, MILLIS]);
                    cells.next().unwrap().push(numbers(&mut client));
                }
            }
        }
    }
    for ((_, title), cells) in schemes.iter().zip(measured.chunks(IN_FLIGHT.len() * CLIENTS.len())) {
        let mut rows = Vec::new();
        for (in_flight, cells) in IN_FLIGHT.iter().zip(cells.chunks(CLIENTS.len())) {
            let bare = &cells[1];
            for (who, cell) in CLIENTS.iter().zip(cells) {
                let [rate, cpu, half, most, memory]: [f64; FIGURES] = middles(cell);
                // Each beside its neighbour in time: the machine's mood of a round falls out.
                let beside = median(cell.iter().zip(bare).map(|(ours, bare)| ours[1] / bare[1]));
                rows.push(vec![
                    (*in_flight).to_owned(),
                    (*who).to_owned(),
                    format!("{rate:.0}"),
                    table::number(cpu),
                    table::ratio(beside, 1.0),
                    table::number(half),
                    table::number(most),
                    table::number(memory / 1024.0),
                ]);
            }
        }
        table::print(title, &COLUMNS, &rows);
    }
    let _ = std::fs::remove_dir_all(folder);
}
