//! The `toolgate` command: one file per verb, and nothing that the library could not do.
//!
//! Exit codes are said by `--help`.

mod args;
mod failure;
mod say;
mod style;
mod verb;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::args::{Arguments, Audit, AuditFormat, Policy, Verb};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    init_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::setup(error).report(),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = || args::config(arguments.config.as_deref());
    match arguments.verb {
        Verb::Chat(chat) => verb::chat::run(config()?, chat).await,
        Verb::Compare(asked) => verb::compare::run(config()?, asked).await,
        Verb::Tools(tools) => verb::tools::run(config()?, tools).await,
        Verb::Policy(Policy::Check(check)) => verb::policy::check(config()?, check).await,
        Verb::Policy(Policy::Diff { old, new, audit, json }) => verb::policy::diff(&old, &new, &audit, json),
        Verb::Token(token) => verb::token::run(config()?, token).await,
        Verb::Doctor { json } => verb::doctor::run(config(), json).await,
        Verb::Serve(serve) => verb::serve::run(config, serve).await,
        Verb::Providers(asked) => verb::providers::run(&config()?, &asked),
        Verb::Init { file } => verb::init::run(&file),
        Verb::Completions { shell } => {
            verb::pages::completions(shell);
            Ok(())
        }
        Verb::Man { folder } => verb::pages::man(&folder),
        Verb::Audit(Audit::Verify { file, key }) => verb::audit::verify(&file, key.as_deref()),
        Verb::Audit(Audit::Show(asked)) => verb::audit::show(asked),
        Verb::Audit(Audit::Export { format: AuditFormat::OtlpJson, file }) => verb::audit::export_otlp(&file),
    }
}

/// Warnings that a person can act on go to standard error; `RUST_LOG` asks for more. What a failure says in its own
/// message is not logged besides.
fn init_log() {
    let usual = "warn,rmcp=off,toolgate_oauth_cc=error,toolgate_tls_config=error";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let colour = anstream::stderr().current_choice() != anstream::ColorChoice::Never;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}
