//! `bench tokens|transport|models`: the tables of docs/benchmarks.md, each beside its peers in one run. `bench server`,
//! `bench client`, `bench mock` and `bench model-client` are the processes that the last two start.

mod client;
mod events;
mod load;
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
        }
        ["models"] => models::run(),
        ["tokens"] => tokens::run(),
        ["transport"] => {
            events::run();
            transport::run();
        }
        ["server", folder] => server::run(folder),
        ["client", who, url, folder, in_flight, millis] => {
            client::run(who, url, folder, in_flight.parse().unwrap(), millis.parse().unwrap());
        }
        ["mock"] => models::mock(),
        ["model-client", client @ ..] => models::client(client),
        other => {
            eprintln!("error: expected nothing, `tokens`, `transport` or `models`, found {other:?}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
