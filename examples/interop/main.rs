//! The interoperability run: our clients against programs that others wrote.
//!
//! `cargo xtask interop` installs and starts those programs, and runs this with their addresses in the environment.
//! The argument names the group of checks. Prints a line per check; exit code 0 when all hold, else 1.

mod decorators;
mod everything;
mod gate;
mod generations;
mod keys;
mod lifetime;
mod mcp;
mod models;
mod oauth;
mod peers;
mod proofs;

use std::process::ExitCode;

use toolgate_examples::check::Checks;

use crate::peers::Peers;

#[tokio::main]
async fn main() -> ExitCode {
    let group = std::env::args().nth(1).unwrap_or_default();
    match run(&group).await {
        Ok(code) => code,
        Err(reason) => {
            anstream::eprintln!("error: {reason}");
            ExitCode::from(2)
        }
    }
}

async fn run(group: &str) -> Result<ExitCode, String> {
    let peers = Peers::from_environment()?;
    let filter = std::env::var("INTEROP_FILTER").unwrap_or_default();
    let mut checks = Checks::default().with_filter(filter);
    match group {
        "oauth" => {
            oauth::checks(&peers, &mut checks).await;
            keys::checks(&peers, &mut checks).await;
            lifetime::checks(&peers, &mut checks).await;
            proofs::checks(&peers, &mut checks).await;
        }
        "mcp" => {
            mcp::checks(&peers, &mut checks).await?;
            everything::checks(&peers, &mut checks).await?;
        }
        "models" => return models::run(&peers).await,
        other => return Err(format!("there is no group {other:?}; there are oauth, models and mcp")),
    }
    Ok(checks.exit_code())
}
