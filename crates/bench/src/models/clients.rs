//! `bench model-client WHO API KIND PORT IN_FLIGHT MILLIS`: one model's client in a process of its own. Prints one line for
//! the table. With `first` in place of the last two, it asks once and prints its processor time in ms and its peak memory.

mod bare;
mod genai;
mod reqwest;
mod rig;
mod toolgate;

use std::sync::Arc;

use async_trait::async_trait;
use toolgate_bench::chats::{Api, Kind};
use toolgate_bench::measure::process_time;

use crate::load;

/// A client that asks a model one thing again and again.
#[async_trait]
trait Asks: Send + Sync {
    /// Asks once and reads the answer to its end: the bytes of its text, or of the call's argument.
    async fn ask(&self) -> usize;
}

/// What is asked, and where.
#[derive(Clone, Copy)]
struct Target {
    api: Api,
    kind: Kind,
    port: u16,
}

impl Target {
    /// What stands before `/v1` in the URL.
    fn root(self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, self.kind.word())
    }

    fn url(self) -> String {
        let path = match self.api {
            Api::OpenAi => "/v1/chat/completions",
            Api::Anthropic => "/v1/messages",
        };
        self.root() + path
    }

    /// The headers of a request that is written by hand.
    fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self.api {
            Api::OpenAi => &[("content-type", "application/json"), ("authorization", "Bearer sk-x")],
            Api::Anthropic => &[
                ("content-type", "application/json"),
                ("x-api-key", "sk-x"),
                ("anthropic-version", "2023-06-01"),
            ],
        }
    }
}

fn client(who: &str, target: Target) -> Arc<dyn Asks> {
    match who {
        "toolgate" => Arc::new(toolgate::Client::new(target)),
        "hyper-util" => Arc::new(bare::Client::new(target)),
        "reqwest" => Arc::new(reqwest::Client::new(target)),
        "genai" => Arc::new(genai::Client::new(target)),
        "rig" => rig::client(target),
        other => panic!("no client {other}"),
    }
}

/// Runs the client that `arguments` name.
pub(crate) fn run(arguments: &[&str]) {
    let [who, api, kind, port, how @ ..] = arguments else { panic!("expected WHO API KIND PORT …") };
    let target =
        Target { api: api.parse().unwrap(), kind: kind.parse().unwrap(), port: port.parse().unwrap() };
    load::on_one_thread(async {
        let client = client(who, target);
        let expected = target.kind.expected();
        match how {
            ["first"] => {
                assert_eq!(client.ask().await, expected, "{who}");
                println!("{} {}", process_time().as_secs_f64() * 1000.0, load::peak_memory());
            }
            [in_flight, millis] => {
                let who = (*who).to_owned();
                load::measure(in_flight.parse().unwrap(), millis.parse().unwrap(), move || {
                    let (client, who) = (Arc::clone(&client), who.clone());
                    async move { assert_eq!(client.ask().await, expected, "{who}") }
                })
                .await;
            }
            _ => panic!("expected `first`, or IN_FLIGHT and MILLIS"),
        }
    });
}
