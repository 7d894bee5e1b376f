//! The demo: three scenarios on every model, through one gate, against a rig in this process, printed for a person.
//!
//! `cargo xtask demo` runs it. Exit code 0 when every value is as it must be, 1 when not, 2 when it could not run.

mod print;
mod run;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use toolgate_examples::rig::{self, FULL, LIMITED};
use toolgate_testkit::{Rig, RigSettings};

use crate::run::{Clients, Run};

/// Scripted models of three dialects: enough to compare by eye. `cargo xtask e2e` has all.
const MODELS: [&str; 3] = ["openai/gpt-rig", "anthropic/claude-rig", "gemini/gemini-rig"];

#[tokio::main]
async fn main() -> ExitCode {
    match demo().await {
        Ok(run) if run.faults.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn demo() -> Result<Run, Box<dyn Error>> {
    let rig = Rig::start(RigSettings::demo()).await;
    print::rig(&rig);
    let folder = tempfile::Builder::new().prefix("toolgate-demo-").tempdir()?.keep();
    let clients = open(&rig, &folder)?;
    let mut models = MODELS.map(str::to_owned).to_vec();
    models.extend(rig::live_models());
    let run = Run::all(&rig, &clients, &models).await?;
    print::table(&run, &models);
    print::closing(&run, &folder)?;
    Ok(run)
}

fn open(rig: &Rig, folder: &Path) -> Result<Clients, Box<dyn Error>> {
    let full = rig::config(rig, FULL, &folder.join("full.audit.jsonl"));
    let limited = rig::config(rig, LIMITED, &folder.join("limited.audit.jsonl"));
    Ok(Clients::open(full, limited)?)
}
