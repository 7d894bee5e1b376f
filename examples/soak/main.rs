//! Many conversations at once, for long, while everything around them misbehaves.
//!
//! `soak [--seconds 600] [--conversations 2000]`, or `cargo xtask soak`. This process runs the servers and their
//! accidents; the client is a process of its own, so that its memory is its own.
#![expect(clippy::print_stdout, reason = "this is what the run says")]

mod client;
mod memory;
mod servers;
mod tally;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use toolgate_examples::rig::{self, FULL};

const USAGE: &str = "usage: soak [--seconds NUMBER] [--conversations NUMBER]";

/// What is asked for, and for the client's process, where the servers and the audit file are.
#[derive(serde::Serialize, serde::Deserialize)]
struct Plan {
    seconds: u64,
    conversations: usize,
    environment: Vec<(String, String)>,
    audit: PathBuf,
}

impl Plan {
    fn read(arguments: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut plan =
            Self { seconds: 600, conversations: 2000, environment: Vec::new(), audit: PathBuf::new() };
        for pair in arguments.chunks(2) {
            match pair {
                [name, value] if name == "--seconds" => plan.seconds = value.parse().map_err(|_| USAGE)?,
                [name, value] if name == "--conversations" => {
                    plan.conversations = value.parse().map_err(|_| USAGE)?;
                }
                _ => return Err(USAGE.into()),
            }
        }
        Ok(plan)
    }

    fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, plan] = arguments.as_slice()
        && role == "client"
    {
        return client::run(&serde_json::from_str(plan)?).await;
    }
    let mut plan = Plan::read(&arguments)?;
    let (rig, folder) = (servers::start().await, tempfile::tempdir()?);
    let environment = rig::environment(&rig, FULL).into_iter();
    plan.environment = environment.map(|(name, value)| (name.to_owned(), value)).collect();
    plan.audit = folder.path().join("soak.audit.jsonl");
    println!(
        "{} conversations at once for {} s; tokens live {} s, keys rotate, servers restart, requests fail",
        plan.conversations,
        plan.seconds,
        servers::TOKEN_LIFETIME.as_secs()
    );
    let mut client = tokio::process::Command::new(std::env::current_exe()?);
    let client = client.arg("client").arg(serde_json::to_string(&plan)?).kill_on_drop(true);
    let status = tokio::select! {
        status = client.status() => status?,
        never = servers::misbehave(rig) => match never {},
    };
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
