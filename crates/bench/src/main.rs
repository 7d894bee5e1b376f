//! `bench tokens|transport|models|serve|mcp`: the tables of docs/benchmarks.md, each beside its peers in one run. `bench server`,
//! `bench client`, `bench mock`, `bench model-client` and `bench gateway-client` are processes that these start.

mod client;
mod events;
mod gateways;
mod load;
mod mcp;
mod models;
mod peers;
mod processes;
mod scripts;
mod server;
mod table;
mod tokens;
mod transport;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => {
            tokens::run();
            events::run();
            transport::run();
            models::run();
            mcp::run(&[]);
        }
        ["models"] => models::run(),
        ["serve"] => gateways::run(),
        ["tokens"] => tokens::run(),
        ["transport"] => {
            events::run();
            transport::run();
        }
        ["server", folder] => server::run(folder),
        ["client", who, url, folder, in_flight, millis] => {
            client::run(who, url, folder, in_flight.parse().unwrap(), millis.parse().unwrap());
        }
        ["mock"] => models::mock(processes::SERVER),
        ["mock", processor] => models::mock(processor.parse().unwrap()),
        ["gateway-client", url, model, in_flight, millis] => {
            gateways::client::run(url, model, in_flight.parse().unwrap(), millis.parse().unwrap());
        }
        ["mcp", rest @ ..] => mcp::run(rest),
        ["model-client", client @ ..] => models::client(client),
        other => {
            eprintln!(
                "error: expected nothing, `tokens`, `transport`, `models`, `serve` or `mcp`, found {other:?}"
            );
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
